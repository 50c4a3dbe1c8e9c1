"""The store contract says what a store did wrong (F59)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from elaas_identity.accounts.account import AccountRecord
from elaas_identity.change import Budget, Change, Conflict, Done, Key, Outcome, Snapshot
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.providers.memory import MemoryStore
from elaas_identity.testing.store_contract import StoreContract


class Changing(MemoryStore):
    """Gives other records than it was given."""

    def __init__(self, change: Callable[[Any], Any]) -> None:
        super().__init__()
        self._change = change

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        read = super().load(*keys)
        records = {key: tuple(map(self._change, found)) for key, found in read.records.items()}
        return Snapshot(records, read.charges)


class Careless(MemoryStore):
    """Looks at no version and refuses nothing, and says so in one word."""

    def commit(self, change: Change) -> Outcome:
        outcome = super().commit(change)
        return Done() if outcome == Conflict() else Conflict()


class Forgetful(MemoryStore):
    """Never finds anything."""

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        read = super().load(*keys)
        return Snapshot(dict.fromkeys(read.records, ()), {budget: {} for budget in read.charges})


def changed(kind: type[Any], **fields: Callable[[Any], Any]) -> Callable[[], Changing]:
    def change(record: Any) -> Any:
        if not isinstance(record, kind):
            return record
        return replace(record, **{name: make(getattr(record, name)) for name, make in fields.items()})

    return lambda: Changing(change)


def unzoned(at: datetime) -> datetime:
    return at.replace(tzinfo=None)


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (
            changed(AccountRecord, status=str),
            "AccountRecord.status: <AccountStatus.ISSUED: 'issued'> (AccountStatus)",
        ),
        (changed(AccountRecord, first_use=int), "AccountRecord.first_use: False (bool) went in, and 0 (int)"),
        (changed(AccountRecord, created_at=unzoned), "AccountRecord.created_at"),
        (
            changed(FlowRecord, live_attempts=list),
            "FlowRecord.live_attempts: () (tuple) went in, and [] (list)",
        ),
        (changed(FlowRecord, version=lambda version: version + 1), "FlowRecord.version"),
        (Forgetful, "AccountRecord 'account-1' went in, and None came back"),
        (Careless, "expected Done(), and the implementation answered Conflict()"),
    ],
)
def test_f59_a_store_that_gives_back_something_else_is_told_what(store: Callable[[], Any], told: str) -> None:
    """Who writes a store of their own would read `AssertionError`, and nothing else."""
    with pytest.raises(AssertionError) as failure:
        StoreContract().test_record_comes_back_as_it_went_in(store())
    assert told in str(failure.value)
    assert str(failure.value).startswith("Invariant 11: every type and every field")


@pytest.mark.parametrize("store", [Careless, Forgetful])
def test_f59_no_failure_of_the_contract_is_without_words(store: Callable[[], Any]) -> None:
    """One promise would still be broken without a word."""
    failed = 0
    for name in dir(StoreContract):
        # What begins many threads waits for answers that these stores never give.
        if name.startswith("test_") and "together" not in name and "many" not in name:
            try:
                getattr(StoreContract(), name)(store())
            except AssertionError as failure:
                failed += 1
                assert any(
                    word in str(failure) for word in (" answered ", " came back", "not found", " raised ")
                ), name
    assert failed > 5
