"""The columns of the records, as fields of models: the same types as the SQL store's, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from elaas_identity.errors import Misconfigured
from elaas_identity.providers.record_columns import (
    RecordColumn,
    enum_reader,
    enum_writer,
    read_strings,
    strings_text,
    utc,
    utc_text,
)

Codec = Callable[[Any], Any]

_TYPES = {
    # In capitals, since Django gives what is indexed and called `text` a second index, for LIKE.
    "postgresql": {
        "id": "TEXT",
        "text": "TEXT",
        "integer": "integer",
        "boolean": "boolean",
        "time": "timestamp with time zone",
    },
    "sqlite": {"id": "TEXT", "text": "TEXT", "integer": "INTEGER", "boolean": "BOOLEAN", "time": "DATETIME"},
}
"""What each database calls a column of each sort."""


def check_vendor(connection: Any) -> None:
    """Refuse a database that is neither SQLite nor PostgreSQL.

    Raises:
        Misconfigured: `store_settings`.
    """
    if connection.vendor not in _TYPES:
        raise Misconfigured("store_settings", detail=f"SQLite or PostgreSQL, not {connection.display_name}")


_Field: Any = models.Field  # which is generic for type checkers alone


class RecordField(_Field):
    """A column of one of the five sorts. Migrations know the sort alone: they write no values.

    Args:
        sort: "id", which sorts by its bytes, "text", "integer", "boolean" or "time".
        write: makes of a value what is stored, where that is another thing.
        read: the other way.
    """

    def __init__(
        self, sort: str = "text", *, write: Codec | None = None, read: Codec | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self.sort = sort
        self._write, self._read = write, read

    def deconstruct(self) -> Any:
        """Part of `models.Field`."""
        name, path, _, options = super().deconstruct()
        return name, path, [self.sort], options

    def db_type(self, connection: Any) -> str:
        """Part of `models.Field`."""
        check_vendor(connection)
        return _TYPES[connection.vendor][self.sort]

    def db_parameters(self, connection: Any) -> Any:
        """PostgreSQL would sort by the language of the server; ids sort by their bytes, everywhere the same."""
        sorts_by_bytes = self.sort == "id" and connection.vendor == "postgresql"
        return super().db_parameters(connection) | ({"collation": "C"} if sorts_by_bytes else {})

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ARG002
        """Part of `models.Field`."""
        if self.sort == "time":
            return utc_text(value) if connection.vendor == "sqlite" else utc(value)
        return value if self._write is None else self._write(value)

    def from_db_value(self, value: Any, _expression: Any, connection: Any) -> Any:
        """Part of `models.Field`."""
        if value is None:
            return None
        if self.sort == "time":
            return _read_time(value, connection)
        if self.sort == "boolean":
            return bool(value)
        return value if self._read is None else self._read(value)


def _read_time(value: datetime, connection: Any) -> datetime:
    """Without USE_TZ, a driver may give the time of the connection's zone; SQLite keeps none, and ours are UTC."""
    if value.tzinfo is None:
        zone = UTC if connection.vendor == "sqlite" else ZoneInfo(connection.timezone_name)
        value = value.replace(tzinfo=zone)
    return value.astimezone(UTC)


_SORTS = {str: "text", int: "integer", bool: "boolean", datetime: "time"}


def field_of(column: RecordColumn) -> RecordField:
    """The field of a record's column."""
    if column.name == "id":
        return RecordField("id", primary_key=True)
    options: dict[str, Any] = {
        "null": column.is_nullable,
        "unique": column.is_unique,
        "db_index": column.is_indexed and not column.is_unique,
    }
    if issubclass(column.kind, StrEnum):
        return RecordField(write=enum_writer(column.kind), read=enum_reader(column.kind), **options)
    if column.kind is tuple:
        return RecordField(write=strings_text, read=read_strings, **options)
    return RecordField(_SORTS[column.kind], **options)
