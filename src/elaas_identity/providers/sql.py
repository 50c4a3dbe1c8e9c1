"""Stores in a SQL database: PostgreSQL, or SQLite where the portal is one machine. Extra: `sql`, or `postgres`.

    store = SQLStore("sqlite:///elaas.db")
    store = SQLStore("postgresql://portal@db.example.go.th/portal")
    store = AsyncSQLStore(engine)              # the portal's own engine, never a session

The tables, all named `elaas_…`, are made by `elaas-identity db upgrade --url …` (`upgrade` below) and never behind the
portal's back. Every act has a connection and a transaction of its own, so that no rollback of the portal undoes what
was counted. For the same reason a portal must not call while it holds a write of its own on the same SQLite file:
SQLite has one writer, and the call would wait for its caller until it gives up.

On SQLite a commit outlives a crash of the process. After a loss of power the last commits may be missing, each of them
whole (write-ahead log, `synchronous=NORMAL`).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeGuard

from elaas_identity._discreet import discreet
from elaas_identity.change import Budget, Change, Conflict, Key, Outcome, Snapshot
from elaas_identity.errors import ElaasIdentityError, Misconfigured
from elaas_identity.not_pickled import NotPickled
from elaas_identity.providers.store_rules import certain, check_change, check_keys

try:
    from elaas_identity.providers import sql_load, sql_transaction
    from elaas_identity.providers.sql_autogenerate import include_name, include_object
    from elaas_identity.providers.sql_engine import (
        AsyncDatabase,
        Database,
        ThreadedDatabase,
        check_backend,
        fit_url,
        run_once,
    )
    from elaas_identity.providers.sql_failures import failures, translated
    from elaas_identity.providers.sql_transactions import migration, migration_within
except ModuleNotFoundError as missing:
    raise Misconfigured(
        "extra_missing", detail=f'{missing.name}: pip install "elaas-identity[sql]"'
    ) from None

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

__all__ = ["AsyncSQLStore", "SQLStore", "include_name", "include_object", "upgrade"]


@discreet
class SQLStore(NotPickled):
    """A `Store` over a URL or an engine. Over a URL it makes an engine, which `close()` disposes of.

    Raises:
        Misconfigured: `store_settings` for a database that is not fit, `extra_missing` for a driver that is not there.
    """

    def __init__(self, url_or_engine: str | URL | Engine) -> None:
        self._source = _source(url_or_engine)
        self._database = Database(self._source)

    @property
    def source(self) -> URL | Engine:
        """Where it is, for `upgrade` and the command line."""
        found: URL | Engine = self._source
        return found

    def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """All of them as they stood at one moment.

        Raises:
            TypeError: a key by a field that its record type does not declare as a look-up, or one that follows a key
                which does not stand before it.
            ProviderFailed: `store_unavailable`.
            Misconfigured: `store_schema`, where the tables are missing or of another version.
        """
        check_keys(keys)
        return certain(self._database.run(partial(sql_load.load, keys=keys)))

    def commit(self, change: Change) -> Outcome:
        """All of it or nothing. `Conflict` is looked for first, then `Exhausted`.

        Raises:
            TypeError: an expectation by a field that its record type does not declare as a look-up.
            ProviderFailed: `store_unavailable`; if it was lost on the way, the change may have happened.
            Misconfigured: `store_schema`, where the tables are missing or of another version.
        """
        check_change(change)
        return self._database.run(partial(sql_transaction.commit, change=change), writing=True)

    def purge(self, before: datetime) -> int:
        """Delete expired records, flows with their attempts, and budgets that count nothing now.

        Returns how many rows went, budgets included.
        """
        return certain(self._database.run(partial(sql_transaction.purge, before=before), writing=True))

    def close(self) -> None:
        """Dispose of an engine of its own; a given one is its owner's."""
        self._database.close()


@discreet
class AsyncSQLStore(NotPickled):
    """`SQLStore`, awaited: over a URL, an async engine, or a sync engine, which then works in threads.

    SQLite is always driven in a thread (aiosqlite takes more than three times as long); `close()` ends it.
    """

    def __init__(self, url_or_engine: str | URL | Engine | AsyncEngine) -> None:
        self._source = _source(url_or_engine)
        self._database: ThreadedDatabase | AsyncDatabase = (
            AsyncDatabase(self._source) if _is_async(self._source) else ThreadedDatabase(self._source)
        )

    @property
    def source(self) -> URL | Engine:
        """`SQLStore.source`; of an asynchronous engine, its URL."""
        found: Any = self._source
        database: URL | Engine = found.url if hasattr(found, "sync_engine") else found
        return database

    async def load(self, *keys: Key[Any] | Budget) -> Snapshot:
        """`SQLStore.load`."""
        check_keys(keys)
        return certain(await self._database.run(partial(sql_load.load, keys=keys)))

    async def commit(self, change: Change) -> Outcome:
        """`SQLStore.commit`."""
        check_change(change)
        return await self._database.run(partial(sql_transaction.commit, change=change), writing=True)

    async def purge(self, before: datetime) -> int:
        """`SQLStore.purge`."""
        return certain(await self._database.run(partial(sql_transaction.purge, before=before), writing=True))

    async def close(self) -> None:
        """`SQLStore.close`."""
        await self._database.close()


@discreet
def upgrade(database: str | URL | Engine | Connection, revision: str = "head") -> None:
    """Bring the tables to a revision: all of its steps or none.

    A migration of the portal's may call it. On a connection it belongs to the transaction that the connection is in,
    and stands once the portal commits that; where there is none it has one of its own.

    Raises:
        ProviderFailed: `store_unavailable`.
        Misconfigured: `store_settings`; `extra_missing` without Alembic.
    """
    try:
        import_module("alembic")
        from elaas_identity.providers.sql_upgrade import run_steps
    except ModuleNotFoundError as missing:
        raise Misconfigured(
            "extra_missing", detail=f'{missing.name}: pip install "elaas-identity[sql]"'
        ) from None

    def migrated(connection: Connection) -> None:
        with migration(connection):
            run_steps(connection, revision)

    if _is_connection(database):
        _upgrade_within(database, partial(run_steps, revision=revision))
        return
    run_once(_source(database), migrated)


def _is_connection(given: object) -> TypeGuard[Connection]:
    from sqlalchemy import Connection

    return isinstance(given, Connection)


def _upgrade_within(connection: Connection, steps: Callable[[Connection], None]) -> None:
    check_backend(connection.dialect.name)
    error: ElaasIdentityError | Conflict | None = None
    try:
        with migration_within(connection):
            steps(connection)
    except failures(connection.engine) as failure:
        error = translated(failure)
    # Raised out here, so that the driver's text is not chained.
    if isinstance(error, ElaasIdentityError):
        raise error
    certain(error)


def _source(given: Any) -> Any:
    from sqlalchemy import URL, Engine
    from sqlalchemy.ext.asyncio import AsyncEngine

    if isinstance(given, (str, URL)):
        return fit_url(given)
    if isinstance(given, (Engine, AsyncEngine)):
        return given
    # As from a variable of the environment that is not set.
    raise Misconfigured("store_settings", detail=f"a database URL or an engine, not {type(given).__name__}")


def _is_async(source: Any) -> bool:
    from sqlalchemy import URL
    from sqlalchemy.ext.asyncio import AsyncEngine

    if isinstance(source, URL):
        return source.get_backend_name() != "sqlite"
    return isinstance(source, AsyncEngine)
