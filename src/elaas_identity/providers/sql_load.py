"""`load` on one connection: one statement for all that is found at most once, and one for each other key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from elaas_identity.change import Budget, FieldOf, Key, Record, Snapshot
from elaas_identity.providers.sql_schema import TABLES
from elaas_identity.providers.sql_statements import Joined, joined_select, look_up
from elaas_identity.providers.sql_transactions import reading
from elaas_identity.providers.store_rules import values_of

MOST_JOINED = 6
"""How many records one statement joins: PostgreSQL plans a longer join without looking at every order, or slowly."""
MOST_BUDGETS = 16
"""How many budgets one statement reads."""

_Found = dict[Key[Any], tuple[Record, ...]]


def load(connection: Connection, keys: tuple[Key[Any] | Budget, ...]) -> Snapshot:
    """All of them from one snapshot of the database."""
    joined: dict[Key[Any], Joined] = {}
    apart: list[Key[Any]] = []
    budgets: list[Budget] = []
    for key in dict.fromkeys(keys):
        if isinstance(key, Budget):
            budgets.append(key)
        elif (place := _joined(key, joined)) is not None:
            joined[key] = place
        else:
            apart.append(key)

    later = range(MOST_BUDGETS, len(budgets), MOST_BUDGETS)
    statements = bool(joined or budgets) + len(apart) + len(later)
    records: _Found = {}
    charges: dict[Budget, dict[str, datetime]] = {}
    with reading(connection, one_statement=statements <= 1):
        if joined or budgets:
            _read_joined(connection, joined, budgets[:MOST_BUDGETS], records, charges)
        for start in later:
            _read_joined(connection, {}, budgets[start : start + MOST_BUDGETS], records, charges)
        for key in apart:
            records[key] = found(connection, key, values_of(key, records))
    return Snapshot(records, charges)


def names_one(key: Key[Any]) -> bool:
    """Whether the key finds at most one record for each value, and by that value alone."""
    return (key.field == "id" or key.field in key.record.UNIQUE) and not (key.after or key.where)


def found(
    connection: Connection, key: Key[Any], values: tuple[Any, ...], *, lock: bool = False
) -> tuple[Any, ...]:
    """What a key finds by any of the values, oldest id first, in a statement of its own."""
    if not values:
        return ()
    # As many places as the next power of two, the last value repeated: few shapes, whatever is found.
    places = 1 << (len(values) - 1).bit_length()
    asked: dict[str, Any] = {f"value_{place}": values[min(place, len(values) - 1)] for place in range(places)}
    asked |= {"most": key.limit, **{f"where_{name}": value for name, value in key.where}}
    if key.after:
        asked["after"] = key.after
    where = tuple(name for name, _ in key.where)
    statement = look_up(key.record, key.field, places, lock, bool(key.after), where)
    rows = connection.execute(statement, asked)
    table = TABLES[key.record]
    return tuple(table.decoded(row) for row in rows)


def _joined(key: Key[Any], joined: dict[Key[Any], Joined]) -> Joined | None:
    if not names_one(key) or key.limit < 1 or len(joined) >= MOST_JOINED:
        return None
    if not isinstance(key.value, FieldOf):
        return Joined(key.record, key.field)
    if key.value.key not in joined:
        return None
    return Joined(key.record, key.field, list(joined).index(key.value.key), key.value.field)


def _read_joined(
    connection: Connection,
    joined: dict[Key[Any], Joined],
    budgets: list[Budget],
    records: _Found,
    charges: dict[Budget, dict[str, datetime]],
) -> None:
    values: dict[str, Any] = {
        f"value_{place}": key.value for place, key in enumerate(joined) if not isinstance(key.value, FieldOf)
    }
    for place, budget in enumerate(budgets):
        values[f"name_{place}"] = budget.name
        values[f"subject_{place}"] = budget.subject
    row = connection.execute(joined_select(tuple(joined.values()), len(budgets)), values).one()
    start = 0
    for key in joined:
        table = TABLES[key.record]
        end = start + len(table.names)
        # The first column is the id, which no record lacks.
        records[key] = () if row[start] is None else (table.decoded(row[start:end]),)
        start = end
    for budget, held in zip(budgets, row[start:], strict=True):
        charges[budget] = held or {}
