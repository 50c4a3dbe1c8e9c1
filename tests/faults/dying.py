"""Onboards over a SQLite file and dies by SIGKILL at each of its commits in turn. Run by a test.

    python -m tests.faults.dying folder

The folder holds `template.db`. For each commit, before and after it, a process dies there and another one goes on, with
the file and with what the person has: the mails that came, and the number of the flow in the address bar. Prints one
line for each: where it died, and how it ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Key
from elaas_identity.mail.address import EmailPolicy, parse_email
from elaas_identity.mail.composing import Mail
from elaas_identity.providers import sql_transaction
from tests.faults.world import ADDRESS, Faults, Person, World


def onboard(folder: Path, number: int, when: str) -> None:
    """Onboard, and die at that commit."""
    world = World("sync-sqlite", folder, folder / "template.db", lambda answer: answer)
    send, commit, seen = world.outbox.send, sql_transaction.commit, 0

    def sent(mail: Mail) -> None:
        send(mail)
        (folder / "mails.json").write_text(json.dumps([[m.subject, m.text] for m in world.outbox.mails]))

    def committed(connection: Any, change: Any) -> Any:
        nonlocal seen
        seen += 1
        if (seen, when) == (number, "before"):
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = commit(connection, change)
        if (seen, when) == (number, "after"):
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    world.outbox.send = sent  # type: ignore[method-assign]
    sql_transaction.commit = committed
    person = Person(world).use(world.facade(Faults()))
    while not person.signed_in:
        person.act()
        (folder / "address_bar.txt").write_text(person.flow_id or "")


def go_on(folder: Path, number: int, when: str) -> None:
    """Another process, and the same person."""
    world = World("sync-sqlite", folder, None, lambda answer: answer, seed=number + 1000)
    recipient = parse_email(ADDRESS, EmailPolicy())
    for subject, text in json.loads((folder / "mails.json").read_text()):
        world.outbox.mails.append(Mail(recipient=recipient, subject=subject, text=text, html=""))
    person = Person(world).use(world.facade(Faults()))
    person.flow_id = (folder / "address_bar.txt").read_text() or None
    person.password_given = True  # whoever may have set one tries it first
    person.go_on()
    account = world.inspected.load(key := Key(AccountRecord, world.account_id)).one(key)
    bindings = Key(BindingRecord, world.account_id, field="account_id")
    print(
        number,
        when,
        "signed in" if person.signed_in else "stranded",
        f"reissued {person.reissued}",
        f"epoch {account.epoch}",
        f"bindings {len(world.inspected.load(bindings).all(bindings))}",
        flush=True,
    )


def in_a_process_of_its_own(
    work: Callable[[Path, int, str], None], folder: Path, number: int, when: str
) -> bool:
    """Whether it was killed."""
    child = os.fork()
    if child == 0:
        try:
            work(folder, number, when)
        except BaseException as error:
            print(number, when, repr(error), flush=True)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def main() -> None:
    folder, number, killed = Path(sys.argv[1]), 0, True
    while killed:
        number += 1
        for when in ("before", "after"):
            (folder / "mails.json").write_text("[]")
            (folder / "address_bar.txt").write_text("")
            killed = in_a_process_of_its_own(onboard, folder, number, when)
            if killed:
                in_a_process_of_its_own(go_on, folder, number, when)
    print("commits", number - 1, flush=True)


if __name__ == "__main__":
    main()
