"""Dies by SIGKILL before each statement of a commit in turn, and prints what is left each time. Run by a test."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import create_engine, event

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, Key
from elaas_identity.events import Event
from elaas_identity.providers.sql import SQLStore
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    FLOW,
    GUESSES,
    NOW,
    a_charge,
    a_flow,
    an_account,
    an_event,
)


def die_before(statement: int, url: str) -> None:
    """Commit, and die before that statement (the transaction's own begin is the first, its end the last)."""
    engine = create_engine(url)
    seen = 0

    def count(*_: Any) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("begin", "before_cursor_execute", "commit"):
        event.listen(engine, name, count)
    SQLStore(engine).commit(CHANGE)
    os._exit(0)


CHANGE = Change(
    inserts=(a_flow(), an_account("account-2"), an_event()),
    writes=(an_account(version=1, epoch=2),),
    charges=(a_charge("c1"),),
)
NOTED = Key(Event, "event-1")
SECOND = Key(AccountRecord, "account-2")

url = sys.argv[1]
before = SQLStore(url)
before.commit(Change(inserts=(an_account(),)))
died = True
statement = 0
while died:
    statement += 1
    child = os.fork()
    if child == 0:
        die_before(statement, url)
    died = os.WIFSIGNALED(os.waitpid(child, 0)[1])
    # The same store: its connection is older than the fork.
    snapshot = before.load(FLOW, NOTED, GUESSES, ACCOUNT, SECOND)
    first = snapshot.one(ACCOUNT)
    assert first is not None
    print(
        "died" if died else "lived",
        bool(snapshot.all(FLOW)),
        bool(snapshot.all(NOTED)),
        bool(snapshot.all(SECOND)),
        first.epoch == 2,
        snapshot.used(GUESSES, NOW) == 1,
    )
before.close()
