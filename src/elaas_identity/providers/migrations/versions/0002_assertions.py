"""Assertions: what other systems know a person by, which assertions are used, and whom an event's assertion was for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_assertions"
down_revision = "0001"

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("elaas_events", sa.Column("audience", sa.Text(), nullable=True))
    op.create_table(
        "elaas_person_references",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("binding_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "elaas_used_assertions",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_elaas_used_assertions_expires_at"), "elaas_used_assertions", ["expires_at"], unique=False
    )
