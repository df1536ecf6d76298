"""A shop on a real database with a small event, a bank of our own that does what a test says, and workers by hand."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from threading import Lock

import msgspec

from common.clock import ManualClock
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import SCRIBE_QUEUE
from syncserver.jobs.worker import Worker
from syncserver.services.basket import Target
from syncserver.services.catalogue import Catalogue, Product, ShopEvent
from syncserver.services.event_file.model import Loaded
from syncserver.services.import_event import import_event
from syncserver.services.keys import KeyStore, publish_key_list
from syncserver.services.orders import CheckoutForm, OrderView
from syncserver.services.passes import SignedPasses
from syncserver.services.payment_provider import (
    PaymentState,
    ProviderPayment,
    ProviderRefused,
    ProviderUnreachable,
    Refunded,
    Started,
    StartPayment,
    WebhookEvent,
    WebhookRejected,
)
from syncserver.services.rates import Rate
from syncserver.services.scribe import Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.services.shop import Outside, Shop, make_shop
from syncserver.stores import events as event_store
from syncserver.stores import quotas
from syncserver.stores.events import EventRow
from tests.support.small_event import small_event

NOW_MS = 1_846_400_000_000
SECRET = b"a secret of the tests, long enough"


class TestBank:
    """A provider in memory, for many threads; `is_down` makes every call fail as a network would."""

    __test__ = False
    name = "bank"
    page_origin = "http://bank.test"

    def __init__(self) -> None:
        self.payments: dict[str, ProviderPayment] = {}
        self.refunds: dict[str, tuple[str, int]] = {}
        self.is_down = self.refuses_refunds = False
        self._lock = Lock()

    def start(self, request: StartPayment) -> Started:
        self._answer()
        with self._lock:
            ref = next((each.ref for each in self.payments.values() if each.key == request.key), None)
            ref = ref or self._create(request)
        return Started(ref, f"http://bank.test/{ref}")

    def _create(self, request: StartPayment) -> str:
        ref = f"ref{len(self.payments) + 1}"
        created = (PaymentState.CREATED, request.amount_minor, request.currency, 0, NOW_MS)
        self.payments[ref] = ProviderPayment(ref, request.key, request.order_code, *created)
        return ref

    def fetch(self, ref: str) -> ProviderPayment:
        self._answer()
        return self.payments[ref]

    def refund(self, ref: str, amount_minor: int, currency: str, key: str) -> Refunded:
        self._answer()
        if self.refuses_refunds:
            raise ProviderRefused("the account is closed")
        with self._lock:
            self._give_back(ref, amount_minor, key)
        return Refunded(f"back-{key}")

    def _give_back(self, ref: str, amount_minor: int, key: str) -> None:
        if key not in self.refunds:
            payment = self.payments[ref]
            if payment.refunded_minor + amount_minor > payment.amount_minor:
                raise ProviderRefused("more than was paid")
            self.payments[ref] = replace(payment, refunded_minor=payment.refunded_minor + amount_minor)
            self.refunds[key] = (ref, amount_minor)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, now_s: int) -> WebhookEvent:
        try:
            return msgspec.json.decode(body, type=WebhookEvent)
        except msgspec.DecodeError as error:
            raise WebhookRejected("no webhook of this bank") from error

    def list_payments(self, since_ms: int) -> Iterator[ProviderPayment]:
        with self._lock:
            payments = list(self.payments.values())
        yield from [payment for payment in payments if payment.created_ms >= since_ms]

    def decide(self, ref: str, state: PaymentState) -> None:
        """The bank's word on a payment."""
        with self._lock:
            self.payments[ref] = replace(self.payments[ref], state=state)

    def _answer(self) -> None:
        if self.is_down:
            raise ProviderUnreachable("the bank is down")


@dataclass
class Letterbox:
    """Keeps what is sent."""

    mails: list[EmailMessage] = field(default_factory=list)

    def send(self, message: EmailMessage) -> None:
        self.mails.append(message)


@dataclass
class ShopWorld:
    """Everything a test of buying needs."""

    db: Database
    clock: ManualClock
    shop: Shop
    bank: TestBank
    letterbox: Letterbox
    keys: KeyStore
    event: ShopEvent
    worker: Worker

    @property
    def catalogue(self) -> Catalogue:
        return self.shop.catalogues.of(self.event, "en")

    def product(self, key: str) -> Product:
        found = self.catalogue.by_key(key)
        assert found is not None, key
        return found

    def browser(self) -> bytes:
        """A new visitor, known to the database."""
        visitor = self.shop.visitors.of_cookie(None)
        self.shop.visitors.sent_form(visitor, Rate("form", 60, 1_000, 1_000, 1_000), "192.0.2.1")
        return visitor.hash

    def order(
        self, browser: bytes, form_key: str | None = None, name: str = "Anna Nová", mail: str = "anna@example.org"
    ) -> OrderView:
        """The basket, ordered."""
        form = CheckoutForm(form_key or secrets.token_hex(12), name, mail, has_agreed=True)
        return self.shop.orders.view(self.shop.orders.place(self.catalogue, browser, form))

    def buy(self, key: str = "four_days", count: int = 1) -> tuple[bytes, OrderView, str]:
        """Tickets ordered and sent to pay: (browser, order, the bank's ref)."""
        browser = self.browser()
        self.shop.baskets.add_tickets(self.catalogue, browser, self.product(key), None, count)
        view = self.order(browser)
        return browser, view, self.start(view)

    def start(self, view: OrderView) -> str:
        """The bank's ref of the order's payment."""
        page = self.shop.payments.start(view.order.id, "test")
        assert page.url is not None
        return page.url.rpartition("/")[2]

    def paid(self, key: str = "four_days", count: int = 1) -> tuple[bytes, OrderView]:
        """Tickets bought, paid and issued: (browser, order)."""
        browser, view, ref = self.buy(key, count)
        return browser, self.pay(view, ref)

    def pay(self, view: OrderView, ref: str) -> OrderView:
        """The order, paid and all that follows done."""
        self.bank.decide(ref, PaymentState.PAID)
        self.tell(ref, f"event of {ref}")
        self.worker.run_all()
        return self.shop.orders.view(view.order.id)

    def add_items(self, browser: bytes, ticket: bytes, key: str, count: int) -> OrderView:
        """Items for a ticket bought earlier, in an order of their own, paid."""
        target = Target(ticket=ticket)
        self.shop.baskets.add_item(self.catalogue, browser, self.product(key), None, count, target)
        view = self.order(browser)
        return self.pay(view, self.start(view))

    def tell(self, ref: str, event_id: str = "ev1") -> str:
        """The bank's webhook."""
        return self.shop.payments.webhook("bank", {}, msgspec.json.encode(WebhookEvent(event_id, ref))).name

    def taken(self) -> dict[str, int]:
        """What each quota has taken, checked against the sum of its holds."""
        with self.db.read() as tx:
            rows = quotas.taken_by_rows(tx, self.event.id)
        for key, taken, held in rows:
            assert taken == held, f"quota {key}: {taken} taken, holds say {held}"
        return {key: taken for key, taken, _ in rows}


def make_shop_world(
    db: Database, folder: Path, loaded: Loaded | None = None, url: str = "http://shop.test"
) -> ShopWorld:
    """A shop with the small event, or another one; `url`: its public address."""
    clock, keys = ManualClock(NOW_MS), KeyStore(folder / "keys")
    event = _import(db, clock, keys, loaded or small_event())
    bank, letterbox = TestBank(), Letterbox()
    passes = SignedPasses(db, keys)
    shop = make_shop(db, clock, Outside(url, SECRET, {"bank": bank}, passes, letterbox))
    handlers = {**shop.handlers(), **scribe_handlers(Scribe(clock, keys))}
    worker = Worker(db, clock, (SCRIBE_QUEUE, *shop.queues), handlers)
    found = shop.catalogues.event(event.key)
    assert found is not None
    return ShopWorld(db, clock, shop, bank, letterbox, keys, found, worker)


def _import(db: Database, clock: ManualClock, keys: KeyStore, loaded: Loaded) -> EventRow:
    done = import_event(db, clock, loaded)
    keys.create(done.uid)
    with db.write() as tx:
        event = event_store.by_id(tx, done.event_id)
        assert event is not None
        publish_key_list(tx, clock, keys, event)
    return event
