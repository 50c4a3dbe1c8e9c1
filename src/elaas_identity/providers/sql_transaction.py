"""`load`, `commit` and `purge` on one connection, written once for every database and for sync and async."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RootTransaction, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

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
from elaas_identity.errors import Misconfigured
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.sql_schema import BUDGETS, TABLES, RecordTable
from elaas_identity.providers.store_rules import (
    Held,
    Subject,
    expires,
    inserts_in_order,
    rows_in_order,
    settle,
    subjects,
    values_of,
)

MIGRATION_LOCK = int.from_bytes(b"elaas-id")
"""PostgreSQL's advisory lock for changes to the tables: any number will do that only we use."""

_THIS_BUDGET = (BUDGETS.c.name == bindparam("at_name"), BUDGETS.c.subject == bindparam("at_subject"))
_READ_BUDGET = select(BUDGETS.c.charges, BUDGETS.c.keep_until).where(*_THIS_BUDGET)
_LOCK_BUDGET = _READ_BUDGET.with_for_update()
_WRITE_BUDGET = update(BUDGETS).where(*_THIS_BUDGET)
_DELETE_BUDGET = delete(BUDGETS).where(*_THIS_BUDGET)


def _open_budget(dialect: Any) -> Any:
    """Lock the row of a budget, made first where there is none: charges of one budget take turns."""
    insert = dialect.insert(BUDGETS)
    return insert.on_conflict_do_update(
        index_elements=[BUDGETS.c.name, BUDGETS.c.subject], set_={"name": insert.excluded.name}
    ).returning(BUDGETS.c.charges, BUDGETS.c.keep_until)


_OPEN_BUDGET = {"postgresql": _open_budget(postgresql), "sqlite": _open_budget(sqlite)}


def load(connection: Connection, keys: tuple[Key[Any] | Budget, ...]) -> Snapshot:
    """All of them from one snapshot of the database."""
    with _transaction(connection, writing=False):
        records: dict[Key[Any], tuple[Record, ...]] = {}
        charges: dict[Budget, dict[str, datetime]] = {}
        for key in keys:
            if isinstance(key, Budget):
                held = _budget(connection, _READ_BUDGET, (key.name, key.subject))
                charges[key] = dict(held.charges) if held else {}
            else:
                records[key] = _found(connection, key, values_of(key, records))
        return Snapshot(records, charges)


def commit(connection: Connection, change: Change) -> Outcome:
    """All of it or nothing."""
    with _transaction(connection, writing=True) as transaction:
        outcome = _applied(connection, change)
        if not isinstance(outcome, Done):
            transaction.rollback()
        return outcome


def purge(connection: Connection, before: datetime) -> int:
    """Delete what has expired; how many rows went."""
    flows, attempts = TABLES[FlowRecord].table, TABLES[AttemptRecord].table
    expired = select(flows.c.id).where(flows.c.expires_at < before)
    expiring = [held.table for record, held in TABLES.items() if expires(record)]
    with _transaction(connection, writing=True):
        return sum(
            connection.execute(statement).rowcount
            for statement in (
                delete(attempts).where(attempts.c.flow_id.in_(expired)),
                *(delete(table).where(table.c.expires_at < before) for table in expiring),
                delete(BUDGETS).where(BUDGETS.c.keep_until <= before),
            )
        )


def _applied(connection: Connection, change: Change) -> Outcome:
    for row in rows_in_order(change):
        stands = (
            _is_as_expected(connection, row)
            if isinstance(row, Unchanged)
            else _written(connection, TABLES[type(row)], row)
        )
        if not stands:
            return Conflict()
    for record in inserts_in_order(change):
        table = TABLES[type(record)]
        connection.execute(table.insert, table.encoded(record, version=1))

    held: dict[Subject, Held] = {}
    opened = {(charge.budget.name, charge.budget.subject): charge.at for charge in change.charges}
    for of in subjects(change):
        if of in opened:
            fresh = {"name": of[0], "subject": of[1], "charges": {}, "keep_until": opened[of]}
            opening = connection.execute(_OPEN_BUDGET[connection.dialect.name], fresh).one()
            held[of] = Held(opening.charges, opening.keep_until)
        elif (found := _budget(connection, _LOCK_BUDGET, of)) is not None:
            held[of] = found
    settled = settle(change, held)
    if isinstance(settled, Exhausted):
        return settled
    for (name, subject), budget in settled.items():
        at = {"at_name": name, "at_subject": subject}
        if budget is None:
            connection.execute(_DELETE_BUDGET, at)
        else:
            connection.execute(
                _WRITE_BUDGET, at | {"charges": budget.charges, "keep_until": budget.keep_until}
            )
    return Done()


def _written(connection: Connection, table: RecordTable, record: Any) -> bool:
    row = table.encoded(record, version=record.version + 1)
    at = {"at_id": row.pop("id"), "at_version": record.version}
    return connection.execute(table.update, row | at).rowcount == 1


def _is_as_expected(connection: Connection, expected: Unchanged) -> bool:
    found = _found(connection, expected.key, (expected.key.value,), lock=True)
    return bool(found) and all(
        getattr(record, name) == value for record in found for name, value in expected.fields.items()
    )


def _found(
    connection: Connection, key: Key[Any], values: Sequence[object], *, lock: bool = False
) -> tuple[Any, ...]:
    if not values:
        return ()
    table = TABLES[key.record]
    statement = table.locks[key.field] if lock else table.selects[key.field]
    rows = connection.execute(statement, {"values": values, "limit": key.limit})
    return tuple(table.decoded(row) for row in rows)


def _budget(connection: Connection, statement: Any, of: Subject) -> Held | None:
    row = connection.execute(statement, {"at_name": of[0], "at_subject": of[1]}).one_or_none()
    return None if row is None else Held(row.charges, row.keep_until)


@contextmanager
def _transaction(connection: Connection, *, writing: bool) -> Generator[RootTransaction, None, None]:
    """A transaction of this connection, whatever the engine's own settings are.

    PostgreSQL: a read sees one snapshot; a write sees what is committed once it has its lock. SQLite: a write takes
    the database's one write lock at once, since a lock that has to be upgraded fails at a moment's notice. Python's
    sqlite3 would begin only at the first write, so we begin ourselves.
    """
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.dbapi_connection
        if getattr(driver, "autocommit", None) is True:  # Python 3.12 on; its commit and rollback do nothing
            raise Misconfigured("store_settings", detail="sqlite3 with autocommit=True has no transactions")
        with connection.begin() as transaction:
            if driver.in_transaction:
                # The portal's engine begins by itself (a listener, or `autocommit=False`), but too weakly.
                connection.exec_driver_sql("ROLLBACK")
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
            yield transaction
    else:
        connection.execution_options(
            isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
            postgresql_readonly=not writing,
        )
        with connection.begin() as transaction:
            yield transaction


@contextmanager
def migration(connection: Connection) -> Generator[None, None, None]:
    """A transaction for changes to the tables, one at a time."""
    with _transaction(connection, writing=True):
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        yield
