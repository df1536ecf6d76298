"""SQL of mails: which were asked for and which a server has taken."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from syncserver.db.tables_shop import mails
from syncserver.stores.prepared import Prepared, insert_of


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail about an order."""

    id: int
    event_id: int
    order_id: int
    kind: str
    message_id: str
    asked_ms: int
    sent_ms: int | None
    return_id: int | None = None
    change_id: int | None = None


def add(
    tx: Connection,
    event_id: int,
    order_id: int,
    kind: str,
    message_id: str,
    now_ms: int,
    about: tuple[int | None, int | None] = (None, None),
) -> int:
    """Note that a mail is wanted, about (a return, a change of address) if it is one's; its number."""
    row = {"event_id": event_id, "order_id": order_id, "kind": kind, "message_id": message_id, "asked_ms": now_ms}
    return int(_ADD(tx, **row, return_id=about[0], change_id=about[1]).scalar_one())


_ADD = insert_of(
    mails, ("event_id", "order_id", "kind", "message_id", "asked_ms", "return_id", "change_id"), mails.c.id
)


def get(tx: Connection, mail_id: int) -> MailRow:
    """One mail."""
    return MailRow(*_GET(tx, mail_id=mail_id).one())


_COLUMNS = [mails.c[name] for name in MailRow.__dataclass_fields__]
_GET = Prepared(lambda mail_id: select(*_COLUMNS).where(mails.c.id == mail_id))


def sent(tx: Connection, mail_id: int, now_ms: int) -> None:
    """A mail server has taken it."""
    _SENT(tx, mail_id=mail_id, now_ms=now_ms)


_SENT = Prepared(lambda mail_id, now_ms: update(mails).where(mails.c.id == mail_id).values(sent_ms=now_ms))


def of_order(tx: Connection, order_id: int) -> tuple[MailRow, ...]:
    """Mails about an order, oldest first."""
    return tuple(MailRow(*row) for row in _OF_ORDER(tx, order_id=order_id))


_OF_ORDER = Prepared(lambda order_id: select(*_COLUMNS).where(mails.c.order_id == order_id).order_by(mails.c.id))
