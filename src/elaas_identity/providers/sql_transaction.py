"""`commit` and `purge` on one connection, written once for every database and for sync and async."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from elaas_identity.change import Change, Conflict, Done, Outcome, Record, Unchanged
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.sql_budgets import settled
from elaas_identity.providers.sql_load import MOST_JOINED, found, names_one
from elaas_identity.providers.sql_schema import BUDGETS, TABLES
from elaas_identity.providers.sql_statements import Reader, Statement, Target, kept, target_of
from elaas_identity.providers.sql_transactions import transaction
from elaas_identity.providers.store_rules import expires, inserts_in_order, rows_in_order

MOST_INSERTED = 16
"""How many rows one statement inserts: a database takes only so many parameters (SQLite 32,766)."""


def commit(connection: Connection, change: Change) -> Outcome:
    """All of it or nothing."""
    with transaction(connection, writing=True) as begun:
        outcome = _applied(connection, target_of(connection), change)
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


def _applied(connection: Connection, target: Target, change: Change) -> Outcome:
    # Every commit takes its row locks in one order: written and expected rows by (type, id), then inserts, then
    # budgets. Expectations share a statement only where no write stands between them, and one statement locks its rows
    # in the order of its FROM. So two commits never wait for each other; where PostgreSQL should see it otherwise,
    # one of them is broken off, which is a Conflict.
    for expected, rows in groupby(rows_in_order(change), lambda row: isinstance(row, Unchanged)):
        all_stand = _all_as_expected if expected else _all_written
        if not all_stand(connection, target, rows):
            return Conflict()
    for record_type, inserts in groupby(inserts_in_order(change), type):
        _insert(connection, target, record_type, list(inserts))
    return settled(connection, target, change) or Done()


def _all_written(connection: Connection, target: Target, records: Iterable[Any]) -> bool:
    return all(_written(connection, target, record) for record in records)


def _written(connection: Connection, target: Target, record: Any) -> bool:
    row = TABLES[type(record)].encoded(record, version=record.version + 1)
    row |= {"at_id": row.pop("id"), "at_version": record.version}
    return _update(target, type(record)).run(connection, row).rowcount == 1


def _insert(connection: Connection, target: Target, record_type: type[Any], records: list[Record]) -> None:
    table = TABLES[record_type]
    for start in range(0, len(records), MOST_INSERTED):
        several = records[start : start + MOST_INSERTED]
        values = {
            f"{name}_{place}": value
            for place, record in enumerate(several)
            for name, value in table.encoded(record, version=1).items()
        }
        _inserts(target, record_type, len(several)).run(connection, values)


def _all_as_expected(connection: Connection, target: Target, expected: Iterable[Any]) -> bool:
    together: list[Unchanged] = []
    for each in expected:
        if names_one(each.key) and each.key.limit > 0 and len(together) < MOST_JOINED:
            together.append(each)
            continue
        if not _together_as_expected(connection, target, together):
            return False
        together = [each] if names_one(each.key) and each.key.limit > 0 else []
        if not together and not _each_as_expected(connection, target, each):
            return False
    return _together_as_expected(connection, target, together)


def _together_as_expected(connection: Connection, target: Target, expected: list[Unchanged]) -> bool:
    if not expected:
        return True
    shape = tuple((each.key.record, each.key.field, tuple(each.fields)) for each in expected)
    statement, readers = _lock_together(target, shape)
    asked = {f"value_{place}": each.key.value for place, each in enumerate(expected)}
    row = statement.run(connection, asked).one_or_none()
    if row is None:
        return False
    start = 0
    for each, read in zip(expected, readers, strict=True):
        end = start + len(read.names)
        # The first is the id, so that there is something to select where nothing but existence is expected.
        if read.values(row[start:end])[1:] != list(each.fields.values()):
            return False
        start = end
    return True


def _each_as_expected(connection: Connection, target: Target, expected: Unchanged) -> bool:
    records = found(connection, target, expected.key, (expected.key.value,), lock=True)
    return bool(records) and all(
        getattr(record, name) == value for record in records for name, value in expected.fields.items()
    )


@kept
def _update(target: Target, record: type[Any]) -> Statement:
    table = TABLES[record].table
    return Statement(
        target,
        update(table)
        .where(table.c.id == bindparam("at_id"), table.c.version == bindparam("at_version"))
        .values(
            {
                column.name: bindparam(column.name, type_=column.type)
                for column in table.columns
                if column.name != "id"
            }
        ),
    )


@kept
def _inserts(target: Target, record: type[Any], rows: int) -> Statement:
    table = TABLES[record].table
    return Statement(
        target,
        insert(table).values(
            [
                {
                    column.name: bindparam(f"{column.name}_{place}", type_=column.type)
                    for column in table.columns
                }
                for place in range(rows)
            ]
        ),
    )


@kept
def _lock_together(
    target: Target, shape: tuple[tuple[type[Any], str, tuple[str, ...]], ...]
) -> tuple[Statement, list[Reader]]:
    columns: list[Any] = []
    conditions: list[Any] = []
    readers: list[Reader] = []
    for place, (record, field, names) in enumerate(shape):
        table = TABLES[record].table.alias(f"r{place}")
        readers.append(Reader(target, table, ("id", *names)))
        columns += [
            table.c[name].label(f"r{place}_{number}") for number, name in enumerate(readers[-1].names)
        ]
        conditions.append(table.c[field] == bindparam(f"value_{place}", type_=table.c[field].type))
    return Statement(target, select(*columns).where(*conditions).with_for_update(read=True)), readers
