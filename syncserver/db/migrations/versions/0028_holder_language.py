"""Which language the holder of a ticket in a basket speaks, where that is another one than the buyer's."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision: str | None = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody has chosen one in a basket of before, and the version before neither reads nor writes it."""
    op.add_column("basket_lines", sa.Column("holder_language", sa.Text(), server_default="", nullable=False))
