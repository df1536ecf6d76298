"""Sign-ins of buyers say in two words which device they are of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision: str | None = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column; sign-ins of before have none."""
    op.add_column("buyer_sign_ins", sa.Column("device", sa.Text(), nullable=True))
