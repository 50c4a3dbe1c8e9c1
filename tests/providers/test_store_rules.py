"""What no outcome of a store shows: in which order a change visits its rows, and how a mistake is worded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import (
    Change,
    Conflict,
    Exhausted,
    FieldOf,
    Key,
    Record,
    Unchanged,
    retry_after,
    used,
)
from elaas_identity.errors import ProviderFailed
from elaas_identity.providers.store_rules import (
    Held,
    certain,
    check_keys,
    inserts_in_order,
    rows_in_order,
    settle,
    subjects,
)
from elaas_identity.testing.store_examples import (
    ACCOUNT,
    FLOW,
    GUESSES,
    MAILS,
    MINUTE,
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
    inserts: list[Record] = [a_flow("2"), a_flow("1"), an_event("3"), an_account("4")]
    for order in (1, -1):
        change = Change(
            inserts=tuple(inserts[::order]),
            charges=(a_charge("c1"), a_charge("c2", budget=MAILS))[::order],
            clears=(GUESSES, MAILS)[::order],
        )
        assert [inserts[3], inserts[2], inserts[1], inserts[0]] == inserts_in_order(change)
        assert [(budget.name, budget.subject) for budget in (MAILS, GUESSES)] == subjects(change)


def test_of_two_budgets_that_are_used_up_the_one_with_the_longest_wait_is_told() -> None:
    """A person would come back too early; or two stores would name two budgets."""
    full = [
        replace(GUESSES, name=name, limit=0, window=wait * MINUTE)
        for name, wait in (("a", 1), ("b", 3), ("c", 3), ("d", 2))
    ]
    told = settle(Change(charges=tuple(a_charge("c", budget=budget) for budget in full)), {})
    assert Exhausted(full[1], 3 * MINUTE) == told


def test_charges_are_kept_for_the_longest_of_the_windows_that_count_them() -> None:
    """A budget whose window was made shorter would forget what the longer one still counts; or the other way about."""
    short, long = replace(GUESSES, window=MINUTE), replace(GUESSES, window=3 * MINUTE)
    held = {(GUESSES.name, GUESSES.subject): Held({"old": NOW - 2 * MINUTE}, NOW + MINUTE)}
    for pair in ((short, long), (long, short)):
        charges = tuple(a_charge(f"c{number}", budget=budget) for number, budget in enumerate(pair))
        kept = settle(Change(charges=charges), held)
        assert isinstance(kept, dict)
        (only,) = kept.values()
        assert only is not None
        assert {"old", "c0", "c1"} == set(only.charges)
        assert NOW + 3 * MINUTE == only.keep_until


def test_what_is_out_of_its_window_is_judged_by_the_latest_of_the_charges() -> None:
    """Of two charges in one change the older one would keep what has lapsed by now."""
    held = {(GUESSES.name, GUESSES.subject): Held({"old": NOW - GUESSES.window}, NOW + MINUTE)}
    for times in ((NOW, NOW - MINUTE), (NOW - MINUTE, NOW)):
        charges = tuple(a_charge(f"c{number}", at) for number, at in enumerate(times))
        kept = settle(Change(charges=charges), held)
        assert isinstance(kept, dict)
        (only,) = kept.values()
        assert only is not None
        assert {"c0", "c1"} == set(only.charges)


def test_a_conflict_of_work_that_has_none_is_a_store_that_is_contended() -> None:
    """A load that the database broke off would be answered as if it had found nothing."""
    assert "answer" == certain("answer")
    with pytest.raises(ProviderFailed) as failed:
        certain(Conflict())
    assert "store_contended" == failed.value.code


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
