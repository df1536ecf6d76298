"""SQL of mails that tell an account's owner what was changed about signing in."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from syncserver.db.tables_buyers import buyer_notices, buyers


@dataclass(frozen=True, slots=True)
class NewNotice:
    """A mail that is asked for."""

    event_id: int
    buyer_id: int
    kind: str
    language: str
    message_id: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """The same with the account's address."""

    id: int
    event_id: int
    mail: str
    kind: str
    language: str
    message_id: str
    made_ms: int
    sent_ms: int | None


def add(tx: Connection, new: NewNotice) -> int:
    """Ask for a mail; its number."""
    values = {name: getattr(new, name) for name in NewNotice.__dataclass_fields__}
    return int(tx.execute(insert(buyer_notices).values(**values).returning(buyer_notices.c.id)).scalar_one())


def count_since(tx: Connection, buyer_id: int, since_ms: int) -> int:
    """How many an account was asked for since then."""
    c = buyer_notices.c
    mine = select(func.count()).select_from(buyer_notices).where(c.buyer_id == buyer_id, c.made_ms > since_ms)
    return int(tx.execute(mine).scalar_one())


def get(tx: Connection, notice_id: int) -> NoticeRow | None:
    """One by its number; None once it is forgotten."""
    c = buyer_notices.c
    wanted = [c.id, c.event_id, buyers.c.mail, c.kind, c.language, c.message_id, c.made_ms, c.sent_ms]
    row = tx.execute(select(*wanted).join(buyers, buyers.c.id == c.buyer_id).where(c.id == notice_id)).first()
    return None if row is None else NoticeRow(**row._asdict())


def sent(tx: Connection, notice_id: int, now_ms: int) -> None:
    """A mail server has taken it."""
    tx.execute(update(buyer_notices).where(buyer_notices.c.id == notice_id).values(sent_ms=now_ms))


def forget_old(tx: Connection, before_ms: int) -> None:
    """Drop those that were sent and are older."""
    over = (buyer_notices.c.made_ms < before_ms) & buyer_notices.c.sent_ms.is_not(None)
    tx.execute(delete(buyer_notices).where(over))
