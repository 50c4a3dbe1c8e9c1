"""`commit` and `purge` on one connection, written once for every database and for sync and async."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, select

from elaas_identity.change import Change, Conflict, Done, Outcome, Record, Unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.sql_budgets import settled
from elaas_identity.providers.sql_load import MOST_JOINED, found, names_one
from elaas_identity.providers.sql_schema import BUDGETS, TABLES
from elaas_identity.providers.sql_statements import Locked, insert_several, lock_together, update_one
from elaas_identity.providers.sql_transactions import transaction
from elaas_identity.providers.store_rules import expires, inserts_in_order, rows_in_order


def commit(connection: Connection, change: Change) -> Outcome:
    """All of it or nothing."""
    with transaction(connection, writing=True) as begun:
        outcome = _applied(connection, change)
        if not isinstance(outcome, Done):
            begun.rollback()
        return outcome


def purge(connection: Connection, before: datetime) -> int:
    """Delete what has expired; how many rows went."""
    flows, attempts = TABLES[FlowRecord].table, TABLES[AttemptRecord].table
    expired = select(flows.c.id).where(flows.c.expires_at < before)
    expiring = [held.table for record, held in TABLES.items() if expires(record)]
    with transaction(connection, writing=True):
        return sum(
            connection.execute(statement).rowcount
            for statement in (
                delete(attempts).where(attempts.c.flow_id.in_(expired)),
                *(delete(table).where(table.c.expires_at < before) for table in expiring),
                delete(BUDGETS).where(BUDGETS.c.keep_until <= before),
            )
        )


def _applied(connection: Connection, change: Change) -> Outcome:
    # Every commit takes its row locks in one order: written and expected rows by (type, key), then inserts, then
    # budgets. Expectations share a statement only where no write stands between them, and one statement locks its rows
    # in the order of its FROM. So commits that lock several rows do not wait for each other in a ring. Should
    # PostgreSQL find a deadlock all the same, it breaks one of them off, which is a Conflict.
    for expected, rows in groupby(rows_in_order(change), lambda row: isinstance(row, Unchanged)):
        all_stand = _all_as_expected if expected else _all_written
        if not all_stand(connection, rows):
            return Conflict()
    for record_type, inserts in groupby(inserts_in_order(change), type):
        _insert(connection, record_type, list(inserts))
    return settled(connection, change) or Done()


def _all_written(connection: Connection, records: Iterable[Any]) -> bool:
    return all(_written(connection, record) for record in records)


def _written(connection: Connection, record: Any) -> bool:
    row = TABLES[type(record)].encoded(record, version=record.version + 1)
    row |= {"at_id": row.pop("id"), "at_version": record.version}
    return connection.execute(update_one(type(record)), row).rowcount == 1


def _insert(connection: Connection, record_type: type[Any], records: list[Record]) -> None:
    table = TABLES[record_type]
    rows = [table.encoded(record, version=1) for record in records]
    if len(rows) == 1:
        connection.execute(table.insert, rows[0])
    else:
        connection.execute(insert_several(record_type), rows).all()


def _all_as_expected(connection: Connection, expected: Iterable[Any]) -> bool:
    together: list[Unchanged] = []
    for each in expected:
        if names_one(each.key) and each.key.limit > 0 and len(together) < MOST_JOINED:
            together.append(each)
            continue
        if not _together_as_expected(connection, together):
            return False
        together = [each] if names_one(each.key) and each.key.limit > 0 else []
        if not together and not _each_as_expected(connection, each):
            return False
    return _together_as_expected(connection, together)


def _together_as_expected(connection: Connection, expected: list[Unchanged]) -> bool:
    if not expected:
        return True
    shape = tuple(Locked(each.key.record, each.key.field, tuple(each.fields)) for each in expected)
    asked = {f"value_{place}": each.key.value for place, each in enumerate(expected)}
    row = connection.execute(lock_together(shape), asked).one_or_none()
    if row is None:
        return False
    wanted: list[Any] = []
    for each in expected:
        # Its id comes first, so that there is something to read where nothing but existence is expected.
        wanted += (row[len(wanted)], *each.fields.values())
    return wanted == list(row)


def _each_as_expected(connection: Connection, expected: Unchanged) -> bool:
    records = found(connection, expected.key, (expected.key.value,), lock=True)
    return bool(records) and all(
        getattr(record, name) == value for record in records for name, value in expected.fields.items()
    )
