"""What Alembic runs its steps in: the connection and transaction of `elaas_identity.providers.sql.upgrade`."""

from __future__ import annotations

from alembic import context

from elaas_identity.providers.sql_schema import METADATA, VERSION_TABLE

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()
