"""Which variants a use handed out, as its device says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision: str | None = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new table."""
    op.create_table(
        "handed_out",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("variant_key", sa.Text(), nullable=False),
        sa.Column("bought_key", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_handed_out_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", "variant_key", "bought_key", name=op.f("pk_handed_out")),
    )
