"""What the control room reads: figures of a day, flags, people by name, lists of orders, payments and jobs."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision: str | None = "0009"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
IS_FLAGGED = sa.text("flags <> 0")
BATCH = 5_000


def upgrade() -> None:
    """Add columns and indexes, then the new tables, filled from what is there."""
    _index_facts()
    _index_shop()
    _create_tables()
    _add_event_to_jobs()
    _fill_words()


def _index_facts() -> None:
    op.add_column("uses", sa.Column("flags", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_index("ix_entries_state", "entries")
    op.create_index("ix_entries_state", "entries", ["event_id", "state", "position"])
    op.create_index("ix_rejected_event", "rejected", ["event_id", "id"])
    day = ["event_id", "day", "point_no", "product_no", "kind", "state", "quantity", "time_ms"]
    op.create_index("ix_uses_day", "uses", day)
    op.create_index(
        "ix_uses_flagged",
        "uses",
        ["event_id", "time_ms", "digest"],
        sqlite_where=IS_FLAGGED,
        postgresql_where=IS_FLAGGED,
    )
    op.create_index("ix_conflicts_found", "conflicts", ["event_id", "found_ms", "digest"])
    op.create_index("ix_staff_actions_subject", "staff_actions", ["event_id", "subject", "id"])


def _index_shop() -> None:
    op.create_index("ix_orders_event", "orders", ["event_id", "id"])
    op.add_column("orders", sa.Column("mail_key", sa.Text(), nullable=True))
    op.execute("UPDATE orders SET mail_key = lower(mail)")
    op.create_index("ix_orders_mail", "orders", ["event_id", "mail_key", "id"])
    op.create_index("ix_holders_order_id", "holders", ["order_id"])
    op.create_index("ix_payments_event", "payments", ["event_id", "id"])
    op.create_index("ix_payments_event_state", "payments", ["event_id", "state", "id"])
    op.create_index("ix_refunds_payment_id", "refunds", ["payment_id"])
    op.create_index("ix_mails_order_id", "mails", ["order_id"])


def _create_tables() -> None:
    word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "holder_words",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("word", word, nullable=False),
        sa.Column("ticket", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_holder_words_event_id_events")),
        sa.PrimaryKeyConstraint("event_id", "word", "ticket", name=op.f("pk_holder_words")),
    )
    op.create_index("ix_holder_words_ticket", "holder_words", ["event_id", "ticket", "word"])
    op.create_table(
        "reconciliations",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("strays", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliations")),
    )


def _add_event_to_jobs() -> None:
    op.add_column("jobs", sa.Column("event_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_jobs_event", "jobs", ["event_id", "state", "id"])
    tx = op.get_bind()
    found = tx.execute(sa.text("SELECT id, name, args FROM jobs WHERE state <> 'done'")).all()
    for job_id, name, args in found:
        event_id = _event_of(tx, name, json.loads(args))
        tx.execute(sa.text("UPDATE jobs SET event_id = :event WHERE id = :id"), {"event": event_id, "id": job_id})


def _event_of(tx: sa.Connection, name: str, args: dict[str, object]) -> object:
    if "event_id" in args:
        return args["event_id"]
    look_ups = {
        "send_mail": ("SELECT event_id FROM mails WHERE id = :it", "mail_id"),
        "check_payment": ("SELECT event_id FROM payments WHERE id = :it", "payment_id"),
        "refund_payment": ("SELECT event_id FROM refunds WHERE key = :it", "key"),
    }
    query, field = look_ups.get(name, ("", ""))
    return tx.execute(sa.text(query), {"it": args.get(field)}).scalar() if query else None


def _fill_words() -> None:
    """Names as they are; the words of new holders are written by the code from now on."""
    tx = op.get_bind()
    holders = sa.table("holders", sa.column("event_id"), sa.column("ticket"), sa.column("name"))
    words = sa.table("holder_words", sa.column("event_id"), sa.column("word"), sa.column("ticket"))
    batch: list[dict[str, object]] = []
    for row in tx.execute(sa.select(holders.c.event_id, holders.c.ticket, holders.c.name)).all():
        batch += [{"event_id": row.event_id, "word": word, "ticket": row.ticket} for word in _words(row.name)]
        if len(batch) >= BATCH:
            tx.execute(words.insert(), batch)
            batch = []
    if batch:
        tx.execute(words.insert(), batch)


def _words(name: str) -> Iterator[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    spaced = "".join(one if one.isalnum() else " " for one in plain)
    yield from sorted({word[:40] for word in spaced.split()})[:12]
