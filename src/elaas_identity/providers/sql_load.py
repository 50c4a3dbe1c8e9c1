"""`load` on one connection: one statement for all that is found at most once, and one for each other key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, literal_column, select

from elaas_identity.change import Budget, FieldOf, Key, Record, Snapshot
from elaas_identity.providers.sql_schema import BUDGETS, TABLES
from elaas_identity.providers.sql_statements import Reader, Statement, Target, kept, reader, target_of
from elaas_identity.providers.sql_transactions import reading
from elaas_identity.providers.store_rules import values_of

MOST_JOINED = 6
"""How many records one statement joins: PostgreSQL plans a longer join without looking at every order, or slowly."""
MOST_BUDGETS = 16
"""How many budgets one statement reads."""

_Found = dict[Key[Any], tuple[Record, ...]]


class Joined(NamedTuple):
    """A record that is found at most once: by a value, or by a field of the record at another place."""

    record: type[Any]
    field: str
    follows: int | None = None
    followed_field: str = "id"


def load(connection: Connection, keys: tuple[Key[Any] | Budget, ...]) -> Snapshot:
    """All of them from one snapshot of the database."""
    joined: dict[Key[Any], Joined] = {}
    apart: list[Key[Any]] = []
    budgets: list[Budget] = []
    for key in dict.fromkeys(keys):
        if isinstance(key, Budget):
            budgets.append(key)
        elif (place := _joined(key, joined)) is not None:
            joined[key] = place
        else:
            apart.append(key)

    later = range(MOST_BUDGETS, len(budgets), MOST_BUDGETS)
    statements = bool(joined or budgets) + len(apart) + len(later)
    records: _Found = {}
    charges: dict[Budget, dict[str, datetime]] = {}
    with reading(connection, one_statement=statements <= 1):
        target = target_of(connection)
        if joined or budgets:
            _read_joined(connection, target, joined, budgets[:MOST_BUDGETS], records, charges)
        for start in later:
            _read_joined(connection, target, {}, budgets[start : start + MOST_BUDGETS], records, charges)
        for key in apart:
            records[key] = found(connection, target, key, values_of(key, records))
    return Snapshot(records, charges)


def names_one(key: Key[Any]) -> bool:
    """Whether the key finds at most one record for each value."""
    return key.field == "id" or key.field in key.record.UNIQUE


def found(
    connection: Connection, target: Target, key: Key[Any], values: tuple[Any, ...], *, lock: bool = False
) -> tuple[Any, ...]:
    """What a key finds by any of the values, oldest id first, in a statement of its own."""
    if not values:
        return ()
    # As many places as the next power of two, the last value repeated: few shapes, whatever is found.
    places = 1 << (len(values) - 1).bit_length()
    statement = _look_up(target, key.record, key.field, places, lock)
    asked = {f"value_{place}": values[min(place, len(values) - 1)] for place in range(places)}
    read = reader(target, key.record)
    return tuple(read.record(row) for row in statement.run(connection, asked | {"most": key.limit}))


def _joined(key: Key[Any], joined: dict[Key[Any], Joined]) -> Joined | None:
    if not names_one(key) or key.limit < 1 or len(joined) >= MOST_JOINED:
        return None
    if not isinstance(key.value, FieldOf):
        return Joined(key.record, key.field)
    if key.value.key not in joined:
        return None
    return Joined(key.record, key.field, list(joined).index(key.value.key), key.value.field)


def _read_joined(
    connection: Connection,
    target: Target,
    joined: dict[Key[Any], Joined],
    budgets: list[Budget],
    records: _Found,
    charges: dict[Budget, dict[str, datetime]],
) -> None:
    values: dict[str, Any] = {
        f"value_{place}": key.value for place, key in enumerate(joined) if not isinstance(key.value, FieldOf)
    }
    for place, budget in enumerate(budgets):
        values[f"name_{place}"] = budget.name
        values[f"subject_{place}"] = budget.subject
    row = _joined_select(target, tuple(joined.values()), len(budgets)).run(connection, values).one()
    start = 0
    for key in joined:
        read = reader(target, key.record)
        end = start + read.width
        # The first column is the id, which no record lacks.
        records[key] = () if row[start] is None else (read.record(row[start:end]),)
        start = end
    read_charges = _charges_reader(target)
    for budget, held in zip(budgets, row[start:], strict=True):
        charges[budget] = {} if held is None else read_charges.values((held,))[0]


@kept
def _charges_reader(target: Target) -> Reader:
    return Reader(target, BUDGETS, ("charges",))


@kept
def _joined_select(target: Target, joined: tuple[Joined, ...], budgets: int) -> Statement:
    source: Any = select(literal_column("1").label("one")).subquery("one")
    tables: list[Any] = []
    for place, (record, field, follows, followed_field) in enumerate(joined):
        table = TABLES[record].table.alias(f"r{place}")
        column = table.c[field]
        value = (
            bindparam(f"value_{place}", type_=column.type)
            if follows is None
            else tables[follows].c[followed_field]
        )
        source = source.outerjoin(table, column == value)
        tables.append(table)
    # Budgets are sub-selects: what PostgreSQL takes to plan them grows with their number and no faster.
    charges = [
        select(BUDGETS.c.charges)
        .where(
            BUDGETS.c.name == bindparam(f"name_{place}"), BUDGETS.c.subject == bindparam(f"subject_{place}")
        )
        .scalar_subquery()
        .label(f"charges_{place}")
        for place in range(budgets)
    ]
    columns = [column.label(f"{table.name}_{column.name}") for table in tables for column in table.columns]
    return Statement(target, select(*columns, *charges).select_from(source))


@kept
def _look_up(target: Target, record: type[Any], field: str, places: int, lock: bool) -> Statement:
    table = TABLES[record].table
    column = table.c[field]
    values = [bindparam(f"value_{place}", type_=column.type) for place in range(places)]
    statement = (
        select(table)
        .where(column == values[0] if places == 1 else column.in_(values))
        .order_by(table.c.id)
        .limit(bindparam("most"))
    )
    return Statement(target, statement.with_for_update(read=True) if lock else statement)
