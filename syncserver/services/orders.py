"""Orders: made from a basket in one transaction, seen through their address.

The address of an order holds a capability of 128 bits, derived from the server's secret and the order's uid. The
database keeps only its hash: who reads a stolen copy can open no order.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy import Connection

from common.clock import Clock
from common.ids import TICKET_ID_BYTES
from syncserver.db.engine import Database
from syncserver.services import fulfilment
from syncserver.services import invoice as invoices
from syncserver.services.basket import EXTENSION_MS, NAME_CHARS_MAX, check_limits_of_tickets, hold_again, tidy
from syncserver.services.basket_answers import check_answers
from syncserver.services.basket_view import OwnTicket, own_tickets, price_of
from syncserver.services.basket_vouchers import BasketVoucher, TakenOff, check_secret, taken_off
from syncserver.services.catalogue import Catalogue, Product
from syncserver.services.discounts import Priced
from syncserver.services.fulfilment import Settled
from syncserver.services.invoice import Invoice
from syncserver.services.mail_address import mail_address
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.ticket_now import TicketNow, to_upgrade
from syncserver.services.upgrade_rules import changing as changing_of
from syncserver.services.upgrade_rules import check_upgrade, is_owner
from syncserver.stores import baskets, browsers, holds, payments, purchase_answers, returns, tickets, upgrades, vouchers
from syncserver.stores import orders as store
from syncserver.stores.baskets import LineRow
from syncserver.stores.orders import HolderRow, NewOrder, OrderRow, PositionRow
from syncserver.stores.upgrades import Became, UpgradeRow
from syncserver.stores.vouchers import DiscountRow

PAY_MS = 20 * 60_000
UID_BYTES = 16
CODE_CHARS = 6
CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no I, O, 0, 1: codes are read aloud
CHANNEL_SHOP = "shop"


class OrderState(StrEnum):
    """Where an order stands: derived, never stored."""

    AWAITING = "awaiting"  # to be paid
    CHECKING = "checking"  # the buyer has paid, the bank has not said so yet
    FULFILLED = "fulfilled"
    LAPSED = "lapsed"  # its time is over; a payment that still comes is honoured if there is room
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class CheckoutForm:
    """What a buyer gives at checkout."""

    form_key: str
    name: str
    mail: str
    has_agreed: bool
    total_minor: int | None = None  # what the page showed; None: whatever it is
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class OrderTicket:
    """A ticket in an order with everything bought for it; `is_new` unless the order only adds items to it."""

    ticket: bytes
    holder: HolderRow | None
    is_new: bool
    positions: tuple[PositionRow, ...]  # of this order
    everything: tuple[PositionRow, ...]  # of all fulfilled orders, the ticket first; empty before it is paid

    @property
    def is_good(self) -> bool:
        """Whether it is paid and was not given back."""
        return any(row.is_ticket for row in self.everything)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its page shows it."""

    order: OrderRow
    state: OrderState
    paid_minor: int
    refunded_minor: int
    refund_why: str  # refunds.Why of the latest payment that was not wanted, else empty
    tickets: tuple[OrderTicket, ...]
    token: str
    vouchers: tuple[tuple[str, str], ...]  # offer, the code's last characters
    became: tuple[Became, ...] = ()  # how tickets bought here, or changed by this order, became others

    @property
    def invoice(self) -> Invoice | None:
        """Whom an invoice is for; None: a private buyer."""
        return invoices.from_text(self.order.invoice)


class OrderLinks:
    """Makes and hashes the capabilities in order addresses."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def token(self, uid: bytes) -> str:
        """The capability of the order with this uid: 22 characters."""
        mac = hmac.new(self._secret, b"order link|" + uid, hashlib.sha256).digest()[:16]
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

    def change_token(self, uid: bytes) -> str:
        """What the confirmation of a new address carries: 22 characters."""
        mac = hmac.new(self._secret, b"mail change|" + uid, hashlib.sha256).digest()[:16]
        return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def link_hash(token: str) -> bytes:
    """What the database keeps of a capability."""
    return hashlib.sha256(token.encode()).digest()


class Orders:
    """Use cases of orders."""

    def __init__(self, db: Database, clock: Clock, links: OrderLinks) -> None:
        self._db, self._clock, self._links = db, clock, links

    def place(self, catalogue: Catalogue, browser: bytes, form: CheckoutForm) -> int:
        """Make an order of the browser's basket; the same form again gives the same order. Raises CannotBuy."""
        form = _checked(form)
        with self._db.write() as tx:
            order_id = self._place(tx, catalogue, browser, form)
            browsers.remember_order(tx, browser, order_id)
            return order_id

    def open(self, token: str, browser: bytes) -> OrderView | None:
        """The order with this address; the browser may from now on put items on its tickets."""
        with self._db.read() as tx:
            order = store.by_link(tx, link_hash(token))
            if order is None:
                return None
            view, is_known = self._view(tx, order), order.id in browsers.orders_of(tx, browser)
        if not is_known:
            with self._db.write() as tx:
                browsers.remember_order(tx, browser, order.id)
        return view

    def view(self, order_id: int) -> OrderView:
        """An order by its number."""
        with self._db.read() as tx:
            return self._view(tx, store.get(tx, order_id))

    def token_by_id(self, order_id: int) -> str:
        """The capability in an order's address, by its number."""
        with self._db.read() as tx:
            return self.token_of(store.get(tx, order_id))

    def token_of(self, order: OrderRow) -> str:
        """The capability in an order's address."""
        return self._links.token(order.uid)

    def change_token(self, uid: bytes) -> str:
        """What the confirmation of a new address carries."""
        return self._links.change_token(uid)

    def is_of_browser(self, order_id: int, browser: bytes) -> bool:
        """Whether this browser may see the order."""
        with self._db.read() as tx:
            return order_id in browsers.orders_of(tx, browser)

    def _place(self, tx: Connection, catalogue: Catalogue, browser: bytes, form: CheckoutForm) -> int:
        now_ms, event = self._clock.now_ms(), catalogue.event
        basket = baskets.find(tx, event.id, browser, lock=True)
        # Read after the lock: another tab may have ordered this very basket just now.
        found = store.by_form(tx, event.id, form.form_key)
        if found is not None:
            return found.id
        lines = baskets.lines(tx, basket.id) if basket else []
        if not lines or basket is None:
            raise CannotBuy(Reason.BASKET_EMPTY)
        earlier = sorted({line.ticket for line in lines if line.ticket})
        returns.lock_tickets(tx, event.id, earlier)
        if tickets.blocked(tx, event.id, earlier):
            raise CannotBuy(Reason.TICKET_BLOCKED)
        changing = to_upgrade(tx, event.id, lines)
        until = now_ms + PAY_MS
        given = hold_again(tx, catalogue, basket, lines, (now_ms, until))
        lines = baskets.lines(tx, basket.id)
        own = own_tickets(tx, event, browser)
        _check_lines(catalogue, lines, own, given, now_ms)
        check_limits_of_tickets(tx, catalogue, lines, own, now_ms)
        _check_upgrades(tx, catalogue, browser, lines, now_ms)
        _check_person(tx, event.id, given, form.mail, now_ms)
        _check_tickets_of_buyer(tx, catalogue, lines, form.mail, now_ms)
        answered = check_answers(tx, catalogue, [(line.id, line.product_no, line.quantity) for line in lines])
        order_id, total_minor = self._store(tx, catalogue, lines, form, given, changing)
        if answered:
            places = {place: answered.get(line.id, {}) for place, line in enumerate(lines, 1)}
            purchase_answers.add(tx, event.id, order_id, places)
        holds.move_to_order(tx, {line.id: place for place, line in enumerate(lines, 1)}, order_id, until)
        if given:
            vouchers.move_to_order(tx, basket.id, order_id, until)
        baskets.remove_lines(tx, [line.id for line in lines])
        if total_minor == 0:
            order = store.get(tx, order_id, lock=True)
            if fulfilment.settle(tx, order, now_ms) is not Settled.FULFILLED:
                raise CannotBuy(Reason.NEEDS_TICKET)
        return order_id

    def _store(
        self,
        tx: Connection,
        catalogue: Catalogue,
        lines: list[LineRow],
        form: CheckoutForm,
        given: tuple[BasketVoucher, ...],
        changing: Mapping[bytes, TicketNow],
    ) -> tuple[int, int]:
        """Its number, and what it costs in all."""
        event, uid, now_ms = catalogue.event, secrets.token_bytes(UID_BYTES), self._clock.now_ms()
        new = {line.id: secrets.token_bytes(TICKET_ID_BYTES) for line in lines if _is_own(line)}
        positions = [_position(catalogue, line, new, changing, place, now_ms) for place, line in enumerate(lines, 1)]
        off = taken_off(given, _priced(lines, positions))
        total = sum(one.price_minor * one.quantity for one in positions) - (off.total_minor if off else 0)
        if form.total_minor is not None and form.total_minor != total:
            raise CannotBuy(Reason.PRICE_CHANGED)
        order = NewOrder(
            event_id=event.id,
            uid=uid,
            code=_free_code(tx, event.id),
            link_hash=link_hash(self._links.token(uid)),
            form_key=form.form_key,
            language=catalogue.language,
            name=form.name,
            mail=form.mail,
            currency=event.currency,
            total_minor=total,
            channel=CHANNEL_SHOP,
            placed_ms=now_ms,
            pay_until_ms=now_ms + PAY_MS,
            invoice=invoices.to_text(form.invoice),
        )
        order_id = store.add(tx, order, positions)
        vouchers.add_discounts(tx, event.id, order_id, _discounts(lines, off, event.currency))
        people = [
            HolderRow(
                new[line.id],
                line.holder_name or form.name,
                line.plate,
                line.holder_language or catalogue.language,
            )
            for line in lines
            if line.id in new
        ]
        store.add_holders(tx, event.id, order_id, people)
        upgrades.add(tx, event.id, _upgrades(order_id, lines, changing))
        return order_id, total

    def _view(self, tx: Connection, order: OrderRow) -> OrderView:
        rows = store.positions(tx, order.id)
        tickets = list(dict.fromkeys(row.ticket for row in rows))
        people = store.holders_of_tickets(tx, order.event_id, tickets)
        new = set(store.holders_of_order(tx, order.id))
        refunds = payments.refunds_of_order(tx, order.id)
        return OrderView(
            order=order,
            state=self._state(tx, order, bool(refunds)),
            paid_minor=store.paid_minor(tx, order.id, order.currency),
            refunded_minor=sum(refund.amount_minor for refund in refunds),
            refund_why=next((one.why for one in reversed(refunds) if one.return_id is None), ""),
            tickets=tuple(
                OrderTicket(
                    ticket=ticket,
                    holder=people.get(ticket),
                    is_new=ticket in new,
                    positions=tuple(row for row in rows if row.ticket == ticket),
                    everything=tuple(store.items_of_ticket(tx, order.event_id, ticket)),
                )
                for ticket in tickets
            ),
            token=self._links.token(order.uid),
            vouchers=tuple(vouchers.offers_of_order(tx, order.id)),
            became=_became(tx, order, rows, new),
        )

    def _state(self, tx: Connection, order: OrderRow, has_refunds: bool) -> OrderState:  # noqa: FBT001 - a private step
        if order.fulfilled_ms is not None and order.closed_ms is None:
            return OrderState.FULFILLED
        if order.closed_ms is not None or has_refunds:
            return OrderState.REFUNDED
        if any(payment.state == "pending" for payment in payments.of_order(tx, order.id)):
            return OrderState.CHECKING
        return OrderState.AWAITING if self._clock.now_ms() < order.pay_until_ms else OrderState.LAPSED


def _became(tx: Connection, order: OrderRow, rows: list[PositionRow], new: set[bytes]) -> tuple[Became, ...]:
    """Upgrades that were carried out, and those of this order; most orders have none, and then nothing is read."""
    touched = {row.ticket for row in rows if row.is_upgrade or (row.is_replaced and row.ticket in new)}
    if not touched:
        return ()
    found = upgrades.of_tickets(tx, order.event_id, sorted(touched))
    return tuple(one for one in found if one.fulfilled_ms is not None or one.order_id == order.id)


def give_time(tx: Connection, order: OrderRow, now_ms: int) -> None:
    """Another attempt to pay begins: what still stands is held for it. Ten minutes at least, as after a failed one."""
    until = max(order.pay_until_ms, now_ms + EXTENSION_MS)
    store.give_time(tx, order.id, until)
    holds.extend_order(tx, order.id, until)
    vouchers.extend_order(tx, order.id, until)


def _checked(form: CheckoutForm) -> CheckoutForm:
    name = tidy(form.name, NAME_CHARS_MAX)
    if not name:
        raise CannotBuy(Reason.NAME_MISSING)
    mail = checked_mail(form.mail)
    if not form.has_agreed:
        raise CannotBuy(Reason.TERMS_MISSING)
    if not 16 <= len(form.form_key) <= 64:
        raise CannotBuy(Reason.FORM_TOO_OLD)
    invoice = invoices.checked(form.invoice) if form.invoice else None
    return replace(form, name=name, mail=mail, invoice=invoice)


def checked_mail(mail: str) -> str:
    """The address in its one form, without blanks around it. Raises CannotBuy if it is none."""
    checked = mail_address(mail)
    if checked is None:
        raise CannotBuy(Reason.MAIL_WRONG)
    return checked


def _check_lines(
    catalogue: Catalogue,
    lines: list[LineRow],
    own: tuple[OwnTicket, ...],
    given: tuple[BasketVoucher, ...],
    now_ms: int,
) -> None:
    """What held when a line was put in must hold still: its sale is open, its ticket is there and of the right kind."""
    tickets = {one.ticket: one.product_no for one in own}
    becoming = {line.ticket: line.product_no for line in lines if line.is_upgrade and line.ticket in tickets}
    in_basket = {line.id: line.product_no for line in lines if _is_own(line)}
    for line in lines:
        product = catalogue.products.get(line.product_no)
        if product is None or not (product.is_on_sale(now_ms) and catalogue.event.is_on_sale(now_ms)):
            raise CannotBuy(Reason.NOT_ON_SALE, product.name if product else "")
        check_secret(given, product, lines, 0)
        if not _is_own(line):
            held = in_basket.get(line.parent_line_id or 0) or {**tickets, **becoming}.get(line.ticket or b"")
            _check_gate(product, held)


def _check_upgrades(
    tx: Connection,
    catalogue: Catalogue,
    browser: bytes,
    lines: list[LineRow],
    now_ms: int,
) -> None:
    """The caller has locked the tickets: what is found here holds until the order is made. Raises CannotBuy."""
    wanted = [(line, line.ticket) for line in lines if line.is_upgrade and line.ticket is not None]
    found = changing_of(tx, catalogue.event.id, [ticket for _, ticket in wanted], now_ms) if wanted else {}
    for line, ticket in wanted:
        product = catalogue.products[line.product_no]
        if not is_owner(tx, catalogue.event.id, browser, ticket):
            raise CannotBuy(Reason.NEEDS_TICKET, product.name)
        check_upgrade(catalogue, found.get(ticket), product, line.variant_key, now_ms)


def _upgrades(order_id: int, lines: list[LineRow], changing: Mapping[bytes, TicketNow]) -> list[UpgradeRow]:
    pairs = [
        (place, line, changing[line.ticket]) for place, line in enumerate(lines, 1) if line.is_upgrade and line.ticket
    ]
    return [
        UpgradeRow(
            order_id=order_id,
            place=place,
            ticket=ticket.ticket,
            product_no=line.product_no,
            before_order_id=ticket.current.order_id,
            before_place=ticket.current.row.place,
            before_product_no=ticket.current.row.product_no,
            before_variant_key=ticket.current.row.variant_key,
            plate=line.plate,
        )
        for place, line, ticket in pairs
    ]


def _check_person(tx: Connection, event_id: int, given: tuple[BasketVoucher, ...], mail: str, now_ms: int) -> None:
    """Whether this buyer may use the basket's vouchers once more. Raises CannotBuy."""
    for offer in sorted(
        {one.offer.key: one.offer for one in given if one.is_held}.values(), key=lambda offer: offer.key
    ):
        limit = offer.per_person_max
        if limit is not None and vouchers.orders_of_person(tx, event_id, offer.key, mail, now_ms) >= limit:
            raise CannotBuy(Reason.VOUCHER_PERSON, offer.name, limit)


def _check_tickets_of_buyer(tx: Connection, catalogue: Catalogue, lines: list[LineRow], mail: str, now_ms: int) -> None:
    """A buyer, known by the address, has no more tickets of a kind than one person may. Raises CannotBuy."""
    for no in sorted({line.product_no for line in lines if _is_own(line) or line.is_upgrade}):
        product = catalogue.products[no]
        limit = product.limits.per_person
        if limit is None:
            continue
        wanted = sum(line.quantity for line in lines if line.product_no == no)
        if store.bought_by_mail(tx, catalogue.event.id, no, mail, now_ms) + wanted > limit:
            raise CannotBuy(Reason.LIMIT_PERSON, product.name, limit)


def _priced(lines: list[LineRow], positions: list[PositionRow]) -> list[Priced]:
    return [
        Priced(line.id, line.product_no, line.quantity, position.price_minor)
        for line, position in zip(lines, positions, strict=True)
    ]


def _discounts(lines: list[LineRow], off: TakenOff | None, currency: str) -> list[DiscountRow]:
    if off is None:
        return []
    places = {line.id: place for place, line in enumerate(lines, 1)}
    return [DiscountRow(places[line], off.voucher_id, share, currency) for line, share in off.by_line.items()]


def _check_gate(product: Product, held: int | None) -> None:
    if held is None:
        raise CannotBuy(Reason.NEEDS_TICKET, product.name)
    if product.requires and held not in product.requires:
        raise CannotBuy(Reason.WRONG_TICKET, product.name)


def _is_own(line: LineRow) -> bool:
    """Whether a line is a ticket itself."""
    return line.parent_line_id is None and line.ticket is None


def _position(
    catalogue: Catalogue,
    line: LineRow,
    new: dict[int, bytes],
    changing: Mapping[bytes, TicketNow],
    place: int,
    now_ms: int,
) -> PositionRow:
    product = catalogue.products[line.product_no]
    ticket = new[line.id] if _is_own(line) else line.ticket or new[line.parent_line_id or 0]
    return PositionRow(
        place=place,
        product_no=product.no,
        variant_key=line.variant_key,
        quantity=line.quantity,
        pieces=product.pieces,
        is_ticket=product.is_ticket,
        ticket=ticket,
        price_minor=price_of(product, line, changing, now_ms, is_held=True),
        currency=catalogue.event.currency,
        vat_rate_bp=product.vat_rate_at(now_ms),
        channel=CHANNEL_SHOP,
        is_upgrade=line.is_upgrade,
    )


def _free_code(tx: Connection, event_id: int) -> str:
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_CHARS))
        if store.by_code(tx, event_id, code) is None:
            return code
