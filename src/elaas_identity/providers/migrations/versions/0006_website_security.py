"""Which issued passwords this library made, and fingerprints of the last passwords where a policy asks for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_website_security"
down_revision = "0003_account_life"


def upgrade() -> None:
    # The defaults are for accounts that stand there already, and for processes that are not upgraded yet.
    op.add_column(
        "elaas_accounts",
        sa.Column("password_is_generated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "elaas_accounts", sa.Column("password_fingerprints", sa.Text(), nullable=False, server_default="[]")
    )
    op.add_column("elaas_flows", sa.Column("new_password_fingerprint", sa.Text(), nullable=True))
