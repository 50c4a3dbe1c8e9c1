"""The audit: the chain's links and checkpoints, and where in it an event is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_audit"
down_revision = "0002_assertions"

_BYTEWISE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    # The default is for events that stand there already, and for those of processes that are not upgraded yet.
    op.add_column("elaas_events", sa.Column("batch", sa.Text(), nullable=False, server_default=""))
    op.add_column("elaas_events", sa.Column("salt", sa.Text(), nullable=True))
    op.add_column("elaas_events", sa.Column("erased_by", sa.Text(), nullable=True))
    op.create_index(op.f("ix_elaas_events_batch"), "elaas_events", ["batch"], unique=False)
    op.create_table(
        "elaas_audit_links",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("commitment", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_elaas_audit_links_batch"), "elaas_audit_links", ["batch"], unique=False)
    op.create_table(
        "elaas_audit_checkpoints",
        sa.Column("id", _BYTEWISE, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("schema", sa.Integer(), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("jws", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        op.f("ix_elaas_audit_checkpoints_chain"), "elaas_audit_checkpoints", ["chain"], unique=False
    )
