"""Vouchers and their offers, discounts of orders, the price a basket keeps, and whom an invoice is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision: str | None = "0011"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those first that others point to."""
    _create_offers()
    _create_vouchers()
    _create_uses()
    _add_columns()


def _create_offers() -> None:
    op.create_table(
        "offer_products",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_offer_products_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "offer_key", "role", "product_no", name=op.f("pk_offer_products")),
    )
    op.create_table(
        "offers",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=True),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.Column("uses_max", sa.BigInteger(), nullable=False),
        sa.Column("per_person_max", sa.BigInteger(), nullable=True),
        sa.Column("per_order_max", sa.BigInteger(), nullable=True),
        sa.Column("percent_bp", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_offers_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_offers")),
    )
    op.create_table(
        "reserves",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_key", sa.Text(), nullable=False),
        sa.Column("quota_id", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint('"left" >= 0', name=op.f("ck_reserves_left_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_reserves_event_id_events")),
        sa.ForeignKeyConstraint(["quota_id"], ["quotas.id"], name=op.f("fk_reserves_quota_id_quotas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reserves")),
        sa.UniqueConstraint("event_id", "offer_key", "quota_id", name=op.f("uq_reserves_event_id_offer_key_quota_id")),
    )
    op.create_index("ix_reserves_quota_id", "reserves", ["quota_id"])


def _create_vouchers() -> None:
    op.create_table(
        "voucher_batches",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("offer_key", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_voucher_batches_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_batches")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_voucher_batches_event_id_key")),
    )
    op.create_index("ix_voucher_batches_event", "voucher_batches", ["event_id", "id"])
    op.create_table(
        "vouchers",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("offer_key", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("uses_max", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("withdrawn_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("used >= 0", name=op.f("ck_vouchers_used_not_negative")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["voucher_batches.id"], name=op.f("fk_vouchers_batch_id_voucher_batches")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_vouchers_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vouchers")),
        sa.UniqueConstraint("event_id", "code_hash", name=op.f("uq_vouchers_event_id_code_hash")),
    )
    op.create_index("ix_vouchers_batch", "vouchers", ["batch_id", "number"])
    op.create_index("ix_vouchers_offer", "vouchers", ["event_id", "offer_key"])


def _create_uses() -> None:
    op.create_table(
        "order_discounts",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_order_discounts_amount_positive")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_order_discounts_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_order_discounts_order_id_orders")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_order_discounts_voucher_id_vouchers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_discounts")),
        sa.UniqueConstraint("order_id", "place", name=op.f("uq_order_discounts_order_id_place")),
    )
    op.create_table(
        "voucher_claims",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("voucher_id", sa.BigInteger(), nullable=False),
        sa.Column("basket_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["basket_id"], ["baskets.id"], name=op.f("fk_voucher_claims_basket_id_baskets")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_voucher_claims_event_id_events")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_voucher_claims_order_id_orders")),
        sa.ForeignKeyConstraint(["voucher_id"], ["vouchers.id"], name=op.f("fk_voucher_claims_voucher_id_vouchers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_claims")),
    )
    op.create_index("ix_voucher_claims_basket_id", "voucher_claims", ["basket_id"])
    op.create_index("ix_voucher_claims_lapsing", "voucher_claims", ["voucher_id", "state", "expires_ms"])
    op.create_index("ix_voucher_claims_order_id", "voucher_claims", ["order_id"])


def _add_columns() -> None:
    op.add_column("basket_lines", sa.Column("price_minor", sa.BigInteger(), nullable=True))
    op.add_column("holds", sa.Column("reserve_id", sa.BigInteger(), nullable=True))
    op.add_column("orders", sa.Column("invoice", sa.Text(), nullable=True))
