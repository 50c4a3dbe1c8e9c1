"""The statements of loads and commits: one for each shape, made once and kept.

SQLAlchemy finds the compiled text by the statement's key, which it works out once for each statement object.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import Executable, Update, bindparam, literal_column, select, true, update

from elaas_identity.providers.sql_schema import BUDGETS, TABLES

SHAPES = 512
"""How many shapes of one kind of statement are kept. Our own acts have some dozens."""

S = TypeVar("S")


def kept(make: Callable[..., S]) -> Callable[..., S]:
    """Make it once for each shape."""
    return lru_cache(maxsize=SHAPES)(make)


class Joined(NamedTuple):
    """A record that is found at most once: by a value, or by a field of the record at another place."""

    record: type[Any]
    field: str
    follows: int | None = None
    followed_field: str = "id"


class Locked(NamedTuple):
    """A record that is found at most once, and which of its fields are read."""

    record: type[Any]
    field: str
    read: tuple[str, ...]


Shape: TypeAlias = tuple[Joined, ...]


@kept
def joined_select(joined: Shape, budgets: int) -> Executable:
    """Exactly one row: the columns of each record, all NULL where there is none, then each budget's charges."""
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
    # Budgets are sub-selects, since PostgreSQL plans each of these alone, and a longer join in many orders.
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
    return select(*columns, *charges).select_from(source)


@kept
def look_up(
    record: type[Any], field: str, values: int, lock: bool, after: bool, where: tuple[str, ...]
) -> Executable:
    """All records whose field is one of so many values, oldest id first, `after` one, up to `most`."""
    table = TABLES[record].table
    column = table.c[field]
    asked = [bindparam(f"value_{place}", type_=column.type) for place in range(values)]
    statement = (
        select(table)
        .where(column == asked[0] if values == 1 else column.in_(asked))
        .where(*(table.c[name] == bindparam(f"where_{name}", type_=table.c[name].type) for name in where))
        .order_by(table.c.id)
        .limit(bindparam("most"))
    )
    if after:
        statement = statement.where(table.c.id > bindparam("after", type_=table.c.id.type))
    # SQLite knows no row locks: there nobody else writes anyway.
    return statement.with_for_update(read=True) if lock else statement


@kept
def lock_together(locked: tuple[Locked, ...]) -> Executable:
    """One row if all of them are there, and none otherwise: the fields that are read, after each record's id."""
    columns: list[Any] = []
    source: Any = None
    conditions: list[Any] = []
    for place, (record, field, read) in enumerate(locked):
        table = TABLES[record].table.alias(f"r{place}")
        source = table if source is None else source.join(table, true())
        columns += [table.c[name].label(f"r{place}_{number}") for number, name in enumerate(("id", *read))]
        conditions.append(table.c[field] == bindparam(f"value_{place}", type_=table.c[field].type))
    return select(*columns).select_from(source).where(*conditions).with_for_update(read=True)


@kept
def update_one(record: type[Any]) -> Update:
    """Every field of the record `at_id`, if it stands `at_version`."""
    table = TABLES[record].table
    fields = {each.name: bindparam(each.name, type_=each.type) for each in table.columns if each.name != "id"}
    return (
        update(table)
        .where(table.c.id == bindparam("at_id"), table.c.version == bindparam("at_version"))
        .values(fields)
    )


@kept
def insert_several(record: type[Any]) -> Any:
    """Several records at once: with something to return SQLAlchemy makes one statement of all their rows."""
    held = TABLES[record]
    return held.insert.returning(held.table.c.id)
