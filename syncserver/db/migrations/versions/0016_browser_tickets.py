"""Tickets a browser has shown the code of: received from a friend, and good to put items on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision: str | None = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "browser_tickets",
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_browser_tickets_event_id_events")),
        sa.PrimaryKeyConstraint("browser_hash", "event_id", "ticket", name=op.f("pk_browser_tickets")),
    )
