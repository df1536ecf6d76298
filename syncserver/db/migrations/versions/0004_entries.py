"""Entries, what is folded of them, devices, keys and snapshots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision: str | None = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those first that others point to."""
    _create_badges()
    _create_causes()
    _create_conflicts()
    _create_cover_lines()
    _create_devices()
    _create_enrolment_codes()
    _create_entitlements()
    _create_entries()
    _create_event_facts()
    _create_fact_runs()
    _create_fact_statements()
    _create_key_lists()
    _create_projections()


def _create_badges() -> None:
    op.create_table(
        "badges",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("badge", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_badges_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "badge", name=op.f("pk_badges")),
    )


def _create_causes() -> None:
    op.create_table(
        "causes",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.BigInteger(), nullable=False),
        sa.Column("cause", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_causes_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "kind", "cause", name=op.f("pk_causes")),
    )


def _create_conflicts() -> None:
    op.create_table(
        "conflicts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("found_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_conflicts_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_conflicts")),
    )
    op.create_index("ix_conflicts_ticket", "conflicts", ["event_id", "ticket"], unique=False)


def _create_cover_lines() -> None:
    op.create_table(
        "cover_lines",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_cover_lines_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "device", "run", name=op.f("pk_cover_lines")),
    )


def _create_devices() -> None:
    op.create_table(
        "devices",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("point_no", sa.BigInteger(), nullable=True),
        sa.Column("is_server", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_revoked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_forked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_remembered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("statement", sa.LargeBinary(), nullable=True),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_seen_ms", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_devices_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "device", name=op.f("pk_devices")),
    )


def _create_enrolment_codes() -> None:
    op.create_table(
        "enrolment_codes",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("point_no", sa.BigInteger(), nullable=True),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_enrolment_codes_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_codes")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrolment_codes_code_hash")),
    )


def _create_entitlements() -> None:
    op.create_table(
        "entitlements",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_entitlements_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "ticket", "product_no", name=op.f("pk_entitlements")),
    )
    op.create_index("ix_entitlements_product", "entitlements", ["event_id", "product_no"], unique=False)


def _create_entries() -> None:
    op.create_table(
        "entries",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=True),
        sa.Column("kind", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("operator", sa.LargeBinary(), nullable=True),
        sa.Column("ticket", sa.LargeBinary(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_entries_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "position", name=op.f("pk_entries")),
        sa.UniqueConstraint("event_id", "digest", name=op.f("uq_entries_event_id_digest")),
    )
    op.create_index("ix_entries_identity", "entries", ["event_id", "device", "run", "number"], unique=False)
    op.create_index("ix_entries_kind", "entries", ["event_id", "kind"], unique=False)
    op.create_index("ix_entries_state", "entries", ["event_id", "state"], unique=False)


def _create_event_facts() -> None:
    op.create_table(
        "event_facts",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("fact", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_event_facts_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_event_facts")),
    )


def _create_fact_runs() -> None:
    op.create_table(
        "fact_runs",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_fact_runs_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("pk_fact_runs")),
        sa.UniqueConstraint("event_id", "device", "run", name=op.f("uq_fact_runs_event_id_device_run")),
    )


def _create_fact_statements() -> None:
    op.create_table(
        "fact_statements",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.Column("run_no", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.LargeBinary(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_fact_statements_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "no", name=op.f("pk_fact_statements")),
        sa.UniqueConstraint("event_id", "digest", name=op.f("uq_fact_statements_event_id_digest")),
    )


def _create_key_lists() -> None:
    op.create_table(
        "key_lists",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_key_lists_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "version", name=op.f("pk_key_lists")),
    )


def _create_projections() -> None:
    op.create_table(
        "projections",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_projections_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_projections")),
    )
