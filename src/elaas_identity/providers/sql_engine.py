"""Engines: which are fit, how ours are made, and how work runs on a connection of theirs.

An engine of our own is made anew in each process, so that a fork never shares a connection with its parent. Making
one connects to nothing.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import AsyncGenerator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext, suppress
from functools import partial
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import SingletonThreadPool, StaticPool

from elaas_identity.change import Conflict
from elaas_identity.errors import ElaasIdentityError, Misconfigured
from elaas_identity.providers.per_process import PerProcess
from elaas_identity.providers.sql_drivers import connecting
from elaas_identity.providers.sql_failures import failures, translated
from elaas_identity.providers.store_rules import certain

T = TypeVar("T")


class Database:
    """Runs work on connections of a sync engine: a given one, or one of its own over a URL."""

    def __init__(self, source: URL | Engine) -> None:
        self._owned = isinstance(source, URL)
        self._engine = PerProcess(lambda: _made(create_engine, source) if isinstance(source, URL) else source)
        _check_fit(self._engine.here())
        _check_sync(self._engine.here())
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
            with turn, _connected(engine) as connection:
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
            async with _connected_async(engine) as connection:
                return await connection.run_sync(work)
        except Misconfigured as error:
            return error
        except failures(engine) as failure:
            return translated(failure)


def run_once(source: URL | Engine, work: Callable[[Connection], None]) -> None:
    """Writing work on one connection, over whatever driver; it has no conflicts of its own."""
    if isinstance(source, URL) and _is_async_driver(source):
        # In a thread of its own, since the caller's may have an event loop that is running.
        with ThreadPoolExecutor(1, thread_name_prefix="elaas-identity-upgrade") as thread:
            thread.submit(asyncio.run, _run_once(source, work)).result()
        return
    database = Database(source)
    try:
        certain(database.run(work, writing=True))
    finally:
        database.close()


async def _run_once(url: URL, work: Callable[[Connection], None]) -> None:
    database = AsyncDatabase(url)
    try:
        certain(await database.run(work, writing=True))
    finally:
        await database.close()


def _is_async_driver(url: URL) -> bool:
    try:
        return url.get_dialect().is_async
    except SQLAlchemyError:  # there is no such driver, which making the engine will say
        return False


_DRIVERS = {"sqlite+aiosqlite": "sqlite", "postgresql": "postgresql+psycopg"}
"""Whose driver a URL means: SQLite is driven in threads, and SQLAlchemy 2.0 would take psycopg2 for PostgreSQL."""


def fit_url(given: str | URL) -> URL:
    """The URL, read. SQLite is driven by Python's own driver, also where the portal's URL names aiosqlite.

    Raises:
        Misconfigured: `store_settings`; the text is not repeated, since it may hold a password.
    """
    try:
        url: URL | None = make_url(given)
    except (SQLAlchemyError, ValueError):  # a `:` or `/` in a password makes the rest of it a port
        url = None
    # Raised out here, so that the text, which SQLAlchemy's error quotes, is not chained.
    if url is None:
        raise Misconfigured(
            "store_settings",
            detail="not a database URL; @, : and / in a password are written %40, %3A and %2F",
        )
    check_backend(url.get_backend_name())
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


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


def _check_sync(engine: Engine | AsyncEngine) -> None:
    """Refuse an async driver, which would fail at its first connection and not before."""
    if isinstance(engine, AsyncEngine) or engine.dialect.is_async:
        raise Misconfigured(
            "store_settings", detail=f"{engine.dialect.driver} is an async driver: use AsyncSQLStore"
        )


def _made(create: Callable[..., T], url: URL) -> T:
    try:
        known, settings = connecting(url)
        engine = create(known, hide_parameters=True, **settings)
    except ModuleNotFoundError as missing:
        install = _INSTALLED_BY.get(missing.name or "", f"install the driver of {url.drivername}")
        error = Misconfigured("extra_missing", detail=f"{missing.name}: {install}")
    except (SQLAlchemyError, ImportError, TypeError, ValueError) as failure:
        # The failure's text may quote what stands in the URL.
        error = Misconfigured("store_settings", detail=f"{type(failure).__name__} for {url.drivername}")
    else:
        if url.get_backend_name() == "sqlite":
            event.listen(engine, "do_connect", _make_private)
            event.listen(engine, "connect", _prepare_sqlite)
        return engine
    raise error


_INSTALLED_BY = {
    "psycopg": 'pip install "elaas-identity[postgres]"',
    "asyncpg": "pip install asyncpg",
}


@contextmanager
def _connected(engine: Engine) -> Generator[Connection, None, None]:
    try:
        connection: Connection | None = engine.connect()
    except (TypeError, ValueError):
        connection = None
    if connection is None:
        raise _refused_setting(engine)
    with connection:
        yield connection


@asynccontextmanager
async def _connected_async(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection, None]:
    connection: AsyncConnection | None
    try:
        connection = await engine.connect()
    except (TypeError, ValueError):
        connection = None
    if connection is None:
        raise _refused_setting(engine)
    try:
        yield connection
    finally:
        await connection.close()


def _refused_setting(engine: Engine | AsyncEngine) -> Misconfigured:
    """A driver raises no error of its own for a parameter, as of the URL's query, that it does not know."""
    return Misconfigured(
        "store_settings", detail=f"{engine.dialect.driver} does not take a setting of the URL"
    )


def _make_private(_: object, __: object, arguments: Any, settings: Any) -> None:
    """A file that is not there yet is made for its owner alone; SQLite gives what stands beside it the same mode."""
    if settings.get("uri"):  # SQLite reads it, and it may say that nothing is to be made
        return
    # One that is there is not opened: closing it would take SQLite's locks away from this process.
    with suppress(OSError):
        os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Readers and the writer do not wait for each other; a commit waits for the operating system, not for the disk.
    # The file keeps the mode. It cannot be changed while another process writes: that one has set it, or the next will.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
