"""What the code of a flow was made as, whatever the policy says by now. Of flows under way it is not known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009_code_as_made"
down_revision = "0008_sessions"


def upgrade() -> None:
    op.add_column("elaas_flows", sa.Column("one_time_code_digits", sa.Integer(), nullable=True))
    op.add_column(
        "elaas_flows", sa.Column("one_time_code_asked_at", sa.DateTime(timezone=True), nullable=True)
    )
