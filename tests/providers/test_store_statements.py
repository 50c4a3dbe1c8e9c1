"""R11.3: how many statements a load and a commit take, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.change import Budget, Change, Conflict, Done, Exhausted, FieldOf, Key, Unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.flow.transitions import Stage
from elaas_identity.providers.sql import SQLStore
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    DAY,
    FLOW,
    GUESSES,
    MAILS,
    a_binding,
    a_charge,
    a_flow,
    an_account,
    an_attempt,
    an_event,
)
from tests.providers.counting import counted

ITS_ACCOUNT = Key(AccountRecord, FieldOf(FLOW, "account_id"))
ITS_BINDING = Key(BindingRecord, FieldOf(ITS_ACCOUNT, "binding_id"))
ATTEMPT = Key(AttemptRecord, "attempt-1")
ITS_FLOW = Key(FlowRecord, FieldOf(ATTEMPT, "flow_id"))
BY_NAME = Key(AccountRecord, an_account().username_index, "username_index")
HELD = Unchanged(ACCOUNT, {"epoch": 1, "status": an_account().status})
BOUND = Unchanged(Key(BindingRecord, "binding-1"), {"ended_at": None})
BUDGETS = [Budget("sign_in", f"digest-{number}", limit=5, window=DAY) for number in range(3)]


@pytest.fixture
def engine(sql_url: str) -> Iterator[Engine]:
    """A database with an account, its binding, a flow and an attempt in it."""
    engine = create_engine(sql_url)
    records = (an_account(binding_id="binding-1"), a_binding(), a_flow(), an_attempt())
    assert Done() == SQLStore(engine).commit(Change(inserts=records, charges=(a_charge("c0"),)))
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("keys", "statements", "in_transaction"),
    [
        ((FLOW,), 1, False),
        ((FLOW, ITS_ACCOUNT, ITS_BINDING), 1, False),
        ((ATTEMPT, ITS_FLOW, Key(AccountRecord, FieldOf(ITS_FLOW, "account_id")), GUESSES, MAILS), 1, False),
        ((BY_NAME, Key(BindingRecord, FieldOf(BY_NAME, "binding_id")), *BUDGETS), 1, False),
        (tuple(BUDGETS), 1, False),
        ((Key(FlowRecord, "account-1", "account_id"),), 1, False),
        ((FLOW, ITS_ACCOUNT, Key(AttemptRecord, "flow-1", "flow_id")), 2, True),
        ((FLOW, Key(AttemptRecord, FieldOf(FLOW, "id"), "flow_id"), GUESSES), 2, True),
        (tuple(Key(FlowRecord, f"flow-{number}") for number in range(7)), 2, True),
        (tuple(replace(GUESSES, subject=f"account-{number}") for number in range(17)), 2, True),
        ((), 0, False),
    ],
)
def test_load_takes_few_statements(
    engine: Engine, keys: tuple[Any, ...], statements: int, in_transaction: bool
) -> None:
    """R11.3: an act's one load must be one statement, or several within one snapshot where a key finds several."""
    with counted(engine) as seen:
        SQLStore(engine).load(*keys)
    assert statements == len(seen.statements)
    assert int(in_transaction) == seen.commits


@pytest.mark.parametrize(
    ("change", "statements"),
    [
        (Change(), []),
        (Change(writes=(a_flow(version=1),)), ["UPDATE"]),
        (
            Change(writes=(a_flow(version=1),), expects=(HELD,), inserts=(an_event(),)),
            ["SELECT", "UPDATE", "INSERT"],
        ),
        (
            Change(writes=(a_flow(version=1),), expects=(HELD, BOUND), inserts=(an_attempt("attempt-2"),)),
            ["SELECT", "UPDATE", "INSERT"],
        ),
        (
            Change(writes=(a_flow(version=1), an_account(version=1)), expects=(BOUND,)),
            ["UPDATE", "SELECT", "UPDATE"],
        ),
        (
            Change(inserts=(an_event(), an_event("event-2"), a_binding("binding-2"), an_event("event-3"))),
            ["INSERT", "INSERT"],
        ),
    ],
)
def test_commit_takes_few_statements(engine: Engine, change: Change, statements: list[str]) -> None:
    """R11.3: what is expected is read together, and new rows of one type are written together."""
    with counted(engine) as seen:
        assert Done() == SQLStore(engine).commit(change)
    assert statements == [text.split()[0] for text in seen.statements]
    assert [1, 0] == [seen.commits, seen.rollbacks]


def test_charges_and_refunds_take_two_statements(engine: Engine) -> None:
    """R11.3: however many budgets an act touches, it reads them in one statement and writes them in another."""
    store = SQLStore(engine)
    charges = tuple(a_charge("c1", budget=budget) for budget in BUDGETS)
    reading = "SELECT" if engine.dialect.name == "sqlite" else "INSERT"
    for change, statements in (
        (Change(charges=charges[:1]), [reading, "INSERT"]),
        (Change(charges=charges), [reading, "INSERT"]),
        (Change(charges=charges[:2], refunds=charges[2:]), [reading, "DELETE"]),
        (Change(refunds=charges), ["SELECT", "DELETE"]),
        (Change(refunds=charges), ["SELECT"]),
        (Change(charges=(a_charge("c1"),), clears=(MAILS,)), None),
    ):
        with counted(engine) as seen:
            assert Done() == store.commit(change)
        if statements is not None:
            assert statements == seen.of("budgets")
        assert 3 >= len(seen.statements)


def test_refused_change_writes_nothing_after_its_refusal(engine: Engine) -> None:
    """R11.3: a change that is refused stops at the statement which shows it, and is rolled back."""
    stale = Change(writes=(a_flow(version=7),), inserts=(an_event(),), charges=(a_charge("c1"),))
    moved = Change(
        expects=(Unchanged(ACCOUNT, {"epoch": 9}),), writes=(a_flow(version=1, stage=Stage.EMAIL),)
    )
    closed = replace(GUESSES, limit=0)
    for change, outcome, statements in (
        (stale, Conflict(), 1),
        (moved, Conflict(), 1),
        (Change(charges=(a_charge("c1", budget=closed),)), Exhausted(closed, DAY), 1),
    ):
        with counted(engine) as seen:
            assert outcome == SQLStore(engine).commit(change)
        assert statements == len(seen.statements)
        assert [0, 1] == [seen.commits, seen.rollbacks]
