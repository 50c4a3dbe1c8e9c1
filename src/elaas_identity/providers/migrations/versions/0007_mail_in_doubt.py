"""Whether nobody knows if the mail with a one-time code went out. Of flows under way it is not known to be so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007_mail_in_doubt"
down_revision = "0006_website_security"


def upgrade() -> None:
    # The default is for flows under way, and for processes that are not upgraded yet.
    op.add_column(
        "elaas_flows",
        sa.Column("mail_in_doubt", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
