"""How people gave money back that a provider had refused to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision: str | None = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new column, empty in every row."""
    op.add_column("refunds", sa.Column("by_hand", sa.Text(), nullable=True))
