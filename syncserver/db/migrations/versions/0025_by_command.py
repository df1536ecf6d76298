"""What is done by command on the server stands among what people do: such a deed has no account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision: str | None = "0024"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """The version before never writes such a row and passes over those that are there."""
    with op.batch_alter_table("staff_actions") as table:
        table.alter_column("account_id", existing_type=ROW_ID, nullable=True)
