"""Passkeys of buyers' accounts, what they were asked to sign, and mails about changes to signing in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision: str | None = "0019"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables."""
    op.create_table(
        "buyer_passkeys",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_buyer_passkeys_buyer_id_buyers")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_buyer_passkeys_credential_id")),
    )
    op.create_index("ix_buyer_passkeys_buyer_id", "buyer_passkeys", ["buyer_id"])
    _challenges()
    _notices()


def _challenges() -> None:
    op.create_table(
        "buyer_challenges",
        sa.Column("challenge_hash", sa.LargeBinary(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f("pk_buyer_challenges")),
    )
    op.create_index("ix_buyer_challenges_browser_hash", "buyer_challenges", ["browser_hash"])
    op.create_index("ix_buyer_challenges_expires_ms", "buyer_challenges", ["expires_ms"])


def _notices() -> None:
    op.create_table(
        "buyer_notices",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_buyer_notices_buyer_id_buyers")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_buyer_notices_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_notices")),
        sa.UniqueConstraint("message_id", name=op.f("uq_buyer_notices_message_id")),
    )
    op.create_index("ix_buyer_notices_made_ms", "buyer_notices", ["made_ms"])
