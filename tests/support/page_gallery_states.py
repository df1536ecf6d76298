"""The pages few buyers see, for the contact sheets: what waits, is over, cancelled, sold out, wrong or broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from playwright.sync_api import Page
from sqlalchemy import update

from common.clock import SystemClock
from syncserver.db.tables_event import quotas
from syncserver.services.event_file.load import load
from syncserver.services.event_file.model import Loaded
from syncserver.services.event_file.shift import shift_to
from tests.support.page_camera import Camera, Film, Wanted
from tests.support.shop_browser import press
from tests.support.shop_site import Site, running_site
from tests.support.shop_states import (
    bank_page,
    breaking,
    event_of,
    new_address_path,
    order_path,
    paid,
    placed,
    refunded,
    return_key,
    send_forged,
)

DEMO = Path(__file__).resolve().parents[2] / "packaging" / "demo-event"
OPENING = "PRESS1"
TICKET, ITEM, ASKING = "four_days", "tee_anniversary", "dinner_gala"
LATE_MIN, LATE_S = 60, 3600.0
DAYS_AHEAD = 60
WITHIN_MS = 60_000


@dataclass
class States(Camera):
    """A browser in a shop whose clock and workers obey."""

    site: Site


def draw_states(wanted: Wanted, film: Film, page: Page, folder: Path) -> None:
    """Photograph those that are wanted; nothing is started where none is."""
    walks = [walk for walk, names in WALKS.items() if any(map(wanted.holds, names))]
    if walks:
        with _demo_site(folder) as site:
            for walk in walks:
                walk(States(wanted, film, page, site.event_url, site))


@contextmanager
def _demo_site(folder: Path) -> Iterator[Site]:
    """The demo event, in which a code opens something secret."""
    shutil.copytree(DEMO, folder / "event")
    offers = folder / "event" / "offers.toml"
    text = offers.read_text()
    assert text.count("[offers.press]\n") == 1
    offers.write_text(text.replace("[offers.press]\n", f'[offers.press]\ncode = "{OPENING}"\n'))
    found = load(folder / "event" / "rally.toml")
    assert isinstance(found, Loaded), found
    today = date(1970, 1, 1).toordinal() + SystemClock().now_ms() // 86_400_000
    first_day = date.fromordinal(today + DAYS_AHEAD)
    loaded = Loaded(shift_to(found.event_file, first_day), found.pictures, found.warnings)
    with running_site(folder, loaded, late_s=LATE_S) as site:
        yield site


def while_waiting(states: States) -> None:
    """For the bank and for the passes, here and in another browser."""
    site = states.site
    view = placed(site, product=TICKET)
    bank = bank_page(site, view)
    site.bank.act(bank, "late")
    states.show("waiting, for the bank", f"{order_path(view)}?back=1")
    elsewhere = f"paid/{return_key(bank)}"
    _elsewhere(states, "waiting, elsewhere", elsewhere)
    with site.hands.away():
        site.bank.act(bank, "pay")
        states.show("waiting, for the passes", order_path(view))
    _elsewhere(states, "waiting, paid elsewhere", elsewhere)


def _elsewhere(states: States, name: str, path: str) -> None:
    states.page.context.clear_cookies()  # the browser that has seen the order would be led to it
    for language in states.wanted.languages if states.is_wanted(name) else ():
        states.page.goto(f"{states.site.url}/{language}/{path}")
        states.shoot(name, language)


def of_orders(states: States) -> None:
    """Cancelled, refunded, and over; and the pages of a new address."""
    site = states.site
    cancelled, late = placed(site, product=TICKET), placed(site, product=TICKET)
    site.shop.returns.cancel_unpaid(cancelled.order.id)
    states.show("state cancelled", order_path(cancelled))
    if states.is_wanted("state refunded"):
        states.show("state refunded", order_path(refunded(site, TICKET)))
    if states.is_wanted("state new address"):
        path = new_address_path(site, paid(site, TICKET))
        states.show("state new address", path)
        states.page.goto(states.at("en", path))
        press(states.page.locator("button.pay"))
        states.show("state new address, confirmed", path)
    site.clock.forward(LATE_MIN)
    states.show("state over", order_path(late))


def of_baskets(states: States) -> None:
    """With questions, with what a voucher opens, and over."""
    page = states.page
    page.goto(states.at("en", f"item/{TICKET}"))
    press(page.locator("form.stack button"))
    page.goto(states.at("en", f"item/{ASKING}"))
    press(page.locator("form.stack button"))
    page.goto(states.at("en", "basket"))
    page.locator("#voucher-code").fill(OPENING)
    press(page.get_by_role("button", name="Use the code"))
    states.show("basket, with questions", "basket")
    faulty = page.locator(".total button[name=then]")
    states.show("basket, something not answered", "basket", lambda _: press(faulty))
    states.show("voucher, what it opens", "")
    states.site.clock.forward(LATE_MIN)
    states.show("basket, over", "basket")


def sold_out(states: States) -> None:
    """The list and an item where nothing is left."""
    with states.site.db.write() as tx:
        mine = quotas.c.event_id == event_of(states.site).id
        tx.execute(update(quotas).where(mine).values(size=0))
    states.site.clock.forward(LATE_MIN)
    states.show("sold out, list", "")
    states.show("sold out, item", f"item/{ITEM}")


def broken(states: States) -> None:
    """The pages of errors."""
    states.show("error 403", f"item/{TICKET}", send_forged)
    states.page.context.clear_cookies()  # what browsers try that are not known is counted together
    for name, what, path in (("error 500", "bug", ""), ("error 503", "busy", ""), ("error 429", "tries", "order/x")):
        if states.is_wanted(name):
            with breaking(states.site, what):
                states.show(name, path)


WALKS: dict[Callable[[States], None], tuple[str, ...]] = {
    while_waiting: (
        "waiting, for the bank", "waiting, elsewhere", "waiting, for the passes",
        "waiting, paid elsewhere",
    ),
    of_orders: (
        "state cancelled", "state refunded", "state new address", "state new address, confirmed", "state over",
    ),
    of_baskets: (
        "basket, with questions", "basket, something not answered", "voucher, what it opens", "basket, over",
    ),
    broken: ("error 403", "error 500", "error 503", "error 429"),
    sold_out: ("sold out, list", "sold out, item"),
}  # fmt: skip
