"""Buyers' accounts: addresses proved by a link in a mail, and who is signed in. Links to single tickets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision: str | None = "0016"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """New tables."""
    op.create_table(
        "buyers",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=True),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyers")),
        sa.UniqueConstraint("key", name=op.f("uq_buyers_key")),
        sa.UniqueConstraint("mail_key", name=op.f("uq_buyers_mail_key")),
    )
    _links()
    _ticket_links()
    op.create_table(
        "buyer_sign_ins",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), nullable=False),
        sa.Column("proved_ms", sa.BigInteger(), nullable=True),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_buyer_sign_ins_buyer_id_buyers")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_buyer_sign_ins")),
    )
    op.create_index("ix_buyer_sign_ins_buyer_id", "buyer_sign_ins", ["buyer_id"])
    op.create_index("ix_buyer_sign_ins_expires_ms", "buyer_sign_ins", ["expires_ms"])


def _links() -> None:
    op.create_table(
        "buyer_links",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_buyer_links_event_id_events")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer_links")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_buyer_links_link_hash")),
        sa.UniqueConstraint("message_id", name=op.f("uq_buyer_links_message_id")),
        sa.UniqueConstraint("uid", name=op.f("uq_buyer_links_uid")),
    )
    op.create_index("ix_buyer_links_made_ms", "buyer_links", ["made_ms"])
    op.create_index("ix_buyer_links_mail_key", "buyer_links", ["mail_key"])


def _ticket_links() -> None:
    op.create_table(
        "ticket_links",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.Column("uid", sa.LargeBinary(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_ticket_links_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "ticket", name=op.f("pk_ticket_links")),
        sa.UniqueConstraint("link_hash", name=op.f("uq_ticket_links_link_hash")),
        sa.UniqueConstraint("uid", name=op.f("uq_ticket_links_uid")),
    )
    op.create_table(
        "opened_links",
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("link_hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("browser_hash", "link_hash", name=op.f("pk_opened_links")),
    )
