"""What buyers answer to the questions of products; notes for the gate, written by staff."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision: str | None = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables, one column."""
    op.create_table(
        "basket_answers",
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit > 0", name=op.f("ck_basket_answers_unit_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_basket_answers_event_id_events")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["basket_lines.id"], name=op.f("fk_basket_answers_line_id_basket_lines"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("line_id", "unit", "question", name=op.f("pk_basket_answers")),
    )
    op.create_table(
        "order_answers",
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.BigInteger(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("unit > 0", name=op.f("ck_order_answers_unit_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_order_answers_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_answers_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "place", "unit", "question", name=op.f("pk_order_answers")),
    )
    op.create_index("ix_order_answers_event", "order_answers", ["event_id", "order_id"])
    op.add_column("holders", sa.Column("gate_note", sa.Text(), nullable=False, server_default=""))
