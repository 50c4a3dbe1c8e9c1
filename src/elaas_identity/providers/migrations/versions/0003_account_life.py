"""Account life: second factors, step-up, approval, four eyes, erasure. Flows under way go on: what is new is empty."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_account_life"
down_revision = "0002_audit"

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    # The default is for accounts that stand there already, and for processes that are not upgraded yet.
    op.add_column(
        "elaas_accounts",
        sa.Column("needs_approval", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("elaas_accounts", sa.Column("issued_fingerprint", sa.Text(), nullable=True))
    op.add_column("elaas_bindings", sa.Column("email_changed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("elaas_bindings", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("elaas_flows", sa.Column("session_digest", sa.Text(), nullable=True))
    op.add_column("elaas_flows", sa.Column("transaction_digest", sa.Text(), nullable=True))
    op.add_column("elaas_flows", sa.Column("authenticator_sealed", sa.Text(), nullable=True))
    op.add_column("elaas_flows", sa.Column("password_hash", sa.Text(), nullable=True))
    op.create_table(
        "elaas_authenticators",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=True),
        sa.Column("last_used_step", sa.Integer(), nullable=False),
        sa.Column("recovery_codes_sealed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_authenticators_key_id"), "elaas_authenticators", ["key_id"], unique=False)
    op.create_table(
        "elaas_asked_acts",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("account_epoch", sa.Integer(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_asked_acts_account_id"), "elaas_asked_acts", ["account_id"], unique=False)
    op.create_index(op.f("ix_elaas_asked_acts_expires_at"), "elaas_asked_acts", ["expires_at"], unique=False)
