"""What each driver is told when it connects, in its own words, where the engine is ours."""

from __future__ import annotations

from typing import Any

from sqlalchemy import URL

from elaas_identity.errors import Misconfigured

SQLITE_BUSY_SECONDS = 5
"""How long a commit waits for another process's write; a commit takes well under a millisecond."""
CONNECT_SECONDS = 10
"""How long PostgreSQL may take to answer a new connection. A URL that says otherwise wins, for both."""

_TIME_LIMITS = {
    "psycopg": "connect_timeout",
    "psycopg2": "connect_timeout",
    "psycopg_async": "connect_timeout",
} | {
    "asyncpg": "timeout",
    "pg8000": "timeout",
}
"""What the drivers call the time limit of connecting. Another driver has its own."""


PREPARED_STATEMENTS = "prepared_statements"
"""The setting of ours in a URL's query: `off` behind a pooler that gives each transaction another connection."""
ONE_TRANSACTION = "elaas_identity_one_transaction"
"""The execution option of an engine whose driver asks the server twice for one statement: both in one transaction."""


def connecting(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL without the setting that is ours, and the arguments of `create_engine` beside it.

    Raises:
        Misconfigured: `store_settings`.
    """
    if url.get_backend_name() == "sqlite":
        return url, {} if "timeout" in url.query else {"connect_args": {"timeout": SQLITE_BUSY_SECONDS}}
    settings: dict[str, Any] = {"pool_pre_ping": True, "connect_args": _time_limit(url)}
    prepared = url.query.get(PREPARED_STATEMENTS, "on")
    if prepared not in ("on", "off"):
        raise Misconfigured("store_settings", detail=f"{PREPARED_STATEMENTS} is on or off")
    if prepared == "off":
        settings["connect_args"] |= _unprepared(url.get_driver_name())
        if url.get_driver_name() == "asyncpg":
            settings["execution_options"] = {ONE_TRANSACTION: True}
    return url.difference_update_query([PREPARED_STATEMENTS]), settings


def _unprepared(driver: str) -> dict[str, Any]:
    if driver in ("psycopg", "psycopg_async"):
        return {"prepare_threshold": None}
    if driver == "asyncpg":
        # Statements have no names, so that none of them outlives its transaction on a connection of another's.
        return {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": str,
        }
    if driver == "psycopg2":  # prepares none
        return {}
    raise Misconfigured("store_settings", detail=f"{driver} cannot do without prepared statements")


def _time_limit(url: URL) -> dict[str, Any]:
    driver = url.get_driver_name()
    name = _TIME_LIMITS.get(driver)
    if name is None:
        return {}
    given = url.query.get(name)
    if given is None:
        return {name: CONNECT_SECONDS}
    # libpq reads numbers from text; the others want a number.
    return {name: float(str(given))} if name == "timeout" else {}
