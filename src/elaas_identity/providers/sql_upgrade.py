"""The steps in `migrations/`, run by Alembic on one connection.

`alembic.command` and an `env.py` would work through globals of Alembic's, of which a process has one each: an upgrade
within a migration of the portal's would take them away from it. So each run has a context of its own, and hands it to
the steps it has loaded, in place of the global `op`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from elaas_identity.errors import ProviderFailed
from elaas_identity.providers.database_codes import LOCK_LOST, code_of
from elaas_identity.providers.sql_schema import BUDGETS, TABLES, VERSION_TABLE

STEPS = Path(__file__).parent / "migrations"
LOCK_MILLISECONDS = 300
"""How long one try waits for a table. Everybody else waits behind it meanwhile; and it is less than the second after
which PostgreSQL looks for deadlocks, so that the upgrade gives way and breaks nobody off."""
PAUSE_SECONDS = 0.5
"""Between two tries: those who waited get their turn."""
TRIES = 60
"""Our choice: a minute at most. A transaction that is open for longer is somebody's to end."""


def run_steps(connection: Connection, revision: str) -> None:
    """Bring the tables to the revision, in the transaction that the connection is in.

    Raises:
        ProviderFailed: `store_contended`, where somebody held a table all the while; nothing was changed.
    """
    steps = ScriptDirectory(str(STEPS))

    def missing(heads: Any, _: MigrationContext) -> list[RevisionStep]:
        return steps._upgrade_revs(revision, heads)

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "fn": missing})
    operations = Operations(context)
    for step in steps.walk_revisions():
        vars(step.module)["op"] = operations
    if connection.dialect.name == "postgresql" and missing(context.get_current_heads(), context):
        _lock_tables(connection)
    context.run_migrations()


def _lock_tables(connection: Connection) -> None:
    """Lock all of our tables before the first step, in the order in which commits lock their rows.

    The steps alone would lock them one by one in an order of their own, and meet a running process half-way.
    """
    in_order = [TABLES[record].table for record in sorted(TABLES, key=lambda record: record.__name__)]
    there = set(inspect(connection).get_table_names())
    names = ", ".join(table.name for table in (*in_order, BUDGETS) if table.name in there)
    if not names:
        return
    timeout = connection.scalar(select(func.current_setting("lock_timeout")))
    connection.execute(select(func.set_config("lock_timeout", f"{LOCK_MILLISECONDS}ms", True)))
    for _ in range(TRIES):
        try:
            with connection.begin_nested():
                connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
        except DBAPIError as failure:
            if code_of(failure.orig) not in LOCK_LOST:
                raise
        else:
            connection.execute(select(func.set_config("lock_timeout", timeout, True)))
            return
        connection.execute(select(func.pg_sleep(PAUSE_SECONDS)))
    raise ProviderFailed(
        "store_contended",
        detail="the tables were in use all the while, and nothing was changed: run it again; if it ends like this "
        "again, end the transaction that stays open (pg_stat_activity), or stop the portal for the upgrade",
    )
