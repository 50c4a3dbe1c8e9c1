"""What a portal gives to its own Alembic, so that `revision --autogenerate` leaves our tables alone.

Without it Alembic finds tables in the database that the portal's metadata does not know, and drops them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from elaas_identity._discreet import discreet
from elaas_identity.providers.sql_schema import METADATA, VERSION_TABLE

_OURS = frozenset({*METADATA.tables, VERSION_TABLE})


@discreet
def include_name(name: str | None, type_: str, parent_names: Mapping[str, str | None]) -> bool:
    """For `context.configure(include_name=…)` in the portal's `env.py`: everything but the tables of this library.

    A filter of the portal's own goes beside it: `lambda *given: include_name(*given) and mine(*given)`.
    """
    table = name if type_ == "table" else parent_names.get("table_name")
    return table not in _OURS


@discreet
def include_object(object_: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:  # noqa: ARG001 - Alembic's signature
    """For `context.configure(include_object=…)`, beside `include_name`, where the portal's metadata has our tables too.

    They are there where it was reflected, or where a foreign key of the portal's points at one of them. With
    `include_name` alone Alembic would make them a second time.
    """
    table = object_ if type_ == "table" else getattr(object_, "table", None)
    return getattr(table, "name", None) not in _OURS
