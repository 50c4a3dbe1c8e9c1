"""The tables of the SQL stores, drawn from the records: a column for each field, named as it is.

What the database really looks like is written down in `migrations/`; a test holds the two to each other.
"""

# ruff: noqa: ARG002 - the signatures of type decorators are SQLAlchemy's

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_type_hints

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

from elaas_identity.accounts.account import AccountRecord, BindingRecord
from elaas_identity.accounts.four_eyes import AskedAct
from elaas_identity.assertions.records import PersonReference, UsedAssertion
from elaas_identity.audit.chain import AuditLink
from elaas_identity.audit.checkpoint import CheckpointRecord
from elaas_identity.authenticator_app.authenticator import AuthenticatorRecord
from elaas_identity.errors import Misconfigured
from elaas_identity.events import Event
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.sessions.records import SessionRecord

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
        return _utc_text if dialect.name == "sqlite" else _utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a time is read."""
        return _read_utc_text if dialect.name == "sqlite" else _read_utc


def _utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without its zone")
    return value.astimezone(UTC)


def _utc_text(value: datetime | None) -> str | None:
    in_utc = _utc(value)
    return None if in_utc is None else in_utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def _read_utc(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


def _read_utc_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


class EnumText(TypeDecorator[StrEnum]):
    """An enum by its value, as text: a new member needs no migration."""

    impl = Text
    cache_ok = True

    def __init__(self, members: type[StrEnum]) -> None:
        super().__init__()
        self.members = members

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a member is written."""
        members = self.members

        def write(value: str | None) -> str | None:
            return None if value is None else members(value).value

        return write

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a member is read."""
        by_value: dict[str | None, StrEnum | None] = {member.value: member for member in self.members}
        by_value[None] = None

        def read(value: str | None) -> StrEnum | None:
            if value not in by_value:
                raise Misconfigured(
                    "store_schema", detail=f"a {self.members.__name__} that only a newer version knows"
                )
            return by_value[value]

        return read


class StringTuple(TypeDecorator[tuple[str, ...]]):
    """A tuple of strings as a JSON array."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """How a tuple is written."""
        return _array

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How a tuple is read."""
        return _read_array


def _array(value: tuple[str, ...] | None) -> str | None:
    return None if value is None else json.dumps(value) if value else "[]"


def _read_array(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else () if value == "[]" else tuple(json.loads(value))


class ChargeTimes(TypeDecorator[dict[str, datetime]]):
    """A budget's charges (id → when) as a JSON object."""

    impl = Text
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Any:
        """How charges are written."""
        return _charges

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """How charges are read."""
        return _read_charges


def _charges(value: Mapping[str, datetime] | None) -> str | None:
    if value is None:
        return None
    return json.dumps({charge: at.astimezone(UTC).isoformat() for charge, at in value.items()})


def _read_charges(value: str | None) -> dict[str, datetime] | None:
    if value is None:
        return None
    return {charge: datetime.fromisoformat(at) for charge, at in json.loads(value).items()}


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


_TYPES: dict[object, Any] = {
    str: Text(),
    int: Integer(),
    bool: Boolean(),
    datetime: UTCDateTime(),
    tuple[str, ...]: StringTuple(),
}


def _column(record: Any, name: str, hint: Any) -> Column[Any]:
    arguments: tuple[Any, ...] = getattr(hint, "__args__", ())
    nullable = type(None) in arguments
    plain = next(argument for argument in arguments if argument is not type(None)) if nullable else hint
    if name == "id":
        return Column(name, _text(), primary_key=True)
    if isinstance(plain, type) and issubclass(plain, StrEnum):
        kind: TypeEngine[Any] = EnumText(plain)
    else:
        # What is left are the literals of the events: text.
        kind = _TYPES.get(plain, _TYPES[str])
    return Column(
        name,
        kind,
        nullable=nullable,
        index=name in record.LOOKUPS or name == "expires_at",
        unique=name in record.UNIQUE or None,
    )


def _table(record: Any, name: str) -> RecordTable:
    hints = get_type_hints(record)
    table = Table(
        f"elaas_{name}",
        METADATA,
        *(_column(record, field.name, hints[field.name]) for field in fields(record)),
    )
    return RecordTable(record, table, tuple(column.name for column in table.columns), insert(table))


TABLES: dict[type[Any], RecordTable] = {
    record: _table(record, name)
    for record, name in (
        (AccountRecord, "accounts"),
        (BindingRecord, "bindings"),
        (FlowRecord, "flows"),
        (AttemptRecord, "attempts"),
        (Event, "events"),
        (AuditLink, "audit_links"),
        (CheckpointRecord, "audit_checkpoints"),
        (PersonReference, "person_references"),
        (UsedAssertion, "used_assertions"),
        (AskedAct, "asked_acts"),
        (AuthenticatorRecord, "authenticators"),
        (SessionRecord, "sessions"),
    )
}

BUDGETS = Table(
    "elaas_budgets",
    METADATA,
    Column("name", _text(), primary_key=True),
    Column("subject", _text(), primary_key=True),
    Column("charges", ChargeTimes(), nullable=False),
    Column("keep_until", UTCDateTime(), nullable=False, index=True),
)
"""A row for each budget that holds a charge; none of its charges counts from `keep_until` on."""
