"""Which code of a ticket a browser has shown: after a new one the right it gave is over.

Rows of before say no code, and neither do those that the version before writes: they count as long as the ticket never
got another code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision: str | None = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("browser_tickets", sa.Column("code_hash", sa.LargeBinary(), nullable=True))
