"""Events and all their files say, continued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision: str | None = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those first that others point to."""
    _create_product_quotas()
    _create_product_requires()
    _create_questions()
    _create_variants()
    _create_point_products()


def _create_product_quotas() -> None:
    op.create_table(
        "product_quotas",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("variant_key", sa.Text(), nullable=True),
        sa.Column("quota_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_product_quotas_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_product_quotas_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_quotas")),
        sa.UniqueConstraint(
            "event_id",
            "product_no",
            "variant_key",
            "quota_key",
            name=op.f("uq_product_quotas_event_id_product_no_variant_key_quota_key"),
        ),
    )


def _create_product_requires() -> None:
    op.create_table(
        "product_requires",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("required_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_product_requires_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_product_requires_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "product_no", "required_no", name=op.f("pk_product_requires")),
    )


def _create_questions() -> None:
    op.create_table(
        "questions",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("ask", sa.Text(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_questions_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_questions_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "product_no", "key", name=op.f("pk_questions")),
    )


def _create_variants() -> None:
    op.create_table(
        "variants",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"], ["products.event_id", "products.no"], name=op.f("fk_variants_event_id_products")
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_variants_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variants")),
        sa.UniqueConstraint("event_id", "product_no", "key", name=op.f("uq_variants_event_id_product_no_key")),
    )


def _create_point_products() -> None:
    op.create_table(
        "point_products",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("point_no", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id", "point_no"], ["points.event_id", "points.no"], name=op.f("fk_point_products_event_id_points")
        ),
        sa.ForeignKeyConstraint(
            ["event_id", "product_no"],
            ["products.event_id", "products.no"],
            name=op.f("fk_point_products_event_id_products"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_point_products_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "point_no", "product_no", name=op.f("pk_point_products")),
    )
