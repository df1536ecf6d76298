"""Widths of pictures made before their colours were turned into those of a screen."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision: str | None = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The running server makes them anew; until then pages show the picture as it came."""
    op.execute("DELETE FROM picture_sizes")
