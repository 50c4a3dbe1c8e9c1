"""A real database as the store of a race: filled with a scene, and compared with the world in memory."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import Engine, create_engine, delete, event, insert, select

from elaas_identity.providers.sql import SQLStore
from elaas_identity.providers.sql_schema import BUDGETS, METADATA, TABLES
from tests.world.shared import SharedWorld

Budgets = dict[tuple[str, str], tuple[dict[str, Any], Any]]


class Database:
    """One database. What stands in it is replaced before each run."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self.name = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self._engine.dialect.name]
        self.store = SQLStore(self._engine)

    def restore(self, world: SharedWorld) -> None:
        """Nothing but that world's records and budgets stands in it."""
        rows: defaultdict[Any, list[dict[str, object]]] = defaultdict(list)
        for (record, _), row in world.store._rows.items():
            table = TABLES[record]
            rows[table.table].append(table.encoded(row, row.version))
        for (name, subject), held in world.store._budgets.items():
            charges = dict(held.charges)
            rows[BUDGETS].append(
                {"name": name, "subject": subject, "charges": charges, "keep_until": held.keep_until}
            )
        with self._engine.begin() as connection:
            for each in METADATA.tables.values():
                connection.execute(delete(each))
            for each, of_it in rows.items():
                connection.execute(insert(each), of_it)

    def contents(self) -> tuple[set[Any], Budgets]:
        """Every record, and every budget."""
        with self._engine.connect() as connection:
            records = {
                table.decoded(row)
                for table in TABLES.values()
                for row in connection.execute(select(table.table))
            }
            budgets = {
                (row.name, row.subject): (row.charges, row.keep_until)
                for row in connection.execute(select(BUDGETS))
            }
        return records, budgets

    def close(self) -> None:
        self.store.close()
        self._engine.dispose()


def contents_of(world: SharedWorld) -> tuple[set[Any], Budgets]:
    """The same of a world in memory."""
    budgets = {of: (dict(held.charges), held.keep_until) for of, held in world.store._budgets.items()}
    return set(world.store._rows.values()), budgets


def _engine(url: str) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _unsynced(connection: Any, _: object) -> None:
            connection.execute("PRAGMA synchronous = OFF")

    return engine
