"""Budgets within a commit: all of them locked in one statement, and all that changed written in one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from elaas_identity.change import Change, Exhausted
from elaas_identity.providers.sql_schema import BUDGETS
from elaas_identity.providers.sql_statements import Reader, Statement, Target, kept
from elaas_identity.providers.store_rules import Held, Subject, settle, subjects

_DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}
_COLUMNS = ("name", "subject", "charges", "keep_until")


def settled(connection: Connection, target: Target, change: Change) -> Exhausted | None:
    """Lock what the change touches, and write what becomes of it, unless a charge does not fit."""
    touched = subjects(change)
    if not touched:
        return None
    held = _locked(connection, target, change, touched)
    outcome = settle(change, {of: budget for of, budget in held.items() if budget.charges})
    if isinstance(outcome, Exhausted):
        return outcome
    written = {of: budget for of, budget in outcome.items() if budget is not None and budget != held.get(of)}
    emptied = [of for of, budget in outcome.items() if budget is None and of in held]
    if written:
        _write(target, len(written)).run(connection, _rows(written.items()))
    if emptied:
        _delete(target, len(emptied)).run(connection, _names(emptied))
    return None


def _locked(
    connection: Connection, target: Target, change: Change, touched: list[Subject]
) -> dict[Subject, Held]:
    if target.name == "sqlite" or not change.charges:
        # Rows that are not there cannot be locked, and need not be: what is given back to them is nothing.
        statement, values = _lock(target, len(touched)), _names(touched)
    else:
        # A row is made for every budget that has none, since charges of one budget take turns on its row.
        any_time = change.charges[0].at
        statement = _open(target, len(touched))
        values = _rows((of, Held({}, any_time)) for of in touched)
    read = _reader(target)
    held: dict[Subject, Held] = {}
    for row in statement.run(connection, values):
        name, subject, charges, keep_until = read.values(row)
        held[name, subject] = Held(charges, keep_until)
    return held


def _names(of: Iterable[Subject]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, (name, subject) in enumerate(of):
        values[f"name_{place}"] = name
        values[f"subject_{place}"] = subject
    return values


def _rows(budgets: Iterable[tuple[Subject, Held]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for place, ((name, subject), held) in enumerate(budgets):
        values[f"name_{place}"] = name
        values[f"subject_{place}"] = subject
        values[f"charges_{place}"] = held.charges
        values[f"keep_until_{place}"] = held.keep_until
    return values


@kept
def _reader(target: Target) -> Reader:
    return Reader(target, BUDGETS, _COLUMNS)


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
def _lock(target: Target, budgets: int) -> Statement:
    """Lock those that are there, in the order of their names."""
    return Statement(
        target,
        select(*(BUDGETS.c[name] for name in _COLUMNS))
        .where(_these(budgets))
        .order_by(BUDGETS.c.name, BUDGETS.c.subject)
        .with_for_update(),
    )


@kept
def _open(target: Target, budgets: int) -> Statement:
    """Lock all of them in the order of the values, those made first that are not there."""
    insert = _insert(target, budgets)
    return Statement(
        target,
        insert.on_conflict_do_update(
            index_elements=[BUDGETS.c.name, BUDGETS.c.subject], set_={"name": insert.excluded.name}
        ).returning(*(BUDGETS.c[name] for name in _COLUMNS)),
    )


@kept
def _write(target: Target, budgets: int) -> Statement:
    insert = _insert(target, budgets)
    return Statement(
        target,
        insert.on_conflict_do_update(
            index_elements=[BUDGETS.c.name, BUDGETS.c.subject],
            set_={"charges": insert.excluded.charges, "keep_until": insert.excluded.keep_until},
        ),
    )


@kept
def _delete(target: Target, budgets: int) -> Statement:
    return Statement(target, delete(BUDGETS).where(_these(budgets)))


def _insert(target: Target, budgets: int) -> Any:
    return (
        _DIALECTS[target.name]
        .insert(BUDGETS)
        .values(
            [
                {name: bindparam(f"{name}_{place}", type_=BUDGETS.c[name].type) for name in _COLUMNS}
                for place in range(budgets)
            ]
        )
    )
