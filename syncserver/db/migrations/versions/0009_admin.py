"""What the admin's pages read: entries by kind and time, what came back after a restore, who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_REFUSAL = sa.text("kind = 4")


def upgrade() -> None:
    """Add columns and indexes, then the new tables."""
    _index_entries()
    op.create_index("ix_uses_time", "uses", ["event_id", "time_ms", "digest"])
    _create_returned()
    _create_staff_actions()


def _index_entries() -> None:
    op.add_column("entries", sa.Column("point_no", sa.BigInteger(), nullable=True))
    op.drop_index("ix_entries_kind", "entries")
    op.create_index("ix_entries_kind_time", "entries", ["event_id", "kind", "time_ms", "digest"])
    op.create_index(
        "ix_entries_refused", "entries", ["event_id", "ticket"], sqlite_where=IS_REFUSAL, postgresql_where=IS_REFUSAL
    )


def _create_returned() -> None:
    op.create_table(
        "returned_statements",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.BigInteger(), nullable=False),
        sa.Column("returned_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_returned_statements_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "digest", name=op.f("pk_returned_statements")),
    )
    op.create_table(
        "returned_tickets",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("returned_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_returned_tickets_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "ticket", name=op.f("pk_returned_tickets")),
    )


def _create_staff_actions() -> None:
    op.create_table(
        "staff_actions",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", ROW_ID, nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_staff_actions_account_id_accounts")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_staff_actions_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_actions")),
    )
    op.create_index("ix_staff_actions_event", "staff_actions", ["event_id", "id"])
