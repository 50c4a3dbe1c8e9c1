"""What an erasure of events erased: the places in the chain, and the cutoff. Earlier statements say neither."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_accounts"
down_revision = "0007_mail_in_doubt"


def upgrade() -> None:
    op.add_column("elaas_events", sa.Column("erases", sa.Text(), nullable=True))
    op.add_column("elaas_events", sa.Column("cutoff", sa.DateTime(timezone=True), nullable=True))
