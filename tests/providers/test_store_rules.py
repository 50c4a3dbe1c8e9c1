"""What no outcome of a store shows: in which order a change visits its rows, and how a mistake is worded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Change, FieldOf, Key, Record, Unchanged, retry_after, used
from elaas_identity.providers.store_rules import check_keys, inserts_in_order, rows_in_order, subjects
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    FLOW,
    GUESSES,
    MAILS,
    NOW,
    a_charge,
    a_flow,
    an_account,
    an_event,
)


def test_rows_are_visited_in_one_order() -> None:
    """Two changes that lock two rows in two orders would wait for each other until the database breaks one off."""
    expects = Unchanged(ACCOUNT, {})
    writes: list[Record] = [
        a_flow("flow-2"),
        a_flow("flow-1"),
        an_account("account-1"),
        an_account("account-2"),
    ]
    expected: list[Any] = [writes[2], expects, writes[3], writes[1], writes[0]]
    for order in (1, -1):
        assert expected == rows_in_order(Change(writes=tuple(writes[::order]), expects=(expects,)))


def test_inserts_and_budgets_are_visited_in_one_order() -> None:
    """The same for rows that are new, and for budgets."""
    inserts: list[Record] = [a_flow("flow-2"), a_flow("flow-1"), an_event(), an_account()]
    for order in (1, -1):
        change = Change(
            inserts=tuple(inserts[::order]),
            charges=(a_charge("c1"), a_charge("c2", budget=MAILS))[::order],
            clears=(GUESSES, MAILS)[::order],
        )
        assert [inserts[3], inserts[2], inserts[1], inserts[0]] == inserts_in_order(change)
        assert [(budget.name, budget.subject) for budget in (MAILS, GUESSES)] == subjects(change)


def test_a_budget_with_room_asks_for_no_wait() -> None:
    """Who may try at once would be told to come back later."""
    assert timedelta(0) == retry_after([NOW], replace(GUESSES, limit=2), NOW)


def test_charges_a_whole_window_apart_lock_nothing() -> None:
    """A row of failures would be longer than its policy says, and keep a person out."""
    lock = replace(GUESSES, limit=2, locks=True)
    instant = timedelta(microseconds=1)
    assert [1, 2] == [used([NOW - lock.window + later, NOW], lock, NOW) for later in (0 * instant, instant)]


def test_a_key_out_of_order_is_told_in_words() -> None:
    """Whoever writes an act would not see which of its keys is wrong."""
    with pytest.raises(TypeError) as mistake:
        check_keys([Key(AccountRecord, FieldOf(FLOW, "account_id")), FLOW])
    assert (
        "a key of AccountRecord follows a key of FlowRecord that does not stand before it in this load"
        == str(mistake.value)
    )
