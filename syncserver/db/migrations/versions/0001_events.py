"""Events and all their files say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those first that others point to."""
    _create_events()
    _create_pictures()
    _create_areas()
    _create_catalogues()
    _create_categories()
    _create_parking_areas()
    _create_products()
    _create_quotas()
    _create_texts()
    _create_vat_rates()
    _create_waves()
    _create_points()
    _create_product_prices()


def _create_events() -> None:
    op.create_table(
        "events",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("border_minute", sa.BigInteger(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_day", sa.Text(), nullable=False),
        sa.Column("last_day", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("currency_digits", sa.BigInteger(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("default_language", sa.Text(), nullable=False),
        sa.Column("sale_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("sale_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("organiser", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("catalogue_version", sa.BigInteger(), nullable=False),
        sa.Column("created_ms", sa.BigInteger(), nullable=False),
        sa.Column("facts_base_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("key", name=op.f("uq_events_key")),
        sa.UniqueConstraint("uid", name=op.f("uq_events_uid")),
    )


def _create_pictures() -> None:
    op.create_table(
        "pictures",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_pictures")),
    )


def _create_areas() -> None:
    op.create_table(
        "areas",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_areas_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("pk_areas")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_areas_event_id_key")),
    )


def _create_catalogues() -> None:
    op.create_table(
        "catalogues",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_catalogues_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "version", name=op.f("pk_catalogues")),
    )


def _create_categories() -> None:
    op.create_table(
        "categories",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_categories_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_categories")),
    )


def _create_parking_areas() -> None:
    op.create_table(
        "parking_areas",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_parking_areas_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_parking_areas")),
    )


def _create_products() -> None:
    op.create_table(
        "products",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("vat", sa.Text(), nullable=False),
        sa.Column("sale_from_ms", sa.BigInteger(), nullable=True),
        sa.Column("sale_until_ms", sa.BigInteger(), nullable=True),
        sa.Column("per_ticket_max", sa.BigInteger(), nullable=True),
        sa.Column("per_person_max", sa.BigInteger(), nullable=True),
        sa.Column("per_order_max", sa.BigInteger(), nullable=True),
        sa.Column("picture", sa.LargeBinary(), nullable=True),
        sa.Column("pieces", sa.BigInteger(), nullable=False),
        sa.Column("is_secret", sa.Boolean(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("needs_plate", sa.Boolean(), nullable=False),
        sa.Column("parking", sa.Text(), nullable=True),
        sa.Column("wave", sa.Text(), nullable=True),
        sa.Column("attention", sa.Text(), nullable=True),
        sa.Column("offline", sa.Text(), nullable=True),
        sa.Column("refund", sa.Text(), nullable=True),
        sa.Column("admission", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_products_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("pk_products")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_products_event_id_key")),
    )


def _create_quotas() -> None:
    op.create_table(
        "quotas",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("taken >= 0", name=op.f("ck_quotas_taken_not_negative")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_quotas_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotas")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_quotas_event_id_key")),
    )


def _create_texts() -> None:
    op.create_table(
        "texts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_texts_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "subject", "key", "field", "language", name=op.f("pk_texts")),
    )


def _create_vat_rates() -> None:
    op.create_table(
        "vat_rates",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("rate_bp", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_vat_rates_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vat_rates")),
        sa.UniqueConstraint("event_id", "key", "from_ms", name=op.f("uq_vat_rates_event_id_key_from_ms")),
    )


def _create_waves() -> None:
    op.create_table(
        "waves",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_waves_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "key", name=op.f("pk_waves")),
    )


def _create_points() -> None:
    op.create_table(
        "points",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("area_no", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Text(), nullable=True),
        sa.Column("hours", sa.Text(), nullable=False),
        sa.Column("lanes", sa.Text(), nullable=False),
        sa.Column("lets_in", sa.Boolean(), nullable=False),
        sa.Column("lets_out", sa.Boolean(), nullable=False),
        sa.Column("offline", sa.Text(), nullable=False),
        sa.Column("view_age_minutes_max", sa.BigInteger(), nullable=True),
        sa.Column("confirm", sa.Text(), nullable=False),
        sa.Column("allows_unpaid", sa.Boolean(), nullable=False),
        sa.Column("is_unattended", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "area_no"], ["areas.event_id", "areas.no"], name=op.f("fk_points_event_id_areas")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_points_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("pk_points")),
        sa.UniqueConstraint("event_id", "key", name=op.f("uq_points_event_id_key")),
    )


def _create_product_prices() -> None:
    op.create_table(
        "product_prices",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_product_prices_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_product_prices_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "product_no", "from_ms", name=op.f("pk_product_prices")),
    )
