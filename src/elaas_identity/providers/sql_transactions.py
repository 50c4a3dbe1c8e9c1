"""Transactions of our own on a connection, whatever the engine's own settings are."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from typing import Any

from sqlalchemy import BigInteger, Connection, RootTransaction, func, literal, select

from elaas_identity.errors import Misconfigured
from elaas_identity.providers.sql_drivers import ONE_TRANSACTION

MIGRATION_LOCK = int.from_bytes(b"elaas-id")
"""PostgreSQL's advisory lock for changes to the tables: any number will do that only we use."""


@contextmanager
def reading(connection: Connection, *, one_statement: bool = False) -> Generator[None, None, None]:
    """One snapshot for all that is read. A single statement has its own, and needs no transaction around it."""
    if not one_statement or connection.get_execution_options().get(ONE_TRANSACTION):
        with transaction(connection, writing=False):
            yield
    elif connection.dialect.name == "sqlite":
        _sqlite_driver(connection)
        yield
    else:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        yield


@contextmanager
def transaction(connection: Connection, *, writing: bool) -> Generator[RootTransaction, None, None]:
    """A transaction of this connection.

    PostgreSQL: a read sees one snapshot; a write sees what is committed once it has its lock. SQLite: a write takes
    the database's one write lock at once, since a lock that has to be upgraded fails at a moment's notice. Python's
    sqlite3 would begin only at the first write, so we begin ourselves.
    """
    if connection.dialect.name == "sqlite":
        driver = _sqlite_driver(connection)
        with connection.begin() as begun:
            if driver.in_transaction:
                # The portal's engine begins by itself (a listener, or `autocommit=False`), but too weakly.
                driver.execute("ROLLBACK")
            # On the driver's connection: SQLAlchemy would take as long to hand it on as SQLite takes to write a row.
            driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")
            yield begun
    else:
        connection.execution_options(
            isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
            postgresql_readonly=not writing,
        )
        with connection.begin() as begun:
            yield begun


@contextmanager
def migration(connection: Connection) -> Generator[None, None, None]:
    """A transaction for changes to the tables, one at a time."""
    with transaction(connection, writing=True):
        _take_turns(connection)
        yield


@contextmanager
def migration_within(connection: Connection) -> Generator[None, None, None]:
    """The same in the transaction that the connection is in, or in one of its own where it is in none."""
    with nullcontext() if connection.in_transaction() else connection.begin():
        if connection.dialect.name == "sqlite":
            _sqlite_driver(connection)
            # Python's sqlite3 begins nothing before a change to the tables. A driver that does not tell has begun.
            if not getattr(connection.connection.driver_connection, "in_transaction", True):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        _take_turns(connection)
        yield


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(literal(MIGRATION_LOCK, BigInteger()))))


def _sqlite_driver(connection: Connection) -> Any:
    driver: Any = connection.connection.dbapi_connection
    if getattr(driver, "autocommit", None) is True:  # Python 3.12 on; its commit and rollback do nothing
        raise Misconfigured("store_settings", detail="sqlite3 with autocommit=True has no transactions")
    return driver
