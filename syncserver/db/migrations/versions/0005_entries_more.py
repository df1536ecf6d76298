"""Entries, what is folded of them, devices, keys and snapshots, continued."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables, those first that others point to."""
    _create_recovered_entries()
    _create_rejected()
    _create_run_lines()
    _create_snapshot_files()
    _create_snapshots()
    _create_ticket_codes()
    _create_tickets()
    _create_uses()
    _create_wanted_snapshots()


def _create_recovered_entries() -> None:
    op.create_table(
        "recovered_entries",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("recovered_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_recovered_entries_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_recovered_entries")),
    )


def _create_rejected() -> None:
    op.create_table(
        "rejected",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_rejected_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected")),
        sa.UniqueConstraint("event_id", "digest", name=op.f("uq_rejected_event_id_digest")),
    )
    op.create_index("ix_rejected_reason", "rejected", ["event_id", "reason"], unique=False)


def _create_run_lines() -> None:
    op.create_table(
        "run_lines",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("is_forked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_run_lines_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "device", "run", name=op.f("pk_run_lines")),
    )


def _create_snapshot_files() -> None:
    op.create_table(
        "snapshot_files",
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_snapshot_files_event_id_events")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_snapshot_files")),
    )


def _create_snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("build_ms", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("catalogue_version", sa.BigInteger(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("admission", sa.LargeBinary(), nullable=False),
        sa.Column("ticket_count", sa.BigInteger(), nullable=False),
        sa.Column("use_count", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_snapshots_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
    )
    op.create_index("ix_snapshots_event", "snapshots", ["event_id", "build_ms"], unique=False)


def _create_ticket_codes() -> None:
    op.create_table(
        "ticket_codes",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_ticket_codes_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "code_hash", "ticket", name=op.f("pk_ticket_codes")),
    )


def _create_tickets() -> None:
    op.create_table(
        "tickets",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("facts", sa.LargeBinary(), nullable=False),
        sa.Column("is_issued", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=True),
        sa.Column("code_hash", sa.LargeBinary(), nullable=True),
        sa.Column("product_no", sa.BigInteger(), nullable=True),
        sa.Column("is_paid", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_cancelled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_blocked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_recovered", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("admissions", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("issued_ms", sa.BigInteger(), nullable=True),
        sa.Column("stated_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_tickets_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "ticket", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_product", "tickets", ["event_id", "product_no"], unique=False)


def _create_uses() -> None:
    op.create_table(
        "uses",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("device", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.BigInteger(), nullable=False),
        sa.Column("product_no", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("point_no", sa.BigInteger(), nullable=False),
        sa.Column("area_no", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("standing", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_uses_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_uses")),
    )
    op.create_index("ix_uses_device", "uses", ["event_id", "device"], unique=False)
    op.create_index("ix_uses_point", "uses", ["event_id", "point_no", "time_ms"], unique=False)
    op.create_index("ix_uses_standing", "uses", ["event_id", "standing"], unique=False)
    op.create_index("ix_uses_ticket", "uses", ["event_id", "ticket"], unique=False)


def _create_wanted_snapshots() -> None:
    op.create_table(
        "wanted_snapshots",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("taken_ms", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_wanted_snapshots_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "sha256", name=op.f("pk_wanted_snapshots")),
    )
