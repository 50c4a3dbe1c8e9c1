"""`load`, `commit` and `purge` by Django's ORM, on one connection."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import fields
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Q
from django.db.transaction import set_rollback

from elaas_identity.change import (
    Budget,
    Change,
    Conflict,
    Done,
    Exhausted,
    Key,
    Outcome,
    Record,
    Snapshot,
    Unchanged,
)
from elaas_identity.django.store import models
from elaas_identity.django.store.models import MODELS
from elaas_identity.django.store.own_connection import transaction
from elaas_identity.flow.flow import AttemptRecord, FlowRecord
from elaas_identity.providers.store_rules import (
    Held,
    Subject,
    expires,
    inserts_in_order,
    rows_in_order,
    settle,
    subjects,
    values_of,
)


def load(connection: Any, keys: tuple[Key[Any] | Budget, ...]) -> Snapshot:
    """All of them from one snapshot of the database."""
    budgets = [key for key in dict.fromkeys(keys) if isinstance(key, Budget)]
    records: dict[Key[Any], tuple[Record, ...]] = {}
    # A single statement has a snapshot of its own.
    one_statement = bool(budgets) + len(set(keys) - set(budgets)) <= 1
    with nullcontext() if one_statement else transaction(connection, writing=False):
        for key in dict.fromkeys(keys):
            if isinstance(key, Key):
                records[key] = _found(connection, key, values_of(key, records))
        held = _held(connection, {(budget.name, budget.subject) for budget in budgets})
    charges = {
        budget: held[of].charges if (of := (budget.name, budget.subject)) in held else {}
        for budget in budgets
    }
    return Snapshot(records, charges)


def commit(connection: Any, change: Change) -> Outcome:
    """All of it or nothing."""
    with transaction(connection, writing=True):
        outcome = _applied(connection, change)
        if not isinstance(outcome, Done):
            set_rollback(True, using=connection.alias)
        return outcome


def purge(connection: Any, before: datetime) -> int:
    """Delete what has expired; how many rows went."""
    expired = _rows(connection, MODELS[FlowRecord]).filter(expires_at__lt=before)
    gone = [
        _rows(connection, MODELS[AttemptRecord]).filter(flow_id__in=expired.values("id")),
        *(
            _rows(connection, model).filter(expires_at__lt=before)
            for record, model in MODELS.items()
            if expires(record)
        ),
        _rows(connection, models.Budget).filter(keep_until__lte=before),
    ]
    with transaction(connection, writing=True):
        return sum(rows.delete()[0] for rows in gone)


def _applied(connection: Any, change: Change) -> Outcome:
    # In the order in which the SQL store locks its rows, which says why.
    for row in rows_in_order(change):
        stands = _as_expected if isinstance(row, Unchanged) else _written
        if not stands(connection, row):
            return Conflict()
    for record_type, inserts in groupby(inserts_in_order(change), type):
        model: Any = MODELS[record_type]
        _rows(connection, model).bulk_create([model(**_row(record, version=1)) for record in inserts])
    return _settled(connection, change) or Done()


def _written(connection: Any, record: Any) -> bool:
    row = _row(record, version=record.version + 1)
    standing = _rows(connection, MODELS[type(record)]).filter(id=row.pop("id"), version=record.version)
    return bool(standing.update(**row) == 1)


def _as_expected(connection: Any, expected: Any) -> bool:
    records = _found(connection, expected.key, (expected.key.value,), lock=True)
    return bool(records) and all(
        getattr(record, name) == value for record in records for name, value in expected.fields.items()
    )


def _found(connection: Any, key: Key[Any], values: tuple[Any, ...], *, lock: bool = False) -> tuple[Any, ...]:
    """What a key finds by any of the values, oldest id first."""
    names = [each.name for each in fields(key.record)]
    rows = _rows(connection, MODELS[key.record]).filter(**{f"{key.field}__in": values}, **dict(key.where))
    if key.after:
        rows = rows.filter(id__gt=key.after)
    if lock:  # SQLite knows no row locks: there nobody else writes anyway
        rows = rows.select_for_update(no_key=True)
    found = rows.order_by("id").values_list(*names)[: key.limit]
    return tuple(key.record(**dict(zip(names, row, strict=True))) for row in found)


def _settled(connection: Any, change: Change) -> Exhausted | None:
    """Lock the budgets that the change touches, and write what becomes of them, unless a charge does not fit."""
    touched = subjects(change)
    if not touched:
        return None
    held = _locked(connection, change, touched)
    outcome = settle(change, {of: budget for of, budget in held.items() if budget.charges})
    if isinstance(outcome, Exhausted):
        return outcome
    written = {of: each for of, each in outcome.items() if each is not None and each != held.get(of)}
    _rows(connection, models.Budget).bulk_create(
        _budgets(written.items()),
        update_conflicts=True,
        unique_fields=["name", "subject"],
        update_fields=["charges", "keep_until"],
    )
    if emptied := [of for of, each in outcome.items() if each is None and of in held]:
        _rows(connection, models.Budget).filter(_these(emptied)).delete()
    return None


def _locked(connection: Any, change: Change, touched: list[Subject]) -> dict[Subject, Held]:
    if connection.vendor == "sqlite" or not change.charges:
        # Rows that are not there cannot be locked, and need not be: what is given back to them is nothing.
        return _held(connection, touched, lock=True)
    # A row is made for every budget that has none, since charges of one budget take turns on its row. One that another
    # commit has emptied and deleted between the two statements is made again.
    any_time = change.charges[0].at
    held: dict[Subject, Held] = {}
    while len(held) < len(touched):
        _rows(connection, models.Budget).bulk_create(
            _budgets((of, Held({}, any_time)) for of in touched), ignore_conflicts=True
        )
        held = _held(connection, touched, lock=True)
    return held


def _held(connection: Any, touched: Iterable[Subject], *, lock: bool = False) -> dict[Subject, Held]:
    """Those budgets that are there, in the order of their names."""
    wanted = list(touched)
    if not wanted:
        return {}
    rows = _rows(connection, models.Budget).filter(_these(wanted)).order_by("name", "subject")
    if lock:
        rows = rows.select_for_update()
    found = rows.values_list("name", "subject", "charges", "keep_until")
    return {(name, subject): Held(charges, keep_until) for name, subject, charges, keep_until in found}


def _these(wanted: list[Subject]) -> Any:
    those: Any = Q()
    for name, subject in wanted:
        those |= Q(name=name, subject=subject)
    return those


def _budgets(held: Iterable[tuple[Subject, Held]]) -> list[models.Budget]:
    return [
        models.Budget(name=name, subject=subject, charges=each.charges, keep_until=each.keep_until)
        for (name, subject), each in held
    ]


def _row(record: Any, version: int) -> dict[str, Any]:
    return {each.name: getattr(record, each.name) for each in fields(record)} | {"version": version}


def _rows(connection: Any, model: Any) -> Any:
    return model._base_manager.using(connection.alias)
