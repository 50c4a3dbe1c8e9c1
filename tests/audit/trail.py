"""A trail of invented events in a store of one of four flavours, and hands that reach into the store past it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, delete, update

from elaas_identity._async.audit import AsyncAudit
from elaas_identity._sync.audit import Audit
from elaas_identity.audit.chain import AuditLink, numbered
from elaas_identity.audit.checkpoint import SEED_BYTES, AuditKeys, Checkpoint, CheckpointRecord
from elaas_identity.audit.verification import Verification
from elaas_identity.change import Change, Done, Key
from elaas_identity.events import Event
from elaas_identity.providers.memory import AsyncMemoryStore, MemoryStore
from elaas_identity.providers.sql import AsyncSQLStore, SQLStore
from elaas_identity.providers.sql_schema import TABLES
from elaas_identity.testing.clock import SeededRandom, SteppingClock
from elaas_identity.testing.store_examples import NOW, an_event
from tests.facade.portal import empty_database

FLAVOURS = ("sync-memory", "async-memory", "sync-sqlite", "async-sqlite")
MINUTE = timedelta(minutes=1)


def a_key(kid: str = "k1") -> str:
    """A private key, as JWK; of each id always the same."""
    return AuditKeys.fresh_key(kid, kid.encode().ljust(SEED_BYTES, b"."))


KEYS = AuditKeys(a_key())
FORGERS_KEYS = AuditKeys(AuditKeys.fresh_key("k1", b"x" * SEED_BYTES))
"""Of the same name, and not the same."""


@dataclass
class Trail:
    """A store, the audit over it, and what a test needs to tamper with it."""

    store: Any
    """Synchronous, over the same contents, whatever the audit works on."""
    given: Any
    """What the audit works on."""
    is_async: bool
    runner: asyncio.Runner
    clock: SteppingClock
    random: SeededRandom
    told: list[Event]
    url: str | None

    def audit(self, keys: AuditKeys = KEYS, store: Any = None) -> Any:
        """An audit over the store, or over another one."""
        made = AsyncAudit if self.is_async else Audit
        return made(
            store=store or self.given,
            keys=keys,
            listeners=[self.told.append],
            clock=self.clock,
            random=self.random,
        )

    def run(self, answer: Any) -> Any:
        """The value, what a coroutine comes to, or the list of what is yielded."""

        async def collected() -> list[Any]:
            return [each async for each in answer]

        if inspect.isasyncgen(answer):
            return self.runner.run(collected())
        if inspect.isgenerator(answer):
            return list(answer)
        return self.runner.run(answer) if inspect.iscoroutine(answer) else answer

    def write(self, *numbers: int, **changes: Any) -> None:
        """Events of these numbers, committed now: an administrator's, with something personal in each."""
        for number in numbers:
            event = an_event(
                f"event-{number:04}",
                **{
                    "at": self.clock(),
                    "kind": "account.reissued",
                    "by": "administrator (invented)",
                    "reason": f"letter {number}",
                    "client": "k1.client",
                    "correlation_id": f"req-{number}",
                    **changes,
                },
            )
            assert Done() == self.store.commit(Change(inserts=(event,)))

    def seal(self, keys: AuditKeys = KEYS) -> Checkpoint | None:
        """A minute later, by when all is settled."""
        self.clock.shift(MINUTE)
        sealed = self.run(self.audit(keys).seal())
        assert sealed is None or isinstance(sealed, Checkpoint)
        return sealed

    def verify(self, *kept: str, keys: AuditKeys = KEYS) -> Verification:
        found = self.run(self.audit(keys).verify(kept))
        assert isinstance(found, Verification)
        return found

    def fault(self, *kept: str, keys: AuditKeys = KEYS) -> tuple[str, int] | None:
        """What is wrong first, and where."""
        fault = self.verify(*kept, keys=keys).fault
        return None if fault is None else (fault.kind, fault.place)

    def event(self, number: int) -> Event:
        found = self.find(Event, f"event-{number:04}")
        assert isinstance(found, Event)
        return found

    def link(self, place: int) -> AuditLink:
        found = self.find(AuditLink, numbered(place))
        assert isinstance(found, AuditLink)
        return found

    def checkpoint(self, batch: int) -> CheckpointRecord:
        found = self.find(CheckpointRecord, CheckpointRecord.id_of(batch))
        assert isinstance(found, CheckpointRecord)
        return found

    def find(self, record: type[Any], record_id: str) -> Any:
        key: Key[Any] = Key(record, record_id)
        return self.store.load(key).one(key)

    # Past the library: no version, no check.

    def edit(self, record: Any, **fields: Any) -> None:
        """Change fields of a stored record, its id even."""
        if self.url is None:
            memory: MemoryStore = self.store
            memory._take(record)
            memory._put(replace(record, **fields))
            return
        table = TABLES[type(record)].table
        with self.statements() as execute:
            execute(update(table).where(table.c.id == record.id).values(**fields))

    def delete(self, *records: Any) -> None:
        """Take records out."""
        for record in records:
            if self.url is None:
                self.store._take(record)
                continue
            table = TABLES[type(record)].table
            with self.statements() as execute:
                execute(delete(table).where(table.c.id == record.id))

    def insert(self, *records: Any) -> None:
        """Put records in, as they are."""
        for record in records:
            if self.url is None:
                self.store._put(record)
                continue
            table = TABLES[type(record)]
            with self.statements() as execute:
                execute(table.insert, table.encoded(record, version=record.version))

    @contextmanager
    def statements(self) -> Iterator[Any]:
        """Statements on a connection of somebody else's."""
        assert self.url is not None
        engine = create_engine(self.url)
        with engine.begin() as connection:
            yield connection.execute
        engine.dispose()


@contextmanager
def made(flavour: str, folder: Path) -> Iterator[Trail]:
    """A trail of one of the four flavours, empty."""
    side, _, kind = flavour.partition("-")
    is_async, url = side == "async", None
    store: Any = MemoryStore()
    given: Any = AsyncMemoryStore(store) if is_async else store
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'elaas.db'}"
        (folder / "elaas.db").write_bytes(empty_database())
        store = SQLStore(url)
        given = AsyncSQLStore(url) if is_async else store
    with asyncio.Runner() as runner:
        yield Trail(store, given, is_async, runner, SteppingClock(NOW), SeededRandom(7), [], url)
        store.close()
        if is_async:
            runner.run(given.close())
