"""What every store of ours must agree on to the letter: which keys there are, in which order rows are visited,
and what a change does to budgets. Pure, so that memory and SQL share one arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_type_hints

from elaas_identity.change import (
    Budget,
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

T = TypeVar("T")

Subject: TypeAlias = tuple[str, str]
"""What names a budget at rest: its name and whom it is about. Limit and window are policy, never stored."""


@dataclass(frozen=True, slots=True)
class Held:
    """A budget at rest: its charges (id → when), and from when on none of them counts any more."""

    charges: Mapping[str, datetime]
    keep_until: datetime


def check_keys(keys: Iterable[Key[Any] | Budget]) -> None:
    """Refuse a key that no store could look up: by an undeclared field, or after a key that it cannot follow.

    Raises:
        TypeError: the type has no such look-up, so that a store would have to read the whole table; or the key follows
            one that does not stand before it, or a field that the followed type does not have or that is not text.
    """
    earlier: list[Key[Any]] = []
    for key in keys:
        if isinstance(key, Budget):
            continue
        _check_look_up(key)
        if isinstance(key.value, FieldOf):
            followed = key.value
            record: Any = followed.key.record
            if followed.key not in earlier:
                raise TypeError(
                    f"a key of {key.record.__name__} follows a key of {record.__name__} "
                    "that does not stand before it in this load"
                )
            if followed.field not in _text_fields(record):
                raise TypeError(f"{record.__name__} has no text field {followed.field!r} to follow")
        earlier.append(key)


def check_change(change: Change) -> None:
    """Refuse an expectation by such a key, before anything is begun.

    Raises:
        TypeError: the type has no such look-up, or the key follows another one: what a change expects is read before
            it, so its value is known.
    """
    for expected in change.expects:
        _check_look_up(expected.key)
        if isinstance(expected.key.value, FieldOf):
            raise TypeError(f"an expected {expected.key.record.__name__} is named by a value, not by FieldOf")


def values_of(key: Key[Any], found: Mapping[Key[Any], tuple[Record, ...]]) -> tuple[str, ...]:
    """What the key's field may be: its value, or what is in that field of the records that the followed key found."""
    if not isinstance(key.value, FieldOf):
        return (key.value,)
    pointers = (getattr(record, key.value.field) for record in found[key.value.key])
    return tuple(dict.fromkeys(pointer for pointer in pointers if pointer is not None))


def _check_look_up(key: Key[Any]) -> None:
    if key.field != "id" and key.field not in key.record.LOOKUPS:
        raise TypeError(f"{key.record.__name__} has no look-up by {key.field!r}")
    if missing := {name for name, _ in key.where} - {each.name for each in fields(key.record)}:
        raise TypeError(f"{key.record.__name__} has no field {missing}")


def matches(key: Key[Any], record: Any) -> bool:
    """Whether a record that was found by the key's field is one of those that the key is about."""
    is_after = not key.after or record.id > key.after
    return is_after and all(getattr(record, name) == value for name, value in key.where)


@cache
def _text_fields(record_type: Any) -> frozenset[str]:
    hints = get_type_hints(record_type)
    return frozenset(each.name for each in fields(record_type) if hints[each.name] in (str, str | None))


def rows_in_order(change: Change) -> list[Record | Unchanged]:
    """Writes and expectations by (type, id), so that changes which share several rows never wait in a ring.

    A row's write comes before an expectation of it, so that its lock is never upgraded: what sorts the same stays in
    order.
    """

    def place(row: Record | Unchanged) -> tuple[str, str]:
        if isinstance(row, Unchanged):
            return row.key.record.__name__, str(row.key.value)
        return type(row).__name__, row.id

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
        charges[charge.id] = charge.counts_from
    if exhausted is not None:
        return exhausted

    windows: dict[Subject, timedelta] = {}
    for budget in _budgets(change):
        windows[_subject(budget)] = max(budget.window, windows.get(_subject(budget), budget.window))
    latest: dict[Subject, datetime] = {}
    for charge in change.charges:
        latest[_subject(charge.budget)] = max(charge.at, latest.get(_subject(charge.budget), charge.at))
    if change.latest is not None:
        after = {
            of: {charge_id: min(at, change.latest) for charge_id, at in charges.items()}
            for of, charges in after.items()
        }
    return {of: _kept(charges, windows[of], latest.get(of)) for of, charges in after.items()}


def _kept(charges: dict[str, datetime], window: timedelta, now: datetime | None) -> Held | None:
    kept = {charge_id: at for charge_id, at in charges.items() if now is None or now - at < window}
    return Held(kept, max(kept.values()) + window) if kept else None


def certain(answer: T | Conflict) -> T:
    """The answer of work that has no conflicts of its own.

    Raises:
        ProviderFailed: `store_contended`, where the database broke it off all the same.
    """
    if isinstance(answer, Conflict):
        raise ProviderFailed("store_contended")
    return answer


def _budgets(change: Change) -> list[Budget]:
    return [charge.budget for charge in (*change.charges, *change.refunds)] + list(change.clears)


def _subject(budget: Budget) -> Subject:
    return budget.name, budget.subject
