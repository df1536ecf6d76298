"""What buyers answer to the questions of products, piece by piece: while in a basket, then with the order's position.

Personal data, as names are: sealed into snapshots with the holder, and in no log.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Table

from syncserver.db.base import big, event_id, metadata, text

basket_answers = Table(
    "basket_answers",
    metadata,
    Column("line_id", BigInteger, ForeignKey("basket_lines.id", ondelete="CASCADE"), primary_key=True),
    big("unit", primary_key=True),  # of the line's quantity, from 1
    text("question", primary_key=True),  # its key
    text("answer"),  # as common.questions has it
    event_id(),
    CheckConstraint("unit > 0", name="unit_positive"),
)

order_answers = Table(
    "order_answers",
    metadata,
    Column("order_id", BigInteger, ForeignKey("orders.id"), primary_key=True),
    big("place", primary_key=True),  # of the position
    big("unit", primary_key=True),
    text("question", primary_key=True),
    text("answer"),
    event_id(),
    CheckConstraint("unit > 0", name="unit_positive"),
    Index("ix_order_answers_event", "event_id", "order_id"),
)
