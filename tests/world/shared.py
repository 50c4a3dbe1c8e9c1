"""What racing actors share, as a value, and how their requests are done in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from elaas_identity.change import Change, Done, Key, Outcome
from elaas_identity.effects import Commit, Load, Purge, Redeem
from elaas_identity.flow.flow import FlowRecord
from elaas_identity.mail.composing import Mail
from elaas_identity.providers.memory import MemoryStore
from tests.world.actor import Request

T = TypeVar("T")


@dataclass(frozen=True)
class Posted:
    """A mail that is sent, and whether the server accepts it: that is the sender's affair."""

    mail: Mail
    arrives: bool


@dataclass(frozen=True)
class ReadMailbox:
    """The person looks for the mail with this reference."""

    reference: str


class SharedWorld:
    """The store, what was exchanged at the identity provider, and what was mailed. Never changed, only copied."""

    _numbers: dict[Any, int] = {}
    _known: dict[int, tuple[Any, int]] = {}

    def __init__(
        self, store: MemoryStore, redeemed: tuple[str, ...] = (), mails: tuple[Mail, ...] = ()
    ) -> None:
        self.store, self.redeemed, self.mails = store, redeemed, mails

    def row(self, record: type[T], record_id: str) -> T | None:
        """A record, read past the port."""
        found: T | None = self.store._rows.get((record, record_id))
        return found

    def rows(self, record: type[T]) -> list[T]:
        """All records of a type."""
        return [row for (kind, _), row in self.store._rows.items() if kind is record]

    def charged(self, name: str, subject: str) -> int:
        """How many charges a budget holds. The clock stands still in a race, so each of them counts."""
        held = self.store._budgets.get((name, subject))
        return 0 if held is None else len(held.charges)

    def budgets(self) -> list[tuple[str, int]]:
        """Every budget that holds a charge: its name, and how many."""
        return [(name, len(held.charges)) for (name, _), held in self.store._budgets.items()]

    def commit(self, change: Change) -> tuple[SharedWorld, Outcome]:
        """The real store operation, on a copy; this world itself where nothing was done."""
        store = copied(self.store)
        outcome = store.commit(change)
        if not isinstance(outcome, Done):
            return self, outcome
        return SharedWorld(store, self.redeemed, self.mails), outcome

    @cached_property
    def key(self) -> Any:
        """Every record and every charge, by number; and what was exchanged and mailed, whatever the order."""
        rows = frozenset(self._number(row, row) for row in self.store._rows.values())
        budgets = frozenset(
            self._number(held, (of, held.keep_until, frozenset(held.charges.items())))
            for of, held in self.store._budgets.items()
        )
        return rows, budgets, self.redeemed, frozenset(self.mails)

    @cached_property
    def matters(self) -> Any:
        """The same without the audit trail and sessions, which nothing that leads on reads."""
        rows = frozenset(
            self._number(row, row)
            for (kind, _), row in self.store._rows.items()
            if kind.__name__ not in ("Event", "SessionRecord")
        )
        return rows, self.key[1], frozenset(self.mails)

    @classmethod
    def _number(cls, held: Any, value: Any) -> int:
        """A number for each different value. By identity first: most of a world is that of the one before."""
        known = cls._known.get(id(held))
        if known is None:
            # Keeping what is held also keeps its identity from being given to another.
            known = cls._known[id(held)] = held, cls._numbers.setdefault(value, len(cls._numbers))
        return known[1]


def copied(store: MemoryStore) -> MemoryStore:
    """A store with the same content: records are frozen, so that a copy of what points at them is enough."""
    twin = type(store)()
    twin._rows = dict(store._rows)
    twin._ids.update((place, set(ids)) for place, ids in store._ids.items())
    twin._budgets = dict(store._budgets)
    return twin


def performing(beginning: SharedWorld) -> Callable[[SharedWorld, Request], tuple[SharedWorld, Any]]:
    """How requests are done in worlds that come of this one."""
    from_before = {
        flow.one_time_code_reference for flow in beginning.rows(FlowRecord) if flow.one_time_code_reference
    }

    def perform(world: SharedWorld, request: Request) -> tuple[SharedWorld, Any]:
        match request:
            case Load(keys):
                return world, world.store.load(*keys)
            case Commit(change):
                return world.commit(change)
            case Purge(before):
                store = copied(world.store)
                gone = store.purge(before)
                return (SharedWorld(store, world.redeemed, world.mails) if gone else world), gone
            case Redeem(proof=proof):
                return SharedWorld(world.store, (*world.redeemed, proof.attempt_id), world.mails), None
            case Posted():
                if not request.arrives:
                    return world, None
                return SharedWorld(world.store, world.redeemed, (*world.mails, request.mail)), None
            case ReadMailbox():
                found = [mail.text for mail in world.mails if request.reference in mail.subject]
                if not found and request.reference in from_before:
                    found = ["the mail from before"]
                return world, found[-1] if found else None
        raise TypeError(f"nobody performs {request!r}")

    return perform


def shown(request: Request) -> str:
    """A request in a schedule that is shown, in short."""
    match request:
        case Load(keys):
            names = [key.record.__name__ if isinstance(key, Key) else f"budget {key.name}" for key in keys]
            return f"load {', '.join(names)}"
        case Commit(change):
            kinds = [getattr(record, "kind", type(record).__name__) for record in change.inserts]
            charged = [charge.budget.name for charge in change.charges]
            written = [type(record).__name__ for record in change.writes]
            return f"commit writes {written} inserts {kinds} charges {charged}"
        case Posted(mail, arrives):
            return f"send {mail.subject!r}, {'accepted' if arrives else 'refused'}"
    return type(request).__name__
