"""The tables as they were made, step by step, for Alembic; `elaas_identity.providers.sql.upgrade` runs it."""
