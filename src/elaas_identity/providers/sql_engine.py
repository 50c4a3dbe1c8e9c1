"""Engines: which are fit, how ours are made, and how work runs on a connection of theirs.

An engine of our own is made anew in each process, so that a fork never shares a connection with its parent. Making
one connects to nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from elaas_identity.change import Conflict
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed
from elaas_identity.providers.sql_failures import failures, translated

SQLITE_BUSY_SECONDS = "5"
"""How long a commit waits for another process's write; a commit takes well under a millisecond."""
CONNECT_SECONDS = "10"
"""How long PostgreSQL may take to answer a new connection. A URL that says otherwise wins, for both."""

T = TypeVar("T")


class PerProcess(Generic[T]):
    """One of something for each process that uses it.

    `dict.setdefault` lets exactly one thread win, without a lock that a fork could copy while it is held.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._made: dict[int, T] = {}

    def here(self) -> T:
        """This process's, made if it is the first time."""
        made = self._made.get(os.getpid())
        return made if made is not None else self._made.setdefault(os.getpid(), self._make())

    def taken(self) -> T | None:
        """This process's, if there is one, which is thereby forgotten."""
        return self._made.pop(os.getpid(), None)


class Database:
    """Runs work on connections of a sync engine: a given one, or one of its own over a URL."""

    def __init__(self, source: URL | Engine) -> None:
        self._owned = isinstance(source, URL)
        self._engine = PerProcess(lambda: _made(create_engine, source) if isinstance(source, URL) else source)
        _check_fit(self._engine.here())
        self.is_sqlite = self._engine.here().dialect.name == "sqlite"
        # SQLite has one writer. The threads of a process take turns here, where waiting does not mean polling.
        self._turn = PerProcess(Lock)

    def run(self, work: Callable[[Connection], T], *, writing: bool = False) -> T | Conflict:
        """What the work returns, or `Conflict` where the database broke it off for another's sake.

        Raises:
            ProviderFailed: `store_unavailable`; of a write whose end was lost, nobody knows whether it happened.
            Misconfigured: `store_schema`, `store_settings`.
        """
        engine = self._engine.here()
        turn: AbstractContextManager[Any] = self._turn.here() if writing and self.is_sqlite else nullcontext()
        try:
            with turn, engine.connect() as connection:
                return work(connection)
        except failures(engine) as failure:
            error = translated(failure)
        # Raised out here, so that the driver's text, which may quote values, is not chained.
        if isinstance(error, ElaasIdentityError):
            raise error
        return error

    def close(self) -> None:
        """Dispose of an engine of its own."""
        if self._owned and (engine := self._engine.taken()) is not None:
            engine.dispose()


class ThreadedDatabase:
    """`Database` for asyncio, in threads; work that has begun completes even if nobody waits for it any more.

    SQLite gets one thread: it has one writer, its work is mostly Python's, and waiting commits then hold up neither
    each other nor the threads of the portal.
    """

    def __init__(self, source: URL | Engine) -> None:
        self._database = Database(source)
        self._thread = PerProcess(lambda: ThreadPoolExecutor(1, thread_name_prefix="elaas-identity-store"))

    async def run(self, work: Callable[[Connection], T], *, writing: bool = False) -> T | Conflict:
        """`Database.run`."""
        executor = self._thread.here() if self._database.is_sqlite else None
        call = partial(self._database.run, work, writing=writing)
        return await asyncio.get_running_loop().run_in_executor(executor, call)

    async def close(self) -> None:
        """`Database.close`, and the thread ends."""
        if (thread := self._thread.taken()) is not None:
            await asyncio.to_thread(thread.shutdown)
        self._database.close()


class AsyncDatabase:
    """`Database` over an async engine."""

    def __init__(self, source: URL | AsyncEngine) -> None:
        self._owned = isinstance(source, URL)
        self._engine = PerProcess(
            lambda: _made(create_async_engine, source) if isinstance(source, URL) else source
        )
        _check_fit(self._engine.here())
        self._running: set[asyncio.Task[Any]] = set()

    async def run(
        self,
        work: Callable[[Connection], T],
        *,
        writing: bool = False,  # noqa: ARG002 - as its siblings
    ) -> T | Conflict:
        """`Database.run`. Work that has begun completes even if nobody waits for it any more."""
        task = asyncio.create_task(self._run(work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        answer = await asyncio.shield(task)
        if isinstance(answer, ElaasIdentityError):
            raise answer
        return answer

    async def close(self) -> None:
        """Wait for what is running, then dispose of an engine of its own."""
        if self._running:
            await asyncio.wait(self._running)
        if self._owned and (engine := self._engine.taken()) is not None:
            await engine.dispose()

    async def _run(self, work: Callable[[Connection], T]) -> T | Conflict | ElaasIdentityError:
        engine = self._engine.here()
        try:
            async with engine.connect() as connection:
                return await connection.run_sync(work)
        except failures(engine) as failure:
            return translated(failure)


def certain(answer: T | Conflict) -> T:
    """The answer of work that has no conflicts of its own.

    Raises:
        ProviderFailed: `store_contended`, where the database broke it off all the same.
    """
    if isinstance(answer, Conflict):
        raise ProviderFailed("store_contended")
    return answer


def fit_url(text: str | URL) -> URL:
    """The URL, read.

    Raises:
        Misconfigured: `store_settings`; the text is not repeated, since it may hold a password.
    """
    try:
        url = make_url(text)
    except SQLAlchemyError:
        raise Misconfigured("store_settings", detail="not a database URL") from None
    check_backend(url.get_backend_name())
    return url


def check_backend(name: str) -> None:
    """Refuse a database that is neither SQLite nor PostgreSQL."""
    if name not in ("sqlite", "postgresql"):
        raise Misconfigured("store_settings", detail=f"SQLite or PostgreSQL, not {name}")


def _check_fit(engine: Engine | AsyncEngine) -> None:
    check_backend(engine.dialect.name)
    if engine.dialect.name == "sqlite":
        if isinstance(engine, AsyncEngine):
            raise Misconfigured(
                "store_settings", detail="SQLite is driven in a thread: pass the URL or an Engine"
            )
        if isinstance(engine.pool, (SingletonThreadPool, StaticPool)):
            raise Misconfigured(
                "store_settings",
                detail="SQLite in memory has one connection, and so no transaction of our own: use MemoryStore",
            )


def _made(create: Callable[..., T], url: URL) -> T:
    if url.get_backend_name() == "sqlite":
        engine = create(
            url.set(query={"timeout": SQLITE_BUSY_SECONDS, **url.query}),
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        return engine
    try:
        return create(
            url.set(query={"connect_timeout": CONNECT_SECONDS, **url.query}),
            hide_parameters=True,
            pool_pre_ping=True,
        )
    except ModuleNotFoundError as missing:
        error = Misconfigured(
            "extra_missing", detail=f'{missing.name}: pip install "elaas-identity[postgres]"'
        )
    except SQLAlchemyError as failure:
        error = Misconfigured("store_settings", detail=f"{type(failure).__name__} for {url.drivername}")
    raise error


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Readers and the writer do not wait for each other; a commit waits for the operating system, not for the disk.
    # The file keeps the mode. It cannot be changed while another process writes: that one has set it, or the next will.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
