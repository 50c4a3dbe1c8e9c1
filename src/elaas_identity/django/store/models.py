"""A model for each kind of record, drawn from the record: `Event`, `Account` and so on, for reports and exports.

Nobody but the store writes them: each `save` of another's would pass by the versions, the budgets and the audit trail.
"""

from __future__ import annotations

from typing import Any

from django.db import models

from elaas_identity.django.store.fields import RecordField, field_of
from elaas_identity.providers.record_columns import (
    BUDGETS_NAME,
    TABLE_NAMES,
    charges_text,
    columns,
    read_charges,
)


def _model(record: type[Any], table: str) -> Any:
    name = record.__name__.removesuffix("Record")
    parts = {
        "__module__": __name__,
        "__qualname__": name,
        "__doc__": record.__doc__,
        "Meta": type("Meta", (), {"db_table": table}),
        **{column.name: field_of(column) for column in columns(record)},
    }
    return type(name, (models.Model,), parts)


MODELS: dict[type[Any], Any] = {record: _model(record, table) for record, table in TABLE_NAMES.items()}
"""The model of each type of record."""


class Budget(models.Model):
    """A budget that holds a charge; none of its charges counts from `keep_until` on."""

    pk: Any = models.CompositePrimaryKey("name", "subject")
    name: Any = RecordField("id")
    subject: Any = RecordField("id")
    charges: Any = RecordField(write=charges_text, read=read_charges)
    keep_until: Any = RecordField("time", db_index=True)

    class Meta:
        db_table = BUDGETS_NAME

    def __str__(self) -> str:
        return str(self.name)
