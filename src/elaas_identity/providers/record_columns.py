"""What of the records is at rest, wherever tables are made of them: a column for each field, named as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, get_type_hints

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

TABLE_NAMES: dict[type[Any], str] = {
    AccountRecord: "elaas_accounts",
    BindingRecord: "elaas_bindings",
    FlowRecord: "elaas_flows",
    AttemptRecord: "elaas_attempts",
    Event: "elaas_events",
    AuditLink: "elaas_audit_links",
    CheckpointRecord: "elaas_audit_checkpoints",
    PersonReference: "elaas_person_references",
    UsedAssertion: "elaas_used_assertions",
    AskedAct: "elaas_asked_acts",
    AuthenticatorRecord: "elaas_authenticators",
    SessionRecord: "elaas_sessions",
}
"""Every record that is stored, and where."""

BUDGETS_NAME = "elaas_budgets"
"""A row for each budget that holds a charge."""


@dataclass(frozen=True, slots=True)
class RecordColumn:
    """A field of a record, as a column.

    Attributes:
        kind: what its values are: `str`, `int`, `bool`, `datetime`, `tuple` (of strings), or an enum of text.
        is_nullable: whether it may hold nothing.
        is_indexed: whether records are looked up, or purged, by it.
        is_unique: whether no two records may share a value.
    """

    name: str
    kind: type[Any]
    is_nullable: bool
    is_indexed: bool
    is_unique: bool


def columns(record: Any) -> tuple[RecordColumn, ...]:
    """The columns of a record type; the field `id` is the primary key."""
    hints = get_type_hints(record)
    return tuple(_column(record, field.name, hints[field.name]) for field in fields(record))


def _column(record: Any, name: str, hint: Any) -> RecordColumn:
    arguments: tuple[Any, ...] = getattr(hint, "__args__", ())
    is_nullable = type(None) in arguments
    plain = next(argument for argument in arguments if argument is not type(None)) if is_nullable else hint
    kind = getattr(plain, "__origin__", plain)
    return RecordColumn(
        name=name,
        # What is left are the literals of the events: text.
        kind=kind if isinstance(kind, type) else str,
        is_nullable=is_nullable,
        is_indexed=name in record.LOOKUPS or name == "expires_at",
        is_unique=name in record.UNIQUE,
    )


# How a value is written and read, where it is not a database's own.


def utc(value: datetime | None) -> datetime | None:
    """A time as it is written where the database knows zones."""
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("a time without its zone")
    return value.astimezone(UTC)


def utc_text(value: datetime | None) -> str | None:
    """A time as it is written where the database knows none: it sorts as the times do."""
    in_utc = utc(value)
    return None if in_utc is None else in_utc.replace(tzinfo=None).isoformat(" ", "microseconds")


def read_utc_text(value: str | None) -> datetime | None:
    """A time as `utc_text` writes it."""
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)


def enum_writer(members: type[StrEnum]) -> Callable[[str | None], str | None]:
    """How a member is written: by its value, so that a new one needs no migration."""

    def write(value: str | None) -> str | None:
        return None if value is None else members(value).value

    return write


def enum_reader(members: type[StrEnum]) -> Callable[[str | None], StrEnum | None]:
    """How a member is read."""
    by_value: dict[str | None, StrEnum | None] = {member.value: member for member in members}
    by_value[None] = None

    def read(value: str | None) -> StrEnum | None:
        if value not in by_value:
            raise Misconfigured(
                "store_schema", detail=f"a {members.__name__} that only a newer version knows"
            )
        return by_value[value]

    return read


def strings_text(value: tuple[str, ...] | None) -> str | None:
    """Strings as a JSON array."""
    return None if value is None else json.dumps(value) if value else "[]"


def read_strings(value: str | None) -> tuple[str, ...] | None:
    """What `strings_text` writes."""
    return None if value is None else () if value == "[]" else tuple(json.loads(value))


def charges_text(value: Mapping[str, datetime] | None) -> str | None:
    """A budget's charges (id → when) as a JSON object."""
    if value is None:
        return None
    return json.dumps({charge: at.astimezone(UTC).isoformat() for charge, at in value.items()})


def read_charges(value: str | None) -> dict[str, datetime] | None:
    """What `charges_text` writes."""
    if value is None:
        return None
    return {charge: datetime.fromisoformat(at) for charge, at in json.loads(value).items()}
