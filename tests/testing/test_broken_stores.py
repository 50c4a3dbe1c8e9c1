"""The contract of stores is kept by none that breaks a promise; by ours in tests/providers/test_store_contract.py."""

from __future__ import annotations

import logging
import threading
import time
import unittest
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Budget, Change, Conflict, Done, Exhausted, Key, Outcome, Snapshot
from elaas_identity.events import Event
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.sessions.records import SessionRecord
from elaas_identity.testing import StoreContract
from tests.testing.broken import check_caught, check_every_promise_is_tried


class TestAwaited(StoreContract, unittest.TestCase):
    """As unittest's users write it; an async store is awaited by the contract."""

    def store(self) -> AsyncMemoryStore:
        return AsyncMemoryStore()


def with_(**methods: Callable[..., Any]) -> type[MemoryStore]:
    return type("Broken", (MemoryStore,), methods)


def taking(change_it: Callable[[Change], Change]) -> type[MemoryStore]:
    """Commits something else than it was given."""
    return with_(commit=lambda self, change: MemoryStore.commit(self, change_it(change)))


def answering(change_it: Callable[[Outcome, Change], Outcome]) -> type[MemoryStore]:
    """Answers something else than it did."""
    return with_(commit=lambda self, change: change_it(MemoryStore.commit(self, change), change))


def charging(change_it: Callable[[Any], Any]) -> type[MemoryStore]:
    """Counts other charges than it was given."""
    return taking(lambda change: replace(change, charges=tuple(map(change_it, change.charges))))


def for_budgets(change_it: Callable[[Budget], Budget]) -> type[MemoryStore]:
    return charging(lambda charge: replace(charge, budget=change_it(charge.budget)))


def loading(change_it: Callable[[Key[Any]], Key[Any]]) -> type[MemoryStore]:
    """Looks for something else than it was asked for."""

    def load(self: MemoryStore, *keys: Any) -> Snapshot:
        asked: dict[Any, Any] = {key: key if isinstance(key, Budget) else change_it(key) for key in keys}
        read = MemoryStore.load(self, *asked.values())
        found = {key: read.records[asked[key]] for key in keys if not isinstance(key, Budget)}
        return Snapshot(found, read.charges)

    return with_(load=load)


def finding(change_it: Callable[[Key[Any], tuple[Any, ...]], tuple[Any, ...]]) -> type[MemoryStore]:
    """Answers something else than it found."""

    def load(self: MemoryStore, *keys: Any) -> Snapshot:
        read = MemoryStore.load(self, *keys)
        return Snapshot({key: change_it(key, found) for key, found in read.records.items()}, read.charges)

    return with_(load=load)


class Slow(dict[Any, Any]):
    def __contains__(self, key: object) -> bool:
        found = super().__contains__(key)
        time.sleep(0.002)
        return found

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        time.sleep(0.002)
        return found


class Unlocked(MemoryStore):
    """Looks, waits, and then writes."""

    def __init__(self) -> None:
        super().__init__()
        self._lock: Any = nullcontext()
        self._budgets: Any = Slow()

    def _write(self, record: Any, staged: Any) -> bool:
        found = super()._write(record, staged)
        time.sleep(0.002)
        return found

    def _insert(self, record: Any, staged: Any) -> bool:
        found = super()._insert(record, staged)
        time.sleep(0.002)
        return found

    def _is_as_expected(self, expected: Any, staged: Any) -> bool:
        found = super()._is_as_expected(expected, staged)
        time.sleep(0.02)
        return found


class Impatient(MemoryStore):
    """Gives up where another is at it."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = threading.Lock()

    def commit(self, change: Change) -> Outcome:
        if not self._gate.acquire(blocking=False):
            return Conflict()
        try:
            time.sleep(0.001)
            return super().commit(change)
        finally:
            self._gate.release()


class OneByOne(MemoryStore):
    """Reads each key at a moment of its own."""

    def load(self, *keys: Any) -> Snapshot:
        records: dict[Any, Any] = {}
        charges: dict[Any, Any] = {}
        for place, key in enumerate(keys):
            read = super().load(*keys[: place + 1])
            if isinstance(key, Budget):
                charges[key] = read.charges[key]
            else:
                records[key] = read.all(key)
            time.sleep(0.0003)
        return Snapshot(records, charges)

    def commit(self, change: Change) -> Outcome:
        time.sleep(0.0005)
        return super().commit(change)


def live(self: MemoryStore, *keys: Any) -> Any:
    """A snapshot that asks anew each time."""

    class Live:
        def __getattr__(_, name: str) -> Any:  # noqa: N805
            return getattr(MemoryStore.load(self, *keys), name)

    return Live()


def committing_in_parts(self: MemoryStore, change: Change) -> Outcome:
    """Each record by itself, so that what came before a fault stays."""
    outcome: Outcome = Done()
    if change.charges or change.refunds or change.clears:
        outcome = MemoryStore.commit(self, replace(change, inserts=(), writes=()))
    for record in change.inserts:
        if outcome == Done():
            outcome = MemoryStore.commit(self, Change(inserts=(record,)))
    for record in change.writes:
        if outcome == Done():
            outcome = MemoryStore.commit(self, Change(writes=(record,)))
    return outcome


def locked_by_a_fault(self: MemoryStore, change: Change) -> Outcome:
    """Leaves its transaction open."""
    if "open" in vars(self):
        raise TimeoutError
    try:
        return MemoryStore.commit(self, change)
    except Exception:
        vars(self)["open"] = True
        raise


def upserting(self: MemoryStore, change: Change) -> Outcome:
    """A write stands in for an insert."""
    missing = tuple(
        each
        for each in change.writes
        if MemoryStore.load(self, Key(type(each), each.id)).one(Key(type(each), each.id)) is None
    )
    writes = tuple(each for each in change.writes if each not in missing)
    return MemoryStore.commit(self, replace(change, writes=writes, inserts=(*change.inserts, *missing)))


def charging_first(self: MemoryStore, change: Change) -> Outcome:
    """Takes the charges before it gives anything back."""
    outcome = MemoryStore.commit(self, replace(change, refunds=(), clears=()))
    if outcome == Done():
        MemoryStore.commit(self, Change(refunds=change.refunds, clears=change.clears))
    return outcome


def budgets_first(self: MemoryStore, change: Change) -> Outcome:
    """Says that a budget is used up before it looks at the records."""
    if any(charge.budget.limit == 0 for charge in change.charges):
        return Exhausted(change.charges[0].budget, change.charges[0].budget.window)
    return MemoryStore.commit(self, change)


def old_look_ups(self: MemoryStore, record: Any) -> None:
    """Leaves a record under the value that it had."""
    self._rows[type(record), record.id] = record
    for field in record.LOOKUPS:
        self._ids[type(record), field, getattr(record, field)].add(record.id)


def found_by_any(self: MemoryStore, key: Key[Any], values: Any, staged: Any) -> tuple[Any, ...]:
    """Believes its index, whatever the record says by now."""
    if key.field == "id":
        return MemoryStore._found(self, key, values, staged)
    ids = {each for value in set(values) for each in self._ids.get((key.record, key.field, value), set())}
    return tuple(self._rows[key.record, each] for each in sorted(ids))[: key.limit]


class StaleLookUps(MemoryStore):
    _put = old_look_ups
    _found = found_by_any


def over(of: type[Any], wrong: Callable[[datetime], datetime]) -> type[MemoryStore]:
    """Purges records of that type by another moment."""

    def purge(self: MemoryStore, before: datetime) -> int:
        gone = MemoryStore.purge(self, before)
        dead = [row for row in self._rows.values() if type(row) is of and row.expires_at < wrong(before)]
        for row in dead:
            self._take(row)
        return gone + len(dead)

    return with_(purge=purge)


def forgetting_budgets(self: MemoryStore, before: datetime) -> int:
    gone = MemoryStore.purge(self, before) + len(self._budgets)
    self._budgets.clear()
    return gone


def taking_events(self: MemoryStore, before: datetime) -> int:
    for row in [row for row in self._rows.values() if isinstance(row, Event)]:
        self._take(row)
    return MemoryStore.purge(self, before)


def logged(self: MemoryStore, change: Change) -> Outcome:
    logging.getLogger("a.portal").debug("%s", change.inserts)
    return MemoryStore.commit(self, change)


def told(self: MemoryStore, change: Change) -> Outcome:
    try:
        return MemoryStore.commit(self, change)
    except Exception as error:
        raise ValueError(f"could not commit {change.inserts} {change.expects}") from error


def anything_goes(self: MemoryStore, *keys: Any) -> Snapshot:
    """Reads the whole table where there is no index."""
    try:
        return MemoryStore.load(self, *keys)
    except TypeError:
        return Snapshot({key: () for key in keys if isinstance(key, Key)}, {})


def untold(self: MemoryStore, *keys: Any) -> Snapshot:
    """Says that something is wrong, and not what."""
    try:
        return MemoryStore.load(self, *keys)
    except TypeError:
        raise TypeError("no") from None


def failing_where_nothing_is(self: MemoryStore, *keys: Any) -> Snapshot:
    read = MemoryStore.load(self, *keys)
    if not all(read.records.values()):
        raise KeyError("no such record")
    return read


def once(self: MemoryStore, *keys: Any) -> Snapshot:
    """Takes a key that is named twice for a mistake."""
    if len(set(keys)) < len(keys):
        raise ValueError("twice")
    return MemoryStore.load(self, *keys)


def no_uniques(self: MemoryStore, record: Any, staged: Any) -> bool:
    return True


def any_version(self: MemoryStore, record: Any, staged: Any) -> bool:
    stored = self._row(type(record), record.id, staged)
    return stored is not None and MemoryStore._write(self, replace(record, version=stored.version), staged)


def replacing(self: MemoryStore, record: Any, staged: Any) -> bool:
    staged[type(record), record.id] = replace(record, version=1)
    return True


def for_flows_alone(self: MemoryStore, expected: Any, staged: Any) -> bool:
    return expected.key.record is not FlowRecord or MemoryStore._is_as_expected(self, expected, staged)


ROOMY = 10**6
LONG, INSTANT = timedelta(days=400), timedelta(microseconds=1)

BROKEN: list[tuple[str, type[MemoryStore]]] = [
    (
        "test_record_comes_back_as_it_went_in",
        finding(lambda _, found: tuple(replace(each, version=2) for each in found)),
    ),
    ("test_unknown_is_none", with_(load=failing_where_nothing_is)),
    ("test_look_up_gives_the_oldest_ids_first_up_to_its_limit", finding(lambda _, found: found[::-1])),
    ("test_look_up_gives_the_oldest_ids_first_up_to_its_limit", loading(lambda key: replace(key, limit=100))),
    ("test_undeclared_look_up_is_a_type_error", with_(load=anything_goes)),
    ("test_undeclared_look_up_is_a_type_error", with_(load=untold)),
    ("test_snapshot_stays_as_it_was", with_(load=live)),
    ("test_look_up_follows_a_changed_field", StaleLookUps),
    ("test_insert_of_what_exists_is_a_conflict", with_(_insert=replacing)),
    ("test_insert_of_what_exists_is_a_conflict", with_(_is_unique=no_uniques)),
    ("test_insert_of_what_exists_is_a_conflict", with_(commit=committing_in_parts)),
    ("test_write_moves_the_version_on", with_(_write=any_version)),
    ("test_write_of_what_is_not_there_is_a_conflict", with_(commit=upserting)),
    ("test_write_onto_a_taken_unique_field_is_a_conflict", with_(_is_unique=no_uniques)),
    ("test_two_writes_of_one_record_are_a_conflict", with_(_write=any_version)),
    ("test_expectation_holds_or_nothing_happens", taking(lambda change: replace(change, expects=()))),
    ("test_expectation_holds_or_nothing_happens", with_(_is_as_expected=for_flows_alone)),
    (
        "test_change_of_nothing_is_done",
        answering(lambda outcome, change: outcome if change != Change() else Conflict()),
    ),
    ("test_a_key_by_id_keeps_to_its_other_words_too", loading(lambda key: replace(key, where=()))),
    ("test_look_up_goes_on_behind_an_id", loading(lambda key: replace(key, after=""))),
    (
        "test_look_up_by_further_fields_is_bounded_by_what_it_finds",
        loading(lambda key: replace(key, where=())),
    ),
    (
        "test_keys_follow_flow_account_and_binding",
        finding(lambda key, found: found if key.value and isinstance(key.value, str) else ()),
    ),
    (
        "test_keys_follow_a_unique_look_up",
        finding(lambda key, found: found if isinstance(key.value, str) else ()),
    ),
    ("test_key_that_follows_nothing_finds_nothing", with_(load=failing_where_nothing_is)),
    (
        "test_key_may_follow_several_records",
        finding(lambda key, found: found if isinstance(key.value, str) else found[:1]),
    ),
    ("test_limit_of_a_single_key_holds", loading(lambda key: replace(key, limit=key.limit or 1))),
    ("test_one_key_may_be_followed_twice_and_asked_twice", with_(load=once)),
    ("test_key_that_cannot_be_followed_is_a_type_error", with_(load=anything_goes)),
    ("test_key_that_cannot_be_followed_is_a_type_error", with_(load=untold)),
    ("test_load_is_one_snapshot", OneByOne),
    ("test_records_and_budgets_are_one_snapshot", OneByOne),
    ("test_budget_takes_its_limit_and_no_more", for_budgets(lambda budget: replace(budget, limit=ROOMY))),
    (
        "test_budget_takes_its_limit_and_no_more",
        for_budgets(lambda budget: replace(budget, limit=budget.limit - 1)),
    ),
    ("test_window_rolls", for_budgets(lambda budget: replace(budget, window=LONG))),
    (
        "test_window_rolls",
        for_budgets(lambda budget: replace(budget, window=budget.window - INSTANT)),
    ),
    (
        "test_a_charge_with_a_life_counts_no_longer_than_that",
        charging(lambda charge: replace(charge, life=None)),
    ),
    (
        "test_charges_of_a_clock_that_was_ahead_count_from_now_on",
        taking(lambda change: replace(change, latest=None)),
    ),
    (
        "test_budgets_are_apart_by_name_and_subject",
        for_budgets(lambda budget: replace(budget, subject="all")),
    ),
    ("test_budgets_are_apart_by_name_and_subject", for_budgets(lambda budget: replace(budget, name="all"))),
    (
        "test_two_charges_of_one_change_both_count",
        taking(lambda change: replace(change, charges=change.charges[:1])),
    ),
    (
        "test_same_charge_counts_once",
        charging(lambda charge: replace(charge, id=f"{charge.id}-{time.monotonic_ns()}")),
    ),
    (
        "test_longest_wait_is_reported",
        answering(
            lambda outcome, change: (
                Exhausted(change.charges[0].budget, change.charges[0].budget.window)
                if isinstance(outcome, Exhausted)
                else outcome
            )
        ),
    ),
    (
        "test_budget_that_locks_is_closed_from_its_newest_charge",
        for_budgets(lambda budget: replace(budget, locks=False)),
    ),
    (
        "test_limit_of_zero_takes_nothing",
        for_budgets(lambda budget: replace(budget, limit=budget.limit or 1)),
    ),
    ("test_refund_gives_back_its_charge_only", taking(lambda change: replace(change, refunds=()))),
    (
        "test_refund_gives_back_its_charge_only",
        taking(lambda change: replace(change, clears=tuple(each.budget for each in change.refunds))),
    ),
    ("test_clear_empties_a_budget", taking(lambda change: replace(change, clears=()))),
    ("test_what_a_change_gives_back_it_may_use", with_(commit=charging_first)),
    ("test_conflict_comes_before_exhausted", with_(commit=budgets_first)),
    ("test_purge_takes_what_has_expired_and_nothing_else", with_(purge=lambda self, before: 0)),
    ("test_purge_takes_what_has_expired_and_nothing_else", with_(purge=taking_events)),
    (
        "test_purge_takes_what_has_expired_and_nothing_else",
        over(FlowRecord, lambda before: before + timedelta(seconds=1)),
    ),
    ("test_purge_never_takes_a_budget_inside_its_window", with_(purge=forgetting_budgets)),
    ("test_purge_takes_sessions_that_are_over", over(SessionRecord, lambda before: before + LONG)),
    (
        "test_session_comes_with_its_account",
        finding(lambda key, found: found if key.record is not AccountRecord else ()),
    ),
    ("test_token_is_one_sessions", with_(_is_unique=no_uniques)),
    ("test_session_that_takes_a_new_token_is_not_found_by_the_old_one", StaleLookUps),
    ("test_sign_out_beats_a_request_that_is_under_way", with_(_write=any_version)),
    ("test_one_writer_wins_a_version", Unlocked),
    ("test_one_insert_wins_a_username", Unlocked),
    ("test_one_insert_wins_an_id", Unlocked),
    ("test_charges_never_pass_the_limit", Unlocked),
    ("test_refunds_and_charges_at_once_lose_nothing", Unlocked),
    ("test_several_rows_in_any_order_never_block_each_other", Impatient),
    ("test_expected_account_cannot_move_under_a_commit", Unlocked),
    ("test_of_right_guesses_at_once_one_wins", Unlocked),
    ("test_of_wrong_guesses_at_once_the_limit_is_compared", Unlocked),
    ("test_a_change_that_fails_half_way_leaves_nothing", with_(commit=committing_in_parts)),
    ("test_a_store_goes_on_after_a_fault", with_(commit=locked_by_a_fault)),
    ("test_nothing_secret_is_told", with_(commit=logged)),
    ("test_nothing_secret_is_told", with_(commit=told)),
    ("test_nothing_secret_is_told", with_(__repr__=lambda self: f"Store({self.contents()})")),
]


@pytest.mark.parametrize(("promise", "broken"), BROKEN)
def test_a_broken_store_is_caught(promise: str, broken: type[MemoryStore]) -> None:
    """A portal would trust a store under which an account is opened twice, or a guesser never stopped."""
    check_caught(StoreContract(), promise, store=broken())


def test_every_promise_is_broken_once() -> None:
    """A test of the contract that no store fails may hold nothing."""
    check_every_promise_is_tried(StoreContract, {promise for promise, _ in BROKEN})
