"""The tables of the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.db import migrations, models

from elaas_identity.django.store.fields import RecordField


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar[Sequence[tuple[str, str]]] = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="Account",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("epoch", RecordField("integer")),
                ("status", RecordField("text")),
                ("kind", RecordField("text")),
                ("agency_code", RecordField("text")),
                ("agency_name", RecordField("text")),
                ("province", RecordField("text")),
                ("key_id", RecordField("text", db_index=True)),
                ("username_index", RecordField("text", unique=True)),
                ("username_sealed", RecordField("text")),
                ("password_hash", RecordField("text")),
                ("password_is_issued", RecordField("boolean")),
                ("password_expires_at", RecordField("time", null=True)),
                ("credential_version", RecordField("integer")),
                ("first_use", RecordField("boolean")),
                ("expected_person_index", RecordField("text", null=True)),
                ("expected_person_sealed", RecordField("text", null=True)),
                ("contact_sealed", RecordField("text", null=True)),
                ("binding_id", RecordField("text", null=True)),
                ("created_at", RecordField("time")),
                ("updated_at", RecordField("time")),
                ("needs_approval", RecordField("boolean")),
                ("issued_fingerprint", RecordField("text", null=True)),
                ("password_is_generated", RecordField("boolean")),
                ("password_fingerprints", RecordField("text")),
            ],
            options={
                "db_table": "elaas_accounts",
            },
        ),
        migrations.CreateModel(
            name="AskedAct",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("account_id", RecordField("text", db_index=True)),
                ("account_epoch", RecordField("integer")),
                ("act", RecordField("text")),
                ("by", RecordField("text")),
                ("reason", RecordField("text")),
                ("asked_at", RecordField("time")),
                ("expires_at", RecordField("time", db_index=True)),
            ],
            options={
                "db_table": "elaas_asked_acts",
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("flow_id", RecordField("text", db_index=True)),
                ("created_at", RecordField("time")),
                ("expires_at", RecordField("time", db_index=True)),
                ("consumed_at", RecordField("time", null=True)),
            ],
            options={
                "db_table": "elaas_attempts",
            },
        ),
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("batch", RecordField("text", db_index=True)),
                ("event_id", RecordField("text")),
                ("commitment", RecordField("text")),
                ("digest", RecordField("text")),
                ("head", RecordField("text")),
            ],
            options={
                "db_table": "elaas_audit_links",
            },
        ),
        migrations.CreateModel(
            name="Authenticator",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("key_id", RecordField("text", db_index=True)),
                ("secret_sealed", RecordField("text", null=True)),
                ("last_used_step", RecordField("integer")),
                ("recovery_codes_sealed", RecordField("text")),
            ],
            options={
                "db_table": "elaas_authenticators",
            },
        ),
        migrations.CreateModel(
            name="Binding",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("account_id", RecordField("text", db_index=True)),
                ("key_id", RecordField("text", db_index=True)),
                ("person_index", RecordField("text", db_index=True)),
                ("subject_index", RecordField("text")),
                ("identity_sealed", RecordField("text")),
                ("email_sealed", RecordField("text")),
                ("started_at", RecordField("time")),
                ("ended_at", RecordField("time", null=True)),
                ("email_changed_at", RecordField("time", null=True)),
                ("erased_at", RecordField("time", null=True)),
            ],
            options={
                "db_table": "elaas_bindings",
            },
        ),
        migrations.CreateModel(
            name="Budget",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "subject", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", RecordField("id")),
                ("subject", RecordField("id")),
                ("charges", RecordField("text")),
                ("keep_until", RecordField("time", db_index=True)),
            ],
            options={
                "db_table": "elaas_budgets",
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("chain", RecordField("text", db_index=True)),
                ("jws", RecordField("text")),
            ],
            options={
                "db_table": "elaas_audit_checkpoints",
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("at", RecordField("time")),
                ("kind", RecordField("text")),
                ("outcome", RecordField("text")),
                ("code", RecordField("text", null=True)),
                ("purpose", RecordField("text", null=True)),
                ("stage", RecordField("text", null=True)),
                (
                    "account_id",
                    RecordField("text", db_index=True, null=True),
                ),
                ("flow_id", RecordField("text", db_index=True, null=True)),
                ("binding_id", RecordField("text", null=True)),
                ("audience", RecordField("text", null=True)),
                ("by", RecordField("text", null=True)),
                ("reason", RecordField("text", null=True)),
                ("client", RecordField("text", null=True)),
                ("correlation_id", RecordField("text", null=True)),
                ("erases", RecordField("text", null=True)),
                ("cutoff", RecordField("time", null=True)),
                ("batch", RecordField("text", db_index=True)),
                ("salt", RecordField("text", null=True)),
                ("erased_by", RecordField("text", null=True)),
            ],
            options={
                "db_table": "elaas_events",
            },
        ),
        migrations.CreateModel(
            name="Flow",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("purpose", RecordField("text")),
                ("stage", RecordField("text")),
                ("account_id", RecordField("text", db_index=True)),
                ("account_epoch", RecordField("integer")),
                ("browser_digest", RecordField("text")),
                ("created_at", RecordField("time")),
                ("expires_at", RecordField("time", db_index=True)),
                ("password_fingerprint", RecordField("text")),
                ("live_attempts", RecordField("text")),
                ("identity_sealed", RecordField("text", null=True)),
                ("person_index", RecordField("text", null=True)),
                ("subject_index", RecordField("text", null=True)),
                ("email_sealed", RecordField("text", null=True)),
                ("one_time_code_id", RecordField("text", null=True)),
                ("one_time_code_digest", RecordField("text", null=True)),
                (
                    "one_time_code_reference",
                    RecordField("text", null=True),
                ),
                (
                    "one_time_code_digits",
                    RecordField("integer", null=True),
                ),
                ("one_time_code_asked_at", RecordField("time", null=True)),
                ("one_time_code_sent_at", RecordField("time", null=True)),
                (
                    "one_time_code_expires_at",
                    RecordField("time", null=True),
                ),
                ("mail_in_doubt", RecordField("boolean")),
                ("end", RecordField("text", null=True)),
                ("session_digest", RecordField("text", null=True)),
                ("transaction_digest", RecordField("text", null=True)),
                ("authenticator_sealed", RecordField("text", null=True)),
                ("password_hash", RecordField("text", null=True)),
                (
                    "new_password_fingerprint",
                    RecordField("text", null=True),
                ),
            ],
            options={
                "db_table": "elaas_flows",
            },
        ),
        migrations.CreateModel(
            name="PersonReference",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("binding_id", RecordField("text")),
                ("audience", RecordField("text")),
                ("reference", RecordField("text")),
                ("created_at", RecordField("time")),
            ],
            options={
                "db_table": "elaas_person_references",
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("ref", RecordField("text")),
                ("token_index", RecordField("text", unique=True)),
                ("account_id", RecordField("text", db_index=True)),
                ("binding_id", RecordField("text", db_index=True)),
                ("epoch", RecordField("integer")),
                ("credential_version", RecordField("integer")),
                ("key_id", RecordField("text", db_index=True)),
                ("sealed", RecordField("text", null=True)),
                ("started_at", RecordField("time")),
                ("last_seen_at", RecordField("time")),
                ("expires_at", RecordField("time", db_index=True)),
            ],
            options={
                "db_table": "elaas_sessions",
            },
        ),
        migrations.CreateModel(
            name="UsedAssertion",
            fields=[
                (
                    "id",
                    RecordField("id", primary_key=True, serialize=False),
                ),
                ("version", RecordField("integer")),
                ("schema", RecordField("integer")),
                ("expires_at", RecordField("time", db_index=True)),
            ],
            options={
                "db_table": "elaas_used_assertions",
            },
        ),
    ]
