"""What a store is asked and told: keys to load by, and a change to commit whole or not at all.

One act of a person changes a flow, an account, the audit trail, the mail and several budgets together, so the store
has one `commit` that takes all of it. Records are frozen dataclasses of plain values (`str`, `int`, `bool`, `None`,
aware UTC `datetime`, `tuple[str, ...]`), already digested or sealed: a store sees no secret and no personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, cast

from elaas_identity._discreet import discreet


class Record(Protocol):
    """What every stored record is: a frozen dataclass with a unique id, and two declarations that a store reads.

    A record type with a field `expires_at` is deleted by `purge` once that time has passed.
    """

    LOOKUPS: ClassVar[tuple[str, ...]]
    """Fields other than `id` that a `Key` may look records of this type up by. A store indexes them."""
    UNIQUE: ClassVar[tuple[str, ...]]
    """Look-up fields whose value no two records of this type may share."""

    @property
    def id(self) -> str:
        """Unique among the records of this type."""
        ...

    @property
    def version(self) -> int:
        """The version under which the record was read; 0 where it was never stored."""
        ...


R = TypeVar("R", bound=Record)


@discreet
@dataclass(frozen=True, slots=True)
class FieldOf:
    """In place of a key's value: that field of the records that another key of the same load finds."""

    key: Key[Any]
    field: str


@discreet
@dataclass(frozen=True, slots=True)
class Key(Generic[R]):
    """Records of one type whose `field` equals `value`. Fields to look up by are `id` and those the type declares.

    A look-up by another field than `id` may find several records; a store gives at most `limit`, oldest id first. What
    follows is the same key with the last id as `after`. `where` names further fields and what must be in them: `limit`
    counts what is given, not what is looked through.

    `FieldOf` as the value follows another key: a flow → its account → its binding is one load of three keys. The key
    that is followed stands before this one in the same load. Where it finds several records, this key finds what any of
    them points at; where it finds none, or the field is None, this key finds nothing.
    """

    record: type[R]
    value: str | FieldOf
    field: str = "id"
    limit: int = 100
    after: str = ""
    where: tuple[tuple[str, str], ...] = ()

    def next(self, page: tuple[R, ...]) -> Key[R] | None:
        """The key of what follows a page that was found under this one; None where it was the last."""
        return replace(self, after=page[-1].id) if page and len(page) >= self.limit else None


@discreet
@dataclass(frozen=True, slots=True)
class Budget:
    """At most `limit` charges within any rolling `window`, for one subject (a keyed digest or a random id).

    Where it `locks`, a budget that is full stays so for the whole `window` after its newest charge.
    """

    name: str
    subject: str
    limit: int
    window: timedelta
    locks: bool = False


@discreet
@dataclass(frozen=True, slots=True)
class Charge:
    """One use of a budget, under an id of its own so that a refund can name it.

    `life` is how long it counts, where that is less than the budget's window.
    """

    budget: Budget
    id: str
    at: datetime
    life: timedelta | None = None

    @property
    def counts_from(self) -> datetime:
        """The time that a store keeps: `at`, or as long before it as the window is longer than the charge's life."""
        window = self.budget.window
        return self.at if self.life is None else self.at - max(window - self.life, timedelta(0))


@discreet
@dataclass(frozen=True, slots=True)
class Unchanged:
    """A record that the change read and does not write: it must still exist with these field values.

    Its row is locked against writers for the length of the commit.
    """

    key: Key[Any]
    fields: Mapping[str, object]


@discreet
@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All or nothing, in a transaction of its own.

    Attributes:
        writes: records to replace; each must still stand at the version it carries, and is stored with that + 1.
        inserts: records that must not exist yet, by id and by every unique field; stored with version 1.
        expects: records read and not written, which must still be as expected.
        charges: uses of budgets; if one is over its limit, nothing of the change happens, no charge counted.
        refunds: charges taken back; one already gone is no error.
        clears: budgets emptied, by name and subject.
        tells: events that listeners are told of once it is done, and that are not stored.
        latest: charges of the budgets named here that were made after this time count from it: the clock was ahead.
    """

    writes: tuple[Record, ...] = ()
    inserts: tuple[Record, ...] = ()
    expects: tuple[Unchanged, ...] = ()
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Charge, ...] = ()
    clears: tuple[Budget, ...] = ()
    tells: tuple[Record, ...] = ()
    latest: datetime | None = None


@discreet
@dataclass(frozen=True, slots=True)
class Done:
    """The change happened."""


@discreet
@dataclass(frozen=True, slots=True)
class Conflict:
    """A record was not as the change expected it; nothing happened. Load again and decide again."""


@discreet
@dataclass(frozen=True, slots=True)
class Exhausted:
    """A budget is used up; nothing happened. After `retry_after` a charge of it may fit.

    It is longer than the window only where charges lie in the future: the clock was put back.
    """

    budget: Budget
    retry_after: timedelta


Outcome: TypeAlias = Done | Conflict | Exhausted


@discreet
@dataclass(frozen=True, slots=True)
class Snapshot:
    """What `load` found: several keys as they stood at one moment.

    A store builds it from the records found under each key and the charges (id → when) of each budget. `used` counts
    by the budget's own window, so a store may hand over charges that are older.
    """

    records: Mapping[Key[Any], tuple[Record, ...]] = field(default_factory=dict)
    charges: Mapping[Budget, Mapping[str, datetime]] = field(default_factory=dict)

    def all(self, key: Key[R]) -> tuple[R, ...]:
        """Every record found under a key that was asked for."""
        return cast("tuple[R, ...]", self.records[key])

    def one(self, key: Key[R]) -> R | None:
        """The record found under a key that names at most one."""
        found = self.all(key)
        return found[0] if found else None

    def used(self, budget: Budget, now: datetime) -> int:
        """How many charges of the budget lie within its window before `now`."""
        return used(self.charges[budget].values(), budget, now)


def used(charged_at: Iterable[datetime], budget: Budget, now: datetime) -> int:
    """How many of these charge times count against the budget at `now`. A charge as old as the window is out of it."""
    return len(_counted(charged_at, budget, now))


def retry_after(charged_at: Iterable[datetime], budget: Budget, now: datetime) -> timedelta:
    """How long from `now` until one more charge fits into a budget that is full (zero where it fits already)."""
    counted = _counted(charged_at, budget, now)
    if len(counted) < budget.limit:
        return timedelta(0)
    if budget.limit == 0:
        return budget.window
    return counted[-1 if budget.locks else -budget.limit] + budget.window - now


def _counted(charged_at: Iterable[datetime], budget: Budget, now: datetime) -> list[datetime]:
    times = sorted(charged_at)
    within = [at for at in times if now - at < budget.window]
    if budget.locks and within:
        locking = [at for at in times if within[-1] - at < budget.window]
        if len(locking) >= budget.limit:
            return locking
    return within
