"""Asking for a mail: a row with its Message-ID and a job, in the transaction of what the mail tells."""

from __future__ import annotations

import secrets
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from syncserver.jobs.queue import enqueue
from syncserver.stores import mail as store
from syncserver.stores.orders import OrderRow

MAIL_QUEUE = "mail"  # somebody has just asked for it and looks whether it has come
UNASKED_MAIL_QUEUE = "mail_unasked"  # goes behind pages where a server has more to do than it can
SEND_MAIL = "send_mail"


class MailKind(StrEnum):
    """What a mail tells the buyer."""

    TICKETS = "tickets"  # paid: here are the passes
    REFUNDED = "refunded"  # paid too late and sold out, or otherwise wrong: the money goes back
    RETURNED = "returned"  # given back by the buyer, by staff, or because the event is cancelled
    LINKS = "links"  # all orders of the address, to who has lost them
    CONFIRM = "confirm"  # to a new address: is it yours?
    MOVED = "moved"  # to the old address: mails go elsewhere now


class SendMail(msgspec.Struct, frozen=True):
    """Arguments of the job."""

    mail_id: int


def ask_mail(
    tx: Connection,
    order: OrderRow,
    kind: MailKind,
    now_ms: int,
    return_id: int | None = None,
    change_id: int | None = None,
    *,
    is_awaited: bool = False,
) -> int:
    """Ask for one mail about an order; its number. A mail sent twice by chance has one Message-ID.

    `is_awaited`: somebody sits before their mail and waits for this one.
    """
    # The domain is added when it is sent: it is the sender's, which the event file may change.
    message_id = secrets.token_hex(16)
    mail_id = store.add(tx, order.event_id, order.id, kind.value, message_id, now_ms, (return_id, change_id))
    queue = MAIL_QUEUE if is_awaited else UNASKED_MAIL_QUEUE
    enqueue(tx, queue, SEND_MAIL, SendMail(mail_id), str(mail_id), now_ms, event_id=order.event_id)
    return mail_id
