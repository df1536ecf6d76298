"""Up to which entry a device had everything: whether a message has reached it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision: str | None = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new column; empty until the device's next status."""
    op.add_column("devices", sa.Column("heard_position", sa.BigInteger(), nullable=True))
