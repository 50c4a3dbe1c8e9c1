"""What the codes of PostgreSQL and SQLite mean, told as this library's own errors, whatever stands between.

Nothing of the driver's text passes, since it may quote values; its class and code do.
"""

from __future__ import annotations

import re
from typing import Any

from elaas_identity.change import Conflict
from elaas_identity.errors import ElaasIdentityError, Misconfigured, ProviderFailed

_CONFLICTS = frozenset(
    {
        "23505",  # unique_violation
        "40001",  # serialization_failure
        "40P01",  # deadlock_detected
        "SQLITE_CONSTRAINT_PRIMARYKEY",
        "SQLITE_CONSTRAINT_UNIQUE",
    }
)
LOCK_LOST = frozenset({"55P03", "40P01"})
"""lock_not_available, deadlock_detected: a lock that was not had."""
_NO_SUCH_TABLE = frozenset(
    {"42P01", "42703", "3F000"}
)  # undefined_table, undefined_column, invalid_schema_name
_SQLITE_NO_SUCH_TABLE = re.compile(r"no such table|no such column|has no column named")


def meaning(driver: Any, *, makes_tables: str) -> Conflict | ElaasIdentityError:
    """What an error of a driver's means. Raise it outside of the `except`, so that the driver's text is not chained.

    `makes_tables` is the command that makes the tables, for whom they are missing.
    """
    code = code_of(driver)
    kind = f"{type(driver).__name__} {code}".strip()
    if code in _CONFLICTS:
        return Conflict()
    if code in _NO_SUCH_TABLE or (code == "SQLITE_ERROR" and _SQLITE_NO_SUCH_TABLE.search(str(driver))):
        return Misconfigured("store_schema", detail=f"run: {makes_tables}")
    if code.startswith(("23", "SQLITE_CONSTRAINT")) or isinstance(driver, (TypeError, ValueError)):
        return Misconfigured("store_schema", detail=f"a record holds what its column does not take ({kind})")
    if code == "42501":  # insufficient_privilege
        return Misconfigured("store_settings", detail="the database user may not use the elaas_ tables")
    return ProviderFailed("store_unavailable", detail=kind)


def code_of(driver: Any) -> str:
    """The database's code of what a driver raised; empty where there is none."""
    for name in ("sqlstate", "pgcode", "sqlite_errorname"):  # psycopg and asyncpg, psycopg2, sqlite3
        if code := getattr(driver, name, None):
            return str(code)
    told = driver.args[0] if driver.args else None
    return str(told.get("C", "")) if isinstance(told, dict) else ""  # pg8000
