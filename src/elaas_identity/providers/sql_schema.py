"""The tables of the SQL stores, drawn from the records: a column for each field, named as it is.

What the database really looks like is written down in `migrations/`; a test holds the two to each other.
"""

# ruff: noqa: ARG002 - the signatures of type decorators are SQLAlchemy's

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Insert,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    insert,
)
from sqlalchemy.types import TypeEngine

from elaas_identity.providers.record_columns import (
    BUDGETS_NAME,
    TABLE_NAMES,
    RecordColumn,
    charges_text,
    columns,
    enum_reader,
    enum_writer,
    read_charges,
    read_strings,
    read_utc_text,
    strings_text,
    utc,
    utc_text,
)

METADATA = MetaData()
VERSION_TABLE = "elaas_identity_version"
"""Alembic's version table: one of our own, since the portal may have migrations too."""


# Each type gives its processors whole: SQLAlchemy would call the type's own, then that of what it is made of, for every
# value of every row.


class UTCDateTime(TypeDecorator[datetime]):
    """Aware UTC in and out, to the microsecond, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a time is written."""
        return utc_text if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a time is read."""
        return read_utc_text if dialect.name == "sqlite" else _read_utc


def _read_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class EnumText(TypeDecorator[StrEnum]):
    """An enum by its value, as text: a new member needs no migration."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a member is written."""
        return enum_writer(self.members)

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a member is read."""
        return enum_reader(self.members)


class StringTuple(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings as a JSON array."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a tuple is written."""
        return strings_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a tuple is read."""
        return read_strings


class ChargeTimes(TypeDecorator[dict[str, datetime]]):
    """A budget's charges (id → when) as a JSON object."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """How charges are written."""
        return charges_text

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How charges are read."""
        return read_charges


@dataclass(frozen=True, slots=True)
class RecordTable:
    """A record type and its table."""

    record: type[Any]
    table: Table
    names: tuple[str, ...]
    """The columns, which are the fields, in their order."""
    insert: Insert

    def decoded(self, row: Iterable[Any]) -> Any:
        """The record of a row of its columns."""
        return self.record(**dict(zip(self.names, row, strict=True)))

    def encoded(self, record: Any, version: int) -> dict[str, object]:
        """The row of a record, at that version."""
        row: dict[str, object] = {name: getattr(record, name) for name in self.names}
        row["version"] = version
        return row


def _text() -> TypeEngine[str]:
    # PostgreSQL would sort by the language of the server; ids sort by their bytes, everywhere the same.
    return Text().with_variant(Text(collation="C"), "postgresql")


_TYPES: dict[type[Any], Any] = {
    str: Text(),
    int: Integer(),
    bool: Boolean(),
    datetime: UTCDateTime(),
    tuple: StringTuple(),
}


def _column(column: RecordColumn) -> Column[Any]:
    if column.name == "id":
        return Column(column.name, _text(), primary_key=True)
    return Column(
        column.name,
        EnumText(column.kind) if issubclass(column.kind, StrEnum) else _TYPES[column.kind],
        nullable=column.is_nullable,
        index=column.is_indexed,
        unique=column.is_unique or None,
    )


def _table(record: Any, name: str) -> RecordTable:
    table = Table(name, METADATA, *map(_column, columns(record)))
    return RecordTable(record, table, tuple(column.name for column in table.columns), insert(table))


TABLES: dict[type[Any], RecordTable] = {record: _table(record, name) for record, name in TABLE_NAMES.items()}

BUDGETS = Table(
    BUDGETS_NAME,
    METADATA,
    Column("name", _text(), primary_key=True),
    Column("subject", _text(), primary_key=True),
    Column("charges", ChargeTimes(), nullable=False),
    Column("keep_until", UTCDateTime(), nullable=False, index=True),
)
"""A row for each budget that holds a charge; none of its charges counts from `keep_until` on."""
