"""Price changes by date of variants that have a price of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision: str | None = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The version before never reads the table: to it the price of a variant stays what it is at first."""
    op.create_table(
        "variant_prices",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("variant_key", sa.Text(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_variant_prices_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_variant_prices_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "product_no", "variant_key", "from_ms", name=op.f("pk_variant_prices")),
    )
