"""Tickets as support looks after them: finding one, all that happened to it, blocking, a new code."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from common.clock import Clock
from common.errors import BadInput
from common.ids import TICKET_ID_BYTES, TicketId
from common.sealing import NOTES_CHARACTERS_MAX
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.admin_names import Names
from syncserver.services.admin_search import cleaned, tickets_by
from syncserver.services.basket import tidy
from syncserver.services.mail_queue import MailKind, ask_mail
from syncserver.services.override_reasons import OverrideReasons
from syncserver.services.passes import PassSource, PassText
from syncserver.services.problems import NotHere
from syncserver.services.scribe import Scribe
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.services.ticket_fold import KnownTicket, read_ticket
from syncserver.services.ticket_timeline import Moment, moments_of
from syncserver.stores import order_changes, returned
from syncserver.stores import orders as order_store
from syncserver.stores import tickets as store
from syncserver.stores.events import EventRow
from syncserver.stores.orders import HolderRow, OrderRow
from syncserver.stores.tickets import TicketRow

ORDERS_MAX = 50


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket in a list; `row` is None while it is not issued, names are empty for who may not see them."""

    ticket: bytes
    row: TicketRow | None
    product: str
    holder: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item on a ticket: how many were bought, how many were handed out."""

    product: str
    bought: int
    used: int


@dataclass(frozen=True, slots=True)
class TicketPage:
    """One ticket with all that happened to it."""

    ticket: bytes
    row: TicketRow | None
    product: str
    items: tuple[ItemLine, ...]
    holder: HolderRow | None
    orders: tuple[OrderRow, ...]
    returned_ms: int | None
    admissions: int
    moments: tuple[Moment, ...]

    @property
    def id(self) -> str:
        """Its id in hex, for addresses."""
        return self.ticket.hex()

    @property
    def is_orderless(self) -> bool:
        """Whether it came back after a restore and no order here made it."""
        return self.returned_ms is not None and self.holder is None


@dataclass(frozen=True, slots=True)
class Reissued:
    """A ticket's new pass, shown once (None: it is blocked or cancelled); the order whose mail carries it, if any."""

    pass_: PassText | None
    order_code: str | None


class TicketDesk:
    """Looks after tickets."""

    def __init__(
        self, db: Database, clock: Clock, scribe: Scribe, passes: PassSource, reasons: OverrideReasons
    ) -> None:
        self._db, self._clock, self._scribe, self._passes, self._reasons = db, clock, scribe, passes, reasons

    def find(self, event: EventRow, text: str, language: str, *, with_holders: bool) -> tuple[FoundTicket, ...]:
        """Tickets that fit what was typed, at most 100."""
        with self._db.read() as tx:
            found = tickets_by(tx, event, text, with_holders=with_holders)
            rows = store.by_ids(tx, event.id, found) if found else {}
            people = order_store.holders_of_tickets(tx, event.id, found) if found and with_holders else {}
            called = Names.of(tx, event, language)
        return tuple(_found(one, rows.get(TicketId(one)), people.get(one), called) for one in found)

    def one(self, event: EventRow, ticket_hex: str, language: str) -> TicketPage:
        """One ticket. Raises NotHere."""
        ticket = _ticket(ticket_hex)
        with self._db.read() as tx:
            known = read_ticket(tx, event, ticket, self._clock.now_ms())
            holder = order_store.holders_of_tickets(tx, event.id, [ticket]).get(ticket)
            if known is None and holder is None:
                raise NotHere("this event has no such ticket")
            called = Names.of(tx, event, language)
            orders = order_store.by_tickets(tx, event.id, [ticket], ORDERS_MAX)
            row = store.by_ids(tx, event.id, [ticket]).get(ticket)
            return TicketPage(
                ticket=ticket,
                row=row,
                product=called.product(row.product_no) if row and row.product_no is not None else "",
                items=_items(known, called),
                holder=holder,
                orders=orders,
                returned_ms=returned.returned_of_ticket(tx, event.id, ticket),
                admissions=store.admissions(tx, event.id, ticket),
                moments=moments_of(tx, event, ticket, known, orders, called, self._reasons),
            )

    def set_blocked(self, actor: Actor, ticket: bytes, why: str, key: bytes, *, blocked: bool) -> None:
        """Block a ticket, or take the block back. The same `key` again changes nothing. Raises BadInput."""
        why = cleaned(why)
        if not why:
            raise BadInput("say why, so that colleagues and the hostess at the gate can explain it")
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            if statements.block(desk, key, TicketId(ticket), why, blocked=blocked) is not None:
                record(tx, actor, Action.BLOCK if blocked else Action.UNBLOCK, ticket.hex(), why)

    def set_note(self, actor: Actor, ticket: bytes, note: str) -> bool:
        """A note for whoever scans the pass, empty for none; whether it is another one. Raises BadInput.

        It goes sealed into the next snapshot. Who wrote it is written down, what it says is not.
        """
        note = tidy(note, NOTES_CHARACTERS_MAX + 1)
        if len(note) > NOTES_CHARACTERS_MAX:
            raise BadInput(f"a note for the gate has {NOTES_CHARACTERS_MAX} characters at most: write less")
        with self._db.write() as tx:
            holder = order_store.holders_of_tickets(tx, actor.event_id, [ticket]).get(ticket)
            if holder is None:
                raise BadInput("no order here names the holder of this ticket, so no note can go with it")
            if note == holder.gate_note:
                return False
            order_changes.set_gate_note(tx, actor.event_id, ticket, note)
            record(tx, actor, Action.NOTE, ticket.hex())
            return True

    def reissue(self, actor: Actor, ticket: bytes, key: bytes) -> Reissued:
        """A new code: the old pass is refused from now on. Whoever bought it gets a mail. Raises BadInput.

        The same `key` again gives the same pass and sends no second mail.
        """
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            order = self._order_of(tx, actor.event_id, ticket)
            if statements.reissue(desk, key, TicketId(ticket)) is not None:
                record(tx, actor, Action.REISSUE, ticket.hex())
                if order is not None:
                    ask_mail(tx, order, MailKind.TICKETS, self._clock.now_ms(), is_awaited=True)
        made = self._passes.passes_of(actor.event_id, [ticket])
        return Reissued(made[0] if made else None, order.code if order else None)

    def read_code(self, actor: Actor, ticket: bytes) -> PassText | None:
        """The pass in force, to be read out to its holder; who asked is written down.

        None where there is none to read out: blocked, cancelled, or its statement not written yet.
        """
        made = self._passes.passes_of(actor.event_id, [ticket])
        if not made:
            return None
        with self._db.write() as tx:
            record(tx, actor, Action.READ_CODE, ticket.hex())
        return made[0]

    @staticmethod
    def _order_of(tx: Connection, event_id: int, ticket: bytes) -> OrderRow | None:
        """The order that made the ticket, if its passes can be sent."""
        orders = order_store.by_tickets(tx, event_id, [ticket], ORDERS_MAX)
        return next((one for one in orders if one.fulfilled_ms is not None and one.closed_ms is None), None)


def _ticket(text: str) -> TicketId:
    try:
        ticket = bytes.fromhex(text) if text.isascii() else b""
    except ValueError:
        ticket = b""
    if len(ticket) != TICKET_ID_BYTES or text != ticket.hex():
        raise NotHere("this is no ticket's id")
    return TicketId(ticket)


def _found(ticket: bytes, row: TicketRow | None, holder: HolderRow | None, called: Names) -> FoundTicket:
    product = called.product(row.product_no) if row and row.product_no is not None else ""
    return FoundTicket(ticket, row, product, holder.name if holder else "")


def _items(known: KnownTicket | None, called: Names) -> tuple[ItemLine, ...]:
    view = known.folded.view if known else None
    if known is None or view is None:
        return ()
    used: dict[int, int] = {}
    for use in known.folded.ledger.counted:
        used[use.product] = used.get(use.product, 0) + use.quantity
    return tuple(ItemLine(called.product(no), bought, used.get(no, 0)) for no, bought in view.items if bought > 0)
