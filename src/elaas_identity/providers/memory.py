"""Stores in memory, for tests, demos and the first hour with this library: what they hold dies with the process.

They keep the promises of the SQL stores to the letter; the contract suite in
`elaas_identity.testing.store_contract` holds all of them to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from threading import Lock
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.change import (
    Budget,
    Change,
    Conflict,
    Done,
    Exhausted,
    Key,
    Outcome,
    Record,
    Snapshot,
    Unchanged,
)
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.store_rules import (
    Held,
    Subject,
    check_change,
    check_keys,
    expires,
    inserts_in_order,
    matches,
    rows_in_order,
    settle,
    subjects,
    values_of,
)

__all__ = ["AsyncMemoryStore", "MemoryStore"]


_Rows = dict[tuple[type[Any], str], Any]


@discreet
class MemoryStore:
    """A `Store` in this process's memory, safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rows: _Rows = {}
        self._ids: defaultdict[tuple[type[Any], str, object], set[str]] = defaultdict(set)
        """(type, look-up field, value) → ids, so that a look-up does not read everything."""
        self._budgets: dict[Subject, Held] = {}

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """All of them as they stood at one moment.

        Raises:
            TypeError: a key by a field that its record type does not declare as a look-up, or one that follows a key
                which does not stand before it.
        """
        check_keys(keys)
        with self._lock:
            records: dict[Key[Any], tuple[Record, ...]] = {}
            charges: dict[Budget, dict[str, datetime]] = {}
            for key in keys:
                if isinstance(key, Budget):
                    held = self._budgets.get((key.name, key.subject))
                    charges[key] = dict(held.charges) if held else {}
                else:
                    records[key] = self._found(key, values_of(key, records), {})
            return Snapshot(records, charges)

    def commit(self, change: Change) -> Outcome:
        """All of it or nothing. `Conflict` is looked for first, then `Exhausted`.

        Raises:
            TypeError: an expectation by a field that its record type does not declare as a look-up.
        """
        check_change(change)
        with self._lock:
            staged: _Rows = {}
            for row in rows_in_order(change):
                if isinstance(row, Unchanged):
                    stands = self._is_as_expected(row, staged)
                else:
                    stands = self._write(row, staged)
                if not stands:
                    return Conflict()
            for record in inserts_in_order(change):
                if not self._insert(record, staged):
                    return Conflict()
            settled = settle(
                change, {of: self._budgets[of] for of in subjects(change) if of in self._budgets}
            )
            if isinstance(settled, Exhausted):
                return settled

            for record in staged.values():
                self._put(record)
            for of, held in settled.items():
                if held is None:
                    self._budgets.pop(of, None)
                else:
                    self._budgets[of] = held
            return Done()

    def purge(self, before: datetime) -> int:
        """Delete expired records, flows with their attempts, and budgets that count nothing now.

        Returns how many records went, budgets included.
        """
        with self._lock:
            gone = [
                record for (of, _), record in self._rows.items() if expires(of) and record.expires_at < before
            ]
            flows = {record.id for record in gone if isinstance(record, FlowRecord)}
            gone += [
                record
                for record in self._rows.values()
                if isinstance(record, AttemptRecord)
                and record.flow_id in flows
                and record.expires_at >= before
            ]
            for record in gone:
                self._take(record)
            dead = [of for of, held in self._budgets.items() if held.keep_until <= before]
            for of in dead:
                del self._budgets[of]
            return len(gone) + len(dead)

    def close(self) -> None:
        """Nothing was opened; what is held stays readable."""

    def contents(self) -> dict[str, list[dict[str, Any]]]:
        """Everything at rest, by record type (and `Budget`): for tests of what must not be there."""
        with self._lock:
            everything: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
            for (record_type, _), record in self._rows.items():
                everything[record_type.__name__].append(asdict(record))
            for (name, subject), held in self._budgets.items():
                everything["Budget"].append(
                    {
                        "name": name,
                        "subject": subject,
                        "charges": dict(held.charges),
                        "keep_until": held.keep_until,
                    }
                )
            return dict(everything)

    def _found(self, key: Key[Any], values: Iterable[object], staged: _Rows) -> tuple[Any, ...]:
        looked_up = set(values)
        if key.field == "id":
            ids: set[Any] = looked_up
        else:
            ids = {record_id for record_type, record_id in staged if record_type is key.record}
            for value in looked_up:
                ids |= self._ids.get((key.record, key.field, value), set())
        candidates = (self._row(key.record, record_id, staged) for record_id in sorted(ids))
        found = (
            row
            for row in candidates
            if row is not None and getattr(row, key.field) in looked_up and matches(key, row)
        )
        return tuple(islice(found, key.limit))

    def _row(self, record_type: type[Any], record_id: str, staged: _Rows) -> Any:
        return staged.get((record_type, record_id)) or self._rows.get((record_type, record_id))

    def _is_as_expected(self, expected: Unchanged, staged: _Rows) -> bool:
        found = self._found(expected.key, (expected.key.value,), staged)
        return bool(found) and all(
            getattr(row, name) == value for row in found for name, value in expected.fields.items()
        )

    def _write(self, record: Any, staged: _Rows) -> bool:
        stored = self._row(type(record), record.id, staged)
        if stored is None or stored.version != record.version or not self._is_unique(record, staged):
            return False
        staged[type(record), record.id] = replace(record, version=record.version + 1)
        return True

    def _insert(self, record: Any, staged: _Rows) -> bool:
        exists = self._row(type(record), record.id, staged) is not None
        if exists or not self._is_unique(record, staged):
            return False
        staged[type(record), record.id] = replace(record, version=1)
        return True

    def _is_unique(self, record: Any, staged: _Rows) -> bool:
        return not any(
            other.id != record.id
            for field in record.UNIQUE
            for other in self._found(Key(type(record), "", field), (getattr(record, field),), staged)
        )

    def _put(self, record: Any) -> None:
        stored = self._rows.get((type(record), record.id))
        if stored is not None:
            self._take(stored)
        self._rows[type(record), record.id] = record
        for field in record.LOOKUPS:
            self._ids[type(record), field, getattr(record, field)].add(record.id)

    def _take(self, record: Any) -> None:
        del self._rows[type(record), record.id]
        for field in record.LOOKUPS:
            place = type(record), field, getattr(record, field)
            self._ids[place].discard(record.id)
            if not self._ids[place]:
                del self._ids[place]


@discreet
class AsyncMemoryStore:
    """`MemoryStore`, awaited. Over a given one, to share what it holds; over a new one otherwise."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self._store = store or MemoryStore()

    async def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """`MemoryStore.load`."""
        return self._store.load(*keys)

    async def commit(self, change: Change) -> Outcome:
        """`MemoryStore.commit`."""
        return self._store.commit(change)

    async def purge(self, before: datetime) -> int:
        """`MemoryStore.purge`."""
        return self._store.purge(before)

    async def close(self) -> None:
        """`MemoryStore.close`."""
        self._store.close()

    def contents(self) -> dict[str, list[dict[str, Any]]]:
        """`MemoryStore.contents`."""
        return self._store.contents()
