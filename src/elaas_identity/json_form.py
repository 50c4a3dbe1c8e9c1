"""The one JSON form of steps and errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

if TYPE_CHECKING:
    from pydantic_core import CoreSchema


class _AsWeWrite:
    """Has pydantic write a time as `json_form` does: `+00:00`, and not `Z`."""

    def __get_pydantic_core_schema__(
        self, source: object, handler: Callable[[object], CoreSchema]
    ) -> CoreSchema:
        from pydantic_core import core_schema

        written = core_schema.plain_serializer_function_ser_schema(datetime.isoformat, when_used="json")
        return core_schema.datetime_schema(serialization=written)

    def __get_pydantic_json_schema__(self, schema: object, handler: object) -> dict[str, str]:
        return {"type": "string", "format": "date-time"}


Instant: TypeAlias = Annotated[datetime, _AsWeWrite()]
"""A time in a step: aware UTC, in JSON the same by every way."""


def json_form(value: object) -> Any:
    """Plain values for `json.dumps`: an object for a dataclass, by its fields; times as ISO 8601."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: json_form(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [json_form(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value
