"""The steps in `migrations/`, run by Alembic on one connection.

`alembic.command` and an `env.py` would work through globals of Alembic's, of which a process has one each: an upgrade
within a migration of the portal's would take them away from it. So each run has a context of its own, and hands it to
the steps it has loaded, in place of the global `op`.
"""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from elaas_identity.providers.sql_schema import VERSION_TABLE


def run_steps(connection: Connection, revision: str) -> None:
    """Bring the tables to the revision, in the transaction that the connection is in."""
    steps = ScriptDirectory(str(Path(__file__).parent / "migrations"))

    def missing(heads: str, _: MigrationContext) -> list[RevisionStep]:
        return steps._upgrade_revs(revision, heads)

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "fn": missing})
    operations = Operations(context)
    for step in steps.walk_revisions():
        vars(step.module)["op"] = operations
    context.run_migrations()
