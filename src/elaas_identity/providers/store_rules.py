"""What every store of ours must agree on to the letter: which keys there are, in which order rows are visited,
and what a change does to budgets. Pure, so that memory and SQL share one arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from elaas_identity.change import Budget, Change, Exhausted, Key, Record, Unchanged, retry_after, used

Subject: TypeAlias = tuple[str, str]
"""What names a budget at rest: its name and whom it is about. Limit and window are policy, never stored."""


@dataclass(frozen=True, slots=True)
class Held:
    """A budget at rest: its charges (id → when), and from when on none of them counts any more."""

    charges: Mapping[str, datetime]
    keep_until: datetime


def check_keys(keys: Iterable[Key[Any] | Budget]) -> None:
    """Refuse a key by a field that its record type does not declare.

    Raises:
        TypeError: the type has no such look-up; a store would have to read the whole table.
    """
    for key in keys:
        if isinstance(key, Key) and key.field != "id" and key.field not in key.record.LOOKUPS:
            raise TypeError(f"{key.record.__name__} has no look-up by {key.field!r}")


def check_change(change: Change) -> None:
    """Refuse an expectation by such a key, before anything is begun.

    Raises:
        TypeError: as `check_keys`.
    """
    check_keys(expected.key for expected in change.expects)


def rows_in_order(change: Change) -> list[Record | Unchanged]:
    """Writes and expectations by (type, id), so that changes which share several rows never wait in a ring.

    A row's write comes before an expectation of it, so that its lock is never upgraded.
    """

    def place(row: Record | Unchanged) -> tuple[str, str, bool]:
        if isinstance(row, Unchanged):
            return row.key.record.__name__, row.key.value, True
        return type(row).__name__, row.id, False

    return sorted((*change.writes, *change.expects), key=place)


def inserts_in_order(change: Change) -> list[Record]:
    """Inserts by (type, id), for the same reason."""
    return sorted(change.inserts, key=lambda record: (type(record).__name__, record.id))


def expires(record_type: type[Any]) -> bool:
    """Whether purge takes records of the type once their `expires_at` has passed: those that have one."""
    return any(field.name == "expires_at" for field in fields(record_type))


def subjects(change: Change) -> list[Subject]:
    """Every budget that the change touches, in the order in which their rows are locked."""
    return sorted({_subject(budget) for budget in _budgets(change)})


def settle(change: Change, held: Mapping[Subject, Held]) -> dict[Subject, Held | None] | Exhausted:
    """What the budgets become: None for one that holds nothing now, or `Exhausted` if a charge does not fit.

    Clears and refunds come first, so that what a change gives back it may use itself. A charge whose id is
    already held counts once. Where several budgets are used up, the one with the longest wait is reported.
    Charges that are out of their window are dropped on the way.
    """
    after = {of: dict(held[of].charges) if of in held else {} for of in subjects(change)}
    for budget in change.clears:
        after[_subject(budget)].clear()
    for charge in change.refunds:
        after[_subject(charge.budget)].pop(charge.id, None)

    exhausted: Exhausted | None = None
    for charge in change.charges:
        charges = after[_subject(charge.budget)]
        others = [at for charge_id, at in charges.items() if charge_id != charge.id]
        if used(others, charge.budget, charge.at) >= charge.budget.limit:
            wait = retry_after(others, charge.budget, charge.at)
            if exhausted is None or wait > exhausted.retry_after:
                exhausted = Exhausted(charge.budget, wait)
        # Counted even where it did not fit: what is reported is the wait until the whole change would.
        charges[charge.id] = charge.at
    if exhausted is not None:
        return exhausted

    windows: dict[Subject, timedelta] = {}
    for budget in _budgets(change):
        windows[_subject(budget)] = max(budget.window, windows.get(_subject(budget), budget.window))
    latest: dict[Subject, datetime] = {}
    for charge in change.charges:
        latest[_subject(charge.budget)] = max(charge.at, latest.get(_subject(charge.budget), charge.at))
    return {of: _kept(charges, windows[of], latest.get(of)) for of, charges in after.items()}


def _kept(charges: dict[str, datetime], window: timedelta, now: datetime | None) -> Held | None:
    kept = {charge_id: at for charge_id, at in charges.items() if now is None or now - at < window}
    return Held(kept, max(kept.values()) + window) if kept else None


def _budgets(change: Change) -> list[Budget]:
    return [charge.budget for charge in (*change.charges, *change.refunds)] + list(change.clears)


def _subject(budget: Budget) -> Subject:
    return budget.name, budget.subject
