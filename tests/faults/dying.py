"""Onboards over a SQLite file and dies by SIGKILL at one of its commits. Run by a test, in a process of its own.

    dying.py folder commit before|after

What the outside world knows when it dies (the mails sent) is left in `mails.json` beside the database.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from elaas_identity.providers import sql_transaction
from tests.faults.world import Faults, Person, World


def main() -> None:
    folder, number, when = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    world = World("sync-sqlite", folder, folder / "template.db", lambda answer: answer)
    outbox, seen = world.outbox, 0
    send, commit = outbox.send, sql_transaction.commit

    def sent(mail: object) -> None:
        send(mail)  # type: ignore[arg-type]
        told = [(mail.subject, mail.text) for mail in outbox.mails]
        (folder / "mails.json").write_text(json.dumps(told))

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def committed(connection: object, change: object) -> object:
        nonlocal seen
        seen += 1
        if (seen, when) == (number, "before"):
            die()
        outcome = commit(connection, change)  # type: ignore[arg-type]
        if (seen, when) == (number, "after"):
            die()
        return outcome

    outbox.send = sent  # type: ignore[method-assign]
    sql_transaction.commit = committed  # type: ignore[assignment]
    person = Person(world).use(world.facade(Faults()))
    while not person.signed_in:
        (folder / "flow.txt").write_text(person.flow_id or "")
        person.act()
        (folder / "flow.txt").write_text(person.flow_id or "")
    os._exit(0)


main()
