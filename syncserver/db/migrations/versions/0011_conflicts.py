"""Conflicts with the use they collide with, what was decided, and whether the points were told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision: str | None = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns and indexes; conflicts found before count as told, or every point would hear of them again."""
    op.add_column("conflicts", sa.Column("other", sa.LargeBinary(), nullable=True))
    op.add_column("conflicts", sa.Column("ruling", sa.BigInteger(), nullable=True))
    op.add_column("conflicts", sa.Column("told_ms", sa.BigInteger(), nullable=True))
    op.execute("UPDATE conflicts SET told_ms = found_ms")
    _index("ix_conflicts_open", "conflicts", ["event_id", "found_ms", "digest"], "ruling IS NULL")
    _index("ix_conflicts_untold", "conflicts", ["event_id", "found_ms"], "told_ms IS NULL")
    _index("ix_run_lines_forked", "run_lines", ["event_id", "device", "run"], "is_forked")


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=condition, postgresql_where=condition)
