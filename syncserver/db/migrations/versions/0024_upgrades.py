"""Tickets that can become other tickets, and which of them did in which order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision: str | None = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two new tables, and which lines and positions have to do with such a change; before it there was none."""
    _create_product_upgrades()
    _create_upgrades()
    _add_flag("order_positions", "is_upgrade")
    _add_flag("order_positions", "is_replaced")
    _add_flag("basket_lines", "is_upgrade")


def _add_flag(table: str, name: str) -> None:
    op.add_column(table, sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))


def _create_product_upgrades() -> None:
    op.create_table(
        "product_upgrades",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("upgrade_no", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_product_upgrades_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_product_upgrades_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "product_no", "upgrade_no", name=op.f("pk_product_upgrades")),
    )


def _create_upgrades() -> None:
    op.create_table(
        "upgrades",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("before_order_id", sa.BigInteger(), nullable=False),
        sa.Column("before_place", sa.BigInteger(), nullable=False),
        sa.Column("before_product_no", sa.BigInteger(), nullable=False),
        sa.Column("before_variant_key", sa.Text(), nullable=True),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_upgrades_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_upgrades_order_id_orders")),
        sa.PrimaryKeyConstraint("order_id", "place", name=op.f("pk_upgrades")),
    )
    op.create_index("ix_upgrades_ticket", "upgrades", ["ticket"])
