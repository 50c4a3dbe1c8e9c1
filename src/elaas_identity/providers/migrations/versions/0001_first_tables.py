"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "elaas_accounts",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agency_code", sa.Text(), nullable=False),
        sa.Column("agency_name", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("username_index", sa.Text(), nullable=False),
        sa.Column("username_sealed", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_is_issued", sa.Boolean(), nullable=False),
        sa.Column("password_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credential_version", sa.Integer(), nullable=False),
        sa.Column("first_use", sa.Boolean(), nullable=False),
        sa.Column("expected_person_index", sa.Text(), nullable=True),
        sa.Column("expected_person_sealed", sa.Text(), nullable=True),
        sa.Column("contact_sealed", sa.Text(), nullable=True),
        sa.Column("binding_id", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_elaas_accounts_username_index"), "elaas_accounts", ["username_index"], unique=True
    )
    op.create_index(op.f("ix_elaas_accounts_key_id"), "elaas_accounts", ["key_id"], unique=False)
    op.create_table(
        "elaas_attempts",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("flow_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_attempts_expires_at"), "elaas_attempts", ["expires_at"], unique=False)
    op.create_index(op.f("ix_elaas_attempts_flow_id"), "elaas_attempts", ["flow_id"], unique=False)
    op.create_table(
        "elaas_bindings",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("person_index", sa.Text(), nullable=False),
        sa.Column("subject_index", sa.Text(), nullable=False),
        sa.Column("identity_sealed", sa.Text(), nullable=False),
        sa.Column("email_sealed", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_bindings_account_id"), "elaas_bindings", ["account_id"], unique=False)
    op.create_index(op.f("ix_elaas_bindings_key_id"), "elaas_bindings", ["key_id"], unique=False)
    op.create_index(op.f("ix_elaas_bindings_person_index"), "elaas_bindings", ["person_index"], unique=False)
    op.create_table(
        "elaas_budgets",
        sa.Column("name", _BYTEWISE, nullable=False),
        sa.Column("subject", _BYTEWISE, nullable=False),
        sa.Column("charges", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", "subject"),
    )
    op.create_index(op.f("ix_elaas_budgets_keep_until"), "elaas_budgets", ["keep_until"], unique=False)
    op.create_table(
        "elaas_events",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("stage", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Text(), nullable=True),
        sa.Column("flow_id", sa.Text(), nullable=True),
        sa.Column("binding_id", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("correlation_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_events_account_id"), "elaas_events", ["account_id"], unique=False)
    op.create_index(op.f("ix_elaas_events_flow_id"), "elaas_events", ["flow_id"], unique=False)
    op.create_table(
        "elaas_flows",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("account_epoch", sa.Integer(), nullable=False),
        sa.Column("browser_digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("password_fingerprint", sa.Text(), nullable=False),
        sa.Column("live_attempts", sa.Text(), nullable=False),
        sa.Column("identity_sealed", sa.Text(), nullable=True),
        sa.Column("person_index", sa.Text(), nullable=True),
        sa.Column("subject_index", sa.Text(), nullable=True),
        sa.Column("email_sealed", sa.Text(), nullable=True),
        sa.Column("one_time_code_id", sa.Text(), nullable=True),
        sa.Column("one_time_code_digest", sa.Text(), nullable=True),
        sa.Column("one_time_code_reference", sa.Text(), nullable=True),
        sa.Column("one_time_code_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("one_time_code_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_flows_account_id"), "elaas_flows", ["account_id"], unique=False)
    op.create_index(op.f("ix_elaas_flows_expires_at"), "elaas_flows", ["expires_at"], unique=False)
