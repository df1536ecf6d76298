"""What buyers and staff give back: by order and line, and which refunds, holds and mails belong to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision: str | None = "0012"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add columns, then the tables. Holds of before name no position: they are found by their quota."""
    op.add_column("holds", sa.Column("place", sa.BigInteger(), nullable=True))
    op.add_column("order_positions", sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("refunds", sa.Column("refused_ms", sa.BigInteger(), nullable=True))
    op.add_column("refunds", sa.Column("return_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_refunds_return_id", "refunds", ["return_id"])
    op.add_column("mails", sa.Column("return_id", sa.BigInteger(), nullable=True))
    _create_returns()


def _create_returns() -> None:
    op.create_table(
        "returns",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("asked_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_returns_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_returns_order_id_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_returns")),
        sa.UniqueConstraint("key", name=op.f("uq_returns_key")),
    )
    op.create_index("ix_returns_order_id", "returns", ["order_id"])
    op.create_index("ix_returns_event", "returns", ["event_id", "id"])
    op.create_table(
        "return_lines",
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_lines_quantity_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_return_lines_event_id_events")),
        sa.ForeignKeyConstraint(["return_id"], ["returns.id"], name=op.f("fk_return_lines_return_id_returns")),
        sa.PrimaryKeyConstraint("return_id", "place", name=op.f("pk_return_lines")),
    )
