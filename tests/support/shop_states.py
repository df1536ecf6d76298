"""Orders and pages as few buyers see them, made behind the shop's pages: not paid, cancelled, refunded, broken."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import requests
from playwright.sync_api import Page

from shop_web.rates import LINKS
from syncserver.db.engine import DatabaseBusy
from syncserver.services.catalogue import ShopEvent
from syncserver.services.orders import CheckoutForm, OrderState, OrderView
from syncserver.services.rates import Doer, Rate, bounds
from syncserver.services.shop_errors import CannotBuy
from tests.support.sent_mails import found_in_mails
from tests.support.shop_browser import press
from tests.support.shop_site import Site

MAIL = "anna@example.org"
LOOPBACK = "127.0.0.1"
WITHIN_S = 30.0
ANY_NUMBER = Rate("form", 60, 1_000, 1_000, 1_000)


def event_of(site: Site) -> ShopEvent:
    """The event the site sells."""
    found = site.shop.catalogues.event(site.key)
    assert found is not None
    return found


def placed(site: Site, language: str = "en", product: str = "one_day") -> OrderView:
    """A ticket ordered, not paid."""
    event, shop = event_of(site), site.shop
    catalogue, visitor = shop.catalogues.of(event, language), shop.visitors.of_cookie(None)
    shop.visitors.sent_form(visitor, ANY_NUMBER, LOOPBACK)
    wanted = catalogue.by_key(product)
    assert wanted is not None, product
    shop.baskets.add_tickets(catalogue, visitor.hash, wanted, None, 1)
    form = CheckoutForm(secrets.token_hex(12), "Anna Nová", MAIL, has_agreed=True)
    return shop.orders.view(shop.orders.place(catalogue, visitor.hash, form))


def bank_page(site: Site, view: OrderView) -> str:
    """Where an order is paid."""
    address = site.shop.payments.start(view.order.id, "Trial Rally").url
    assert address is not None
    return address


def return_key(bank: str) -> str:
    """What ends the address to which the bank sends the buyer of this page back, once something was pressed there."""
    address = requests.get(bank, timeout=5).text.partition('class="button" href="')[2].partition('"')[0]
    return address.rpartition("/")[2]


def paid(site: Site, product: str = "one_day", language: str = "en") -> OrderView:
    """A ticket bought, its passes signed."""
    view = placed(site, language, product)
    site.bank.act(bank_page(site, view), "pay")
    _until(site, view, OrderState.FULFILLED)
    end_s = time.monotonic() + WITHIN_S
    while not all(one.pass_ for one in site.shop.tickets.shown(site.shop.orders.view(view.order.id), language)):
        assert time.monotonic() < end_s, "no passes"
        time.sleep(0.05)
    return view


def refunded(site: Site, product: str = "one_day") -> OrderView:
    """An order given up, then paid after all: the money goes back."""
    view = placed(site, product=product)
    page = bank_page(site, view)
    site.shop.returns.cancel_unpaid(view.order.id)
    site.bank.act(page, "pay")
    end_s = time.monotonic() + WITHIN_S
    while not site.shop.orders.view(view.order.id).refunded_minor:
        assert time.monotonic() < end_s, "no money went back"
        site.shop.payments.check_order(view.order.id)
        time.sleep(0.05)
    return view


def order_path(view: OrderView) -> str:
    """The order's page, after the event's address."""
    return f"order/{view.token}"


def new_address_path(site: Site, view: OrderView, mail: str = "another@example.org") -> str:
    """The page that asks whether a new address is right, as the mail to it names it."""
    site.shop.changes.ask_mail_change(view.order.id, mail)
    return found_in_mails(site.mails, r"/(new-address/\S+)", WITHIN_S)


def send_forged(page: Page) -> None:
    """Press the button of the basket's form with a token that is none: 403."""
    page.evaluate("for (const one of document.getElementsByName('form_token')) one.value = 'forged'")
    press(page.locator("main form button:visible").first)


@contextmanager
def breaking(site: Site, what: str) -> Iterator[None]:
    """Within the block the shop's list does not come: `bug` (500), `busy` (503), too many `tries` (429)."""
    if what == "tries":
        yield from _too_many_tries(site)
        return
    fault = RuntimeError("broken on purpose") if what == "bug" else DatabaseBusy("busy on purpose")

    def broken(*_: object) -> None:
        raise fault

    kept = site.shop.catalogues.left
    site.shop.catalogues.left = broken  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        site.shop.catalogues.left = kept  # type: ignore[method-assign]


def _too_many_tries(site: Site) -> Iterator[None]:
    """Of browsers that have not sent a form yet, which count together; in a window that has just begun."""
    visitors, newcomer = site.shop.visitors, Doer(secrets.token_bytes(16), LOOPBACK, is_known=False)
    (limit, _), *_ = bounds(LINKS, newcomer)
    site.clock.forward(minutes=visitors.again_s(limit) / 60)
    with suppress(CannotBuy):
        while True:
            visitors.limit(LINKS, newcomer)
    yield
    site.clock.forward(minutes=LINKS.window_s / 60)


def _until(site: Site, view: OrderView, state: OrderState) -> None:
    end_s = time.monotonic() + WITHIN_S
    while site.shop.orders.view(view.order.id).state is not state:
        assert time.monotonic() < end_s, f"the order did not become {state.value}"
        site.shop.payments.check_order(view.order.id)
        time.sleep(0.05)
