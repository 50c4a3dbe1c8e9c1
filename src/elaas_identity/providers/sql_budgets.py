"""Budgets within a commit: all of them locked in one statement, and all that changed written in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Delete, Executable, and_, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from elaas_identity.change import Change, Exhausted
from elaas_identity.providers.sql_schema import BUDGETS
from elaas_identity.providers.sql_statements import kept
from elaas_identity.providers.store_rules import Held, Subject, settle, subjects


def settled(connection: Connection, change: Change) -> Exhausted | None:
    """Lock what the change touches, and write what becomes of it, unless a charge does not fit."""
    touched = subjects(change)
    if not touched:
        return None
    held = _locked(connection, change, touched)
    outcome = settle(change, {of: budget for of, budget in held.items() if budget.charges})
    if isinstance(outcome, Exhausted):
        return outcome
    written = [
        (of, budget) for of, budget in outcome.items() if budget is not None and budget != held.get(of)
    ]
    emptied = [of for of, budget in outcome.items() if budget is None and of in held]
    if len(written) == 1:
        connection.execute(_WRITE[connection.dialect.name], _rows(written)[0])
    elif written:
        connection.execute(_WRITE_SEVERAL[connection.dialect.name], _rows(written)).all()
    if emptied:
        connection.execute(_delete(len(emptied)), _names(emptied))
    return None


def _locked(connection: Connection, change: Change, touched: list[Subject]) -> dict[Subject, Held]:
    found: Any
    if connection.dialect.name == "sqlite" or not change.charges:
        # Rows that are not there cannot be locked, and need not be: what is given back to them is nothing.
        found = connection.execute(_lock(len(touched)), _names(touched))
    else:
        # A row is made for every budget that has none, since charges of one budget take turns on its row.
        any_time = change.charges[0].at
        found = connection.execute(_OPEN, _rows((of, Held({}, any_time)) for of in touched))
    return {(name, subject): Held(charges, keep_until) for name, subject, charges, keep_until in found}


def _names(of: Iterable[Subject]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, (name, subject) in enumerate(of):
        values[f"name_{place}"] = name
        values[f"subject_{place}"] = subject
    return values


def _rows(budgets: Iterable[tuple[Subject, Held]]) -> list[dict[str, Any]]:
    return [
        {"name": name, "subject": subject, "charges": held.charges, "keep_until": held.keep_until}
        for (name, subject), held in budgets
    ]


def _these(budgets: int) -> Any:
    return or_(
        *(
            and_(
                BUDGETS.c.name == bindparam(f"name_{place}"),
                BUDGETS.c.subject == bindparam(f"subject_{place}"),
            )
            for place in range(budgets)
        )
    )


@kept
def _lock(budgets: int) -> Executable:
    """Lock those that are there, in the order of their names."""
    return (
        select(BUDGETS).where(_these(budgets)).order_by(BUDGETS.c.name, BUDGETS.c.subject).with_for_update()
    )


@kept
def _delete(budgets: int) -> Delete:
    return delete(BUDGETS).where(_these(budgets))


def _upsert(dialect: Any, *replaced: str) -> Any:
    insert = dialect.insert(BUDGETS)
    return insert.on_conflict_do_update(
        index_elements=[BUDGETS.c.name, BUDGETS.c.subject],
        set_={name: insert.excluded[name] for name in replaced},
    )


_DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}
# With something to return SQLAlchemy makes one statement of all the rows, in their order.
_OPEN = _upsert(postgresql, "name").returning(*BUDGETS.columns)
"""Lock all of them in the order of the rows, those made first that are not there."""
_WRITE = {name: _upsert(dialect, "charges", "keep_until") for name, dialect in _DIALECTS.items()}
_WRITE_SEVERAL = {name: statement.returning(BUDGETS.c.name) for name, statement in _WRITE.items()}
