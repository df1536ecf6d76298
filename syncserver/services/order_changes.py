"""Putting an order right after the purchase: mails sent again, links found again, address and names corrected.

A correction never makes a new code: names stand in no pass. Whoever has an order's address may correct it; a new
address for mails counts only once whoever reads there has confirmed it, and the old one is told.
"""

from __future__ import annotations

import secrets
from enum import StrEnum

import msgspec
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.jobs.model import Handler, JobContext
from syncserver.jobs.queue import enqueue
from syncserver.services.basket import NAME_CHARS_MAX, tidy
from syncserver.services.catalogue import ShopEvent
from syncserver.services.mail_queue import MAIL_QUEUE, MailKind, ask_mail
from syncserver.services.orders import UID_BYTES, OrderLinks, checked_mail, link_hash
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import mail as mail_store
from syncserver.stores import order_changes as store
from syncserver.stores import orders, returns
from syncserver.stores.order_changes import MailChangeRow, NewMailChange, NoteRow
from syncserver.stores.orders import OrderRow

FIND_LOST = "find_lost_mail"
AGAIN_MS, DAY_MS = 60_000, 86_400_000
RESENDS_A_DAY_MAX = 5
CHANGES_A_DAY_MAX = 5
CONFIRM_MS = DAY_MS  # how long a new address can be confirmed
RENAMES_MAX = 3  # of one ticket, by whoever has the order's address; staff may go on


class NoteKind(StrEnum):
    """What was put right; stored with the note."""

    NAME = "name"
    MAIL = "mail"
    VARIANT = "variant"
    ANSWER = "answer"


class FindLost(msgspec.Struct, frozen=True):
    """Arguments of the job that looks an address up."""

    lost_id: int


class OrderChanges:
    """Use cases of corrections."""

    def __init__(self, db: Database, clock: Clock, links: OrderLinks) -> None:
        self._db, self._clock, self._links = db, clock, links

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `mail` carries out."""
        return {FIND_LOST: self._find_lost}

    def resend(self, order_id: int) -> None:
        """The tickets by mail once more: once a minute, five times a day. Raises CannotBuy."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            order = _open_order(tx, order_id)
            asked = [one.asked_ms for one in mail_store.of_order(tx, order_id) if one.kind == MailKind.TICKETS.value]
            today = [at for at in asked if now_ms - at < DAY_MS]
            if len(today) > RESENDS_A_DAY_MAX:
                raise _too_many(min(today) + DAY_MS - now_ms)
            if today and now_ms - today[-1] < AGAIN_MS:
                raise _too_many(today[-1] + AGAIN_MS - now_ms)
            ask_mail(tx, order, MailKind.TICKETS, now_ms, is_awaited=True)

    def ask_links(self, event_id: int, mail: str) -> None:
        """Send all links of an address there. The same work is done here whether it has any. Raises CannotBuy."""
        mail_key, now_ms = checked_mail(mail).lower(), self._clock.now_ms()
        with self._db.write() as tx:
            lost_id = store.add_lost_mail(tx, event_id, mail_key, now_ms)
            enqueue(tx, MAIL_QUEUE, FIND_LOST, FindLost(lost_id), str(lost_id), now_ms, event_id=event_id)

    def _find_lost(self, job: JobContext) -> None:
        with job.finishing() as tx:
            asked = store.take_lost_mail(tx, job.args(FindLost).lost_id)
            found = orders.by_mail(tx, *asked, 1) if asked else ()
            if found:
                ask_mail(tx, found[0], MailKind.LINKS, self._clock.now_ms(), is_awaited=True)

    def ask_mail_change(self, order_id: int, mail: str) -> None:
        """Ask whoever reads at a new address to confirm it. Raises CannotBuy."""
        mail, now_ms, uid = checked_mail(mail), self._clock.now_ms(), secrets.token_bytes(UID_BYTES)
        with self._db.write() as tx:
            order = orders.get(tx, order_id, lock=True)
            asked = [one.asked_ms for one in mail_store.of_order(tx, order_id) if one.kind == MailKind.CONFIRM.value]
            today = [at for at in asked if now_ms - at < DAY_MS]
            if len(today) >= CHANGES_A_DAY_MAX:
                raise _too_many(min(today) + DAY_MS - now_ms)
            change_id = store.add_mail_change(tx, self._change(order, mail, uid, now_ms))
            ask_mail(tx, order, MailKind.CONFIRM, now_ms, change_id=change_id, is_awaited=True)

    def mail_change(self, token: str) -> MailChangeRow | None:
        """The change this confirmation is for, while it can be confirmed or was."""
        with self._db.read() as tx:
            return self._live(tx, token)

    def confirm_mail(self, token: str) -> MailChangeRow | None:
        """Whoever reads at the new address confirms it: mails go there, and the old address is told."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            change = self._live(tx, token)
            if change is not None and change.done_ms is None:
                order = orders.get(tx, change.order_id, lock=True)
                store.mail_changed(tx, change.id, now_ms)
                _move_mail(tx, order, change.new_mail, change.id, NoteRow(NoteKind.MAIL.value, "", None, now_ms))
            return change

    def set_mail(self, tx: Connection, order: OrderRow, mail: str, who: str) -> None:
        """Staff correct the address at once; both addresses are told. Raises CannotBuy."""
        mail, now_ms = checked_mail(mail), self._clock.now_ms()
        change = self._change(order, mail, secrets.token_bytes(UID_BYTES), now_ms)
        change_id = store.add_mail_change(tx, change, done_ms=now_ms)
        _move_mail(tx, order, mail, change_id, NoteRow(NoteKind.MAIL.value, who, None, now_ms))

    def rename(self, order_id: int, ticket: bytes, name: str) -> bool:
        """Correct the name on a ticket of the order; False if it was so. Raises CannotBuy."""
        with self._db.write() as tx:
            order = _open_order(tx, order_id)
            if ticket not in orders.holders_of_order(tx, order.id):
                raise CannotBuy(Reason.NEEDS_TICKET)
            returns.lock_tickets(tx, order.event_id, [ticket])
            is_used = bool(returns.used_pieces(tx, order.event_id, [ticket]))
            done = [one for one in store.notes_of(tx, order.id) if one.ticket == ticket and not one.who]
            name = tidy(name, NAME_CHARS_MAX)
            if name == orders.holders_of_tickets(tx, order.event_id, [ticket])[ticket].name:
                return False
            if is_used or len(done) >= RENAMES_MAX:
                raise CannotBuy(Reason.NAME_FIXED)
            rename(tx, order, ticket, name, NoteRow(NoteKind.NAME.value, "", ticket, self._clock.now_ms()))
            return True

    def speak(self, event: ShopEvent, order_id: int, ticket: bytes, language: str) -> bool:
        """The ticket speaks this language from now on; False if it did, or the event does not. Raises CannotBuy.

        Unlike a name it may change at any time: nobody gets in by it.
        """
        with self._db.write() as tx:
            order = _open_order(tx, order_id)
            if ticket not in orders.holders_of_order(tx, order.id):
                raise CannotBuy(Reason.NEEDS_TICKET)
            now = orders.holders_of_tickets(tx, order.event_id, [ticket])[ticket].language
            if language == now or language not in event.languages:
                return False
            store.set_language(tx, order.event_id, ticket, language)
            return True

    def _change(self, order: OrderRow, mail: str, uid: bytes, now_ms: int) -> NewMailChange:
        hashed = link_hash(self._links.change_token(uid))
        return NewMailChange(order.event_id, order.id, uid, hashed, order.mail, mail, now_ms)

    def _live(self, tx: Connection, token: str) -> MailChangeRow | None:
        change = store.mail_change_of(tx, link_hash(token))
        if change is None or store.newest_mail_change(tx, change.order_id) != change.id:
            return None
        return change if self._clock.now_ms() - change.asked_ms < CONFIRM_MS else None


def rename(tx: Connection, order: OrderRow, ticket: bytes, name: str, note: NoteRow) -> None:
    """Put another name on a ticket. Raises CannotBuy if there is none."""
    name = tidy(name, NAME_CHARS_MAX)
    if not name:
        raise CannotBuy(Reason.NAME_MISSING)
    store.rename_holder(tx, order.event_id, ticket, name)
    store.add_note(tx, order.event_id, order.id, note)


def _too_many(again_ms: int) -> CannotBuy:
    return CannotBuy(Reason.TOO_MANY_REQUESTS, limit=-(-again_ms // 1000))


def _open_order(tx: Connection, order_id: int) -> OrderRow:
    order = orders.get(tx, order_id, lock=True)
    if order.fulfilled_ms is None or order.closed_ms is not None:
        raise CannotBuy(Reason.NOTHING_TO_SEND)
    return order


def _move_mail(tx: Connection, order: OrderRow, mail: str, change_id: int, note: NoteRow) -> None:
    store.set_mail(tx, order.id, mail)
    store.add_note(tx, order.event_id, order.id, note)
    ask_mail(tx, order, MailKind.MOVED, note.made_ms, change_id=change_id)
    if order.fulfilled_ms is not None and order.closed_ms is None:
        ask_mail(tx, order, MailKind.TICKETS, note.made_ms, is_awaited=True)
