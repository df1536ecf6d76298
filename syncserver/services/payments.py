"""Payments: one state machine that webhook, return page, poller and reconciler all end in.

Whoever hears of a change only makes us ask the provider; what it answers is applied in one transaction. Money that
arrives is a row in `movements` first, whatever the order's state; then it buys the tickets or is given back.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto

import msgspec
import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.jobs.model import GiveUp, Handler, JobContext
from syncserver.jobs.queue import enqueue
from syncserver.services import stock
from syncserver.services.bank_window import LOOKS, STARTS, WEBHOOKS, BankWindow
from syncserver.services.fulfilment import Settled, settle
from syncserver.services.late_limits import is_over_limits, lock_tickets
from syncserver.services.orders import give_time
from syncserver.services.payment_provider import (
    PaymentProvider,
    PaymentState,
    ProviderError,
    ProviderPayment,
    ProviderRefused,
    StartPayment,
)
from syncserver.services.refunds import PAYMENT_QUEUE, Refunds, Why, ask_whole
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import orders, tickets
from syncserver.stores import payments as store
from syncserver.stores.orders import OrderRow
from syncserver.stores.payments import PaymentRow

CHECK_PAYMENT = "check_payment"
ATTEMPTS_MAX = 20
# When to ask about a payment nobody tells us about: often at first, then for three days (a bank's slow ones).
CHECK_AFTER_S = (20, 40, 60, 120, 300, 600, 900, *(3600,) * 6, *(6 * 3600,) * 11)
_WHYS = {
    Settled.TICKET_GONE: Why.TICKET_GONE,
    Settled.TICKET_CHANGED: Why.TICKET_CHANGED,
    Settled.TICKET_BLOCKED: Why.TICKET_BLOCKED,
    Settled.OVER_LIMIT: Why.OVER_LIMIT,
}
UNDECIDED = (PaymentState.CREATED, PaymentState.PENDING)

log = structlog.get_logger(__name__)


class Webhook(Enum):
    """What became of a webhook."""

    APPLIED = auto()
    SEEN = auto()  # told before
    UNKNOWN = auto()  # a payment we have not got: the reconciler's business


class CheckPayment(msgspec.Struct, frozen=True):
    """Arguments of the poller's job: the n-th look at a payment."""

    payment_id: int
    look: int


@dataclass(frozen=True, slots=True)
class Address:
    """The server's address as buyers and providers reach it, without a slash at the end; and its secret."""

    url: str
    secret: bytes

    def return_key(self, payment_key: str) -> str:
        """What the address of the return page carries: nobody but the payer's browser learns it."""
        return hmac.new(self.secret, b"payment return|" + payment_key.encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class PayPage:
    """Where to send the buyer; None: the order needs no payment any more."""

    url: str | None


@dataclass(frozen=True, slots=True)
class Returned:
    """Which order the buyer comes back to, and whether the bank has said how its payment is now."""

    order_id: int
    event_id: int
    has_heard: bool


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison with a provider found: payments looked at, brought up to date, and without an order here."""

    seen: int
    updated: int
    strays: tuple[ProviderPayment, ...]
    refunded_otherwise: tuple[ProviderPayment, ...]  # the provider gave back more or less than our refunds say


class Payments:
    """Use cases of payments. The first provider is the one buyers pay with."""

    def __init__(self, db: Database, clock: Clock, providers: Mapping[str, PaymentProvider], at: Address) -> None:
        self._db, self._clock, self._providers = db, clock, providers
        self._at = at
        self._starts: BankWindow[str] = BankWindow(clock, STARTS)
        self._looks: BankWindow[PaymentState] = BankWindow(clock, LOOKS)
        self._webhooks: BankWindow[ProviderPayment] = BankWindow(clock, WEBHOOKS)

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Where payment pages live, for the content security policy."""
        return tuple(provider.page_origin for provider in self._providers.values())

    def start(self, order_id: int, description: str) -> PayPage:
        """Begin to pay an order, or go on with the attempt under way. Raises CannotBuy.

        Pressing the button twice leads to one payment: the attempt is stored before the provider is asked, and its
        key makes asking again harmless. If the provider is slow, what it answers later is there at the next press.
        """
        if not self.has_providers:
            raise CannotBuy(Reason.PAYMENT_UNREACHABLE)
        page, payment, order = self._attempt(order_id)
        if payment is None:
            return page
        request = self._start_request(order, payment, description)
        try:
            url = self._starts.ask(payment.provider, payment.key, lambda: self._begin(payment, request))
        except ProviderError as error:
            log.warning("payment_start_failed", payment=payment.id, error=str(error))
            raise CannotBuy(Reason.PAYMENT_UNREACHABLE) from error
        return PayPage(url)

    def _begin(self, payment: PaymentRow, request: StartPayment) -> str:
        started = self._provider(payment.provider).start(request)
        with self._db.write() as tx:
            store.set_page(tx, payment.id, started.ref, started.redirect_url)
            self._ask_again(tx, payment.id, 0)
        return started.redirect_url

    def _attempt(self, order_id: int) -> tuple[PayPage, PaymentRow | None, OrderRow]:
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            order = orders.get(tx, order_id, lock=True)
            if order.fulfilled_ms is not None or order.closed_ms is not None:
                return PayPage(None), None, order
            if tickets.blocked_of_order(tx, order.event_id, order_id):
                raise CannotBuy(Reason.TICKET_BLOCKED)
            attempts = store.of_order(tx, order_id)
            last = attempts[-1] if attempts else None
            if last is not None and last.state in UNDECIDED:
                if order.pay_until_ms <= now_ms:
                    _stand_again(tx, order, now_ms)
                # The same page again, so that a second tab cannot make a second payment.
                return PayPage(last.page_url), None if last.page_url else last, order
            if len(attempts) >= ATTEMPTS_MAX:
                raise CannotBuy(Reason.PAID_TOO_OFTEN, limit=ATTEMPTS_MAX)
            _stand_again(tx, order, now_ms)
            return PayPage(None), self._add(tx, order, len(attempts) + 1, now_ms), order

    def _add(self, tx: Connection, order: OrderRow, attempt: int, now_ms: int) -> PaymentRow:
        payment = PaymentRow(
            id=0,
            event_id=order.event_id,
            order_id=order.id,
            attempt=attempt,
            provider=next(iter(self._providers)),
            key=f"{order.uid.hex()}-{attempt}",
            ref=None,
            page_url=None,
            state=PaymentState.CREATED.value,
            amount_minor=order.total_minor,
            currency=order.currency,
            created_ms=now_ms,
        )
        return replace(payment, id=store.add(tx, payment, return_hash(self._at.return_key(payment.key))))

    def _start_request(self, order: OrderRow, payment: PaymentRow, description: str) -> StartPayment:
        return StartPayment(
            key=payment.key,
            order_code=order.code,
            amount_minor=payment.amount_minor,
            currency=payment.currency,
            description=description[:200],
            language=order.language,
            return_url=f"{self._at.url}/{order.language}/paid/{self._at.return_key(payment.key)}",
            notify_url=f"{self._at.url}/webhooks/{payment.provider}",
        )

    def returned(self, key: str) -> Returned | None:
        """The buyer is back from the payment page: ask, apply, and say which order it is. None: no such payment."""
        with self._db.read() as tx:
            payment = store.by_return(tx, return_hash(key))
        if payment is None:
            return None
        has_heard = payment.state not in UNDECIDED or self._check_softly(payment)
        return Returned(payment.order_id, payment.event_id, has_heard)

    def webhook(self, provider_name: str, headers: Mapping[str, str], body: bytes) -> Webhook:
        """A provider calls. Raises WebhookRejected for bytes that are not its own, ProviderError to be called again."""
        provider, now_ms = self._provider(provider_name), self._clock.now_ms()
        event = provider.parse_webhook(headers, body, now_ms // 1000)
        with self._db.read() as tx:
            payment = store.by_ref(tx, provider_name, event.ref)
        # Fetched before the event is noted: if this fails, the provider's next call does it all.
        seen = None
        if payment and not _is_paid(payment):
            # By the event's name: an answer asked for before this one came may be older than its news.
            seen = self._webhooks.ask(provider_name, event.event_id, lambda: provider.fetch(event.ref))
        with self._db.write() as tx:
            if not store.add_webhook(tx, provider_name, event.event_id, event.ref, now_ms):
                return Webhook.SEEN
            if payment is None:
                log.warning("webhook_for_unknown_payment", provider=provider_name, ref=event.ref)
                return Webhook.UNKNOWN
            if seen is not None:
                self._apply(tx, payment, seen)
        return Webhook.APPLIED

    def check(self, payment_id: int) -> PaymentState:
        """Ask the provider about a payment that is not paid yet and apply what it says. Raises ProviderError."""
        with self._db.read() as tx:
            payment = store.get(tx, payment_id)
        if payment.ref is None or _is_paid(payment):
            return PaymentState(payment.state)
        seen = self._provider(payment.provider).fetch(payment.ref)
        with self._db.write() as tx:
            self._apply(tx, payment, seen)
        return seen.state

    def check_order(self, order_id: int) -> bool:
        """Ask about the order's attempt under way, if there is one: what a waiting page does.

        False: the bank has not said how it is now.
        """
        with self._db.read() as tx:
            attempts = store.of_order(tx, order_id)
        if attempts and attempts[-1].state in UNDECIDED:
            return self._check_softly(attempts[-1])
        return True

    def _check_softly(self, payment: PaymentRow) -> bool:
        try:
            self._looks.ask(payment.provider, payment.key, lambda: self.check(payment.id))
        except ProviderError as error:
            # The page says that we wait for the bank; webhook and poller go on trying.
            log.info("payment_check_failed", payment=payment.id, error=str(error))
            return False
        return True

    @property
    def has_providers(self) -> bool:
        """Whether any payment provider is set up on this server."""
        return bool(self._providers)

    def reconcile(self, since_ms: int) -> Reconciled:
        """Compare with all providers: bring payments up to date, note those whose order is not here.

        After a restore of an older backup these are the sales nobody else can tell of. Raises ProviderError.
        """
        seen, updated, strays, others = 0, 0, [], []
        for name, provider in self._providers.items():
            for payment in provider.list_payments(since_ms):
                seen += 1
                known = self._known(name, payment)
                if known is None:
                    strays.append(payment)
                elif known.state != payment.state.value:
                    updated += 1
                self._note(name, payment, known)
                if known is not None and not self._is_refunded_alike(known, payment):
                    others.append(payment)
        with self._db.write() as tx:
            store.add_reconciliation(tx, self._clock.now_ms(), seen, updated, len(strays))
        return Reconciled(seen, updated, tuple(strays), tuple(others))

    def _is_refunded_alike(self, known: PaymentRow, payment: ProviderPayment) -> bool:
        """A refund under way may have been made there already, so it may count or not."""
        with self._db.read() as tx:
            made, asked = store.refunded_minor(tx, known.id)
        return made <= payment.refunded_minor <= asked

    def _known(self, provider: str, payment: ProviderPayment) -> PaymentRow | None:
        with self._db.read() as tx:
            # By our own key too: the provider's answer to our start may have been lost on the way.
            return store.by_ref(tx, provider, payment.ref) or store.by_key(tx, provider, payment.key)

    def _note(self, provider: str, payment: ProviderPayment, known: PaymentRow | None) -> None:
        with self._db.write() as tx:
            if known is None:
                store.add_stray(tx, provider, payment, self._clock.now_ms())
                return
            if known.ref is None:
                store.set_page(tx, known.id, payment.ref, known.page_url or "")
            self._apply(tx, known, payment)

    def _apply(self, tx: Connection, payment: PaymentRow, seen: ProviderPayment) -> None:
        """What the provider says becomes ours: once, however often and in whatever order it is told."""
        now_ms = self._clock.now_ms()
        order = orders.get(tx, payment.order_id, lock=True)
        payment = store.get(tx, payment.id)
        if _is_paid(payment):
            return
        store.set_state(tx, payment.id, seen.state, now_ms)
        if seen.state is PaymentState.PAID:
            store.add_movement(tx, payment, "payment", f"pay:{payment.id}", (seen.amount_minor, seen.currency), now_ms)
            self._spend(tx, order, payment, seen, now_ms)

    def _spend(self, tx: Connection, order: OrderRow, payment: PaymentRow, seen: ProviderPayment, now_ms: int) -> None:
        if (seen.amount_minor, seen.currency) != (payment.amount_minor, payment.currency):
            log.error("payment_amount_wrong", payment=payment.id, order=order.id)
            ask_whole(tx, order, payment, seen, Why.WRONG_AMOUNT, now_ms)
            return
        match settle(tx, order, now_ms):
            case Settled.FULFILLED:
                log.info("order_fulfilled", order=order.id, payment=payment.id)
            case Settled.SOLD_OUT:
                orders.close(tx, order.id, now_ms, Why.SOLD_OUT)
                ask_whole(tx, order, payment, seen, Why.SOLD_OUT, now_ms)
            case Settled.ALREADY:
                ask_whole(tx, order, payment, seen, Why.PAID_TWICE, now_ms)
            case Settled.CLOSED:
                ask_whole(tx, order, payment, seen, Why.CLOSED, now_ms)
            case settled:
                orders.close(tx, order.id, now_ms, _WHYS[settled])
                stock.release_order(tx, order.id, now_ms)
                ask_whole(tx, order, payment, seen, _WHYS[settled], now_ms)

    def handlers(self) -> dict[str, Handler]:
        """What the worker of the queue `payments` carries out."""
        return {CHECK_PAYMENT: self._look, **Refunds(self._db, self._clock, self._provider).handlers()}

    def _look(self, job: JobContext) -> None:
        args = job.args(CheckPayment)
        try:
            state = self.check(args.payment_id)
        except ProviderRefused as error:
            raise GiveUp(f"payment {args.payment_id}: the provider refuses to tell about it: {error}") from error
        with job.finishing() as tx:
            if state in UNDECIDED:
                self._ask_again(tx, args.payment_id, args.look + 1)

    def _ask_again(self, tx: Connection, payment_id: int, look: int) -> None:
        if look < len(CHECK_AFTER_S):
            at_ms = self._clock.now_ms() + CHECK_AFTER_S[look] * 1000
            args, whose = CheckPayment(payment_id, look), store.get(tx, payment_id).event_id
            enqueue(tx, PAYMENT_QUEUE, CHECK_PAYMENT, args, f"{payment_id}-{look}", at_ms, event_id=whose)

    def _provider(self, name: str) -> PaymentProvider:
        provider = self._providers.get(name)
        if provider is None:
            raise ProviderRefused(f"no payment provider {name!r} is set up on this server")
        return provider


def _stand_again(tx: Connection, order: OrderRow, now_ms: int) -> None:
    """Nobody is sent to pay for what went to others: what lapsed is taken again. Raises CannotBuy."""
    lock_tickets(tx, order)
    if not stock.can_stand(tx, order.id, now_ms):
        raise CannotBuy(Reason.PLACES_GONE)
    if is_over_limits(tx, order, now_ms):
        raise CannotBuy(Reason.LIMIT_MEANWHILE)
    give_time(tx, order, now_ms)


def _is_paid(payment: PaymentRow) -> bool:
    """Money that came stays written, and what it led to is decided: nothing a provider says later changes that."""
    return payment.state == PaymentState.PAID.value


def return_hash(key: str) -> bytes:
    """What the database keeps of a return address."""
    return hashlib.sha256(key.encode()).digest()
