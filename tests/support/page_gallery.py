"""Every page of the shop, and the admin's, as browsers draw them: on contact sheets, a column for each language.

The real server sells the demo event; a browser walks the way of a buyer and is photographed at each step, on a phone
and on a wide screen, in the light and in the dark. Long pages are cut into parts that follow each other.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from tests.bench.shop_ground import Ground, ground
from tests.bench.site import manage
from tests.support.page_camera import LANGUAGES, SIZES, THEMES, Camera, Film, Wanted
from tests.support.page_gallery_states import draw_states
from tests.support.sent_mails import found_in_mails
from tests.support.shop_browser import chromium, press

MAIL, PASSWORD = "klara@example.org", "a horse in the office"
WITHIN_S = 60.0
ADMIN = (
    "", "orders", "tickets", "points", "devices", "devices/enrol", "devices/enrol?find=jih", "conflicts", "entries",
    "flags", "tray", "jobs", "books", "payments", "vouchers", "answers", "snapshots", "staff", "badges", "handed-out",
    "messages", "simulator",
)  # fmt: skip


@dataclass
class Gallery(Camera):
    """A browser in the shop of the real programs."""

    shop: Ground


def draw(wanted: Wanted) -> tuple[int, list[str], list[Path]]:
    """How many pictures were taken, what does not fit the screen, and the sheets."""
    wanted.folder.mkdir(parents=True, exist_ok=True)
    film = Film({}, [], [])
    with tempfile.TemporaryDirectory() as work, chromium() as browser:
        if any(wanted.holds(name) for names in WALKS.values() for name in names):
            _draw_shop(wanted, film, browser.new_context().new_page(), Path(work) / "server")
        draw_states(wanted, film, browser.new_context().new_page(), Path(work) / "states")
        written = [path for sheet in film.sheets.values() for path in sheet.write()]
        return len(film.taken), film.faults, written


def _draw_shop(wanted: Wanted, film: Film, page: Page, folder: Path) -> None:
    with ground("pages", folder, f"sqlite:///{folder / 'rallygate.sqlite'}", 1, None) as shop:
        url = f"http://127.0.0.1:{shop.served.port}/{{language}}/{shop.event_path.split('/')[2]}/"
        gallery = Gallery(wanted, film, page, url, shop)
        for walk, names in WALKS.items():
            if any(map(wanted.holds, names)):
                walk(gallery)


# --- the way of a buyer -------------------------------------------------------------------------------


def before_buying(gallery: Gallery) -> None:
    """What somebody sees who only looks."""
    gallery.show("list", "")
    gallery.show("search", "?q=gul&now=1")
    gallery.show("item", "item/tee_anniversary")
    gallery.show("item ticket", "item/four_days")
    gallery.show("places", "places")
    gallery.show("basket, empty", "basket")
    gallery.show("account, nobody", "account")
    gallery.show("lost mail", "lost")
    for name in ("terms", "privacy", "imprint"):
        gallery.show(f"legal, {name}", name)
    gallery.show("nothing here", "no/such/page")


def in_basket(gallery: Gallery) -> None:
    """From the first ticket to the form with a mistake in it."""
    _fill(gallery, "en")
    gallery.show("item to put on a ticket", "item/tee_anniversary")
    gallery.show("basket", "basket")
    gallery.show("checkout", "checkout")
    gallery.show("checkout with an invoice", "checkout", lambda page: page.locator("details.invoice summary").click())
    gallery.show("checkout with a mistake", "checkout", lambda page: press(page.locator("button.pay")))


def at_the_bank(gallery: Gallery) -> None:
    """The bank's page, whose language is the order's; then an order nobody has paid."""
    for language in gallery.wanted.languages if gallery.is_wanted("bank") else ():
        _fill(gallery, language)
        _check_out(gallery, language)
        gallery.shoot("bank", language)
    if gallery.is_wanted("order, not paid"):
        _fill(gallery, "en")
        _check_out(gallery, "en")
        press(gallery.page.locator("button[value=abandon]"))
        gallery.page.wait_for_url("**/order/**")
        gallery.show("order, not paid", _path(gallery.page.url))


def with_order(gallery: Gallery) -> None:
    """A paid order and all that can be done with it."""
    _fill(gallery, "en")
    _check_out(gallery, "en")
    press(gallery.page.locator("button[value=pay]"))
    gallery.page.wait_for_selector(".pass figure img", timeout=WITHIN_S * 1000)
    order = _path(gallery.page.url)
    press(gallery.page.locator("form.share button").first)
    shared = _path(gallery.page.locator(".share input[readonly]").first.input_value())
    gallery.show("order", order)
    for name in ("names", "variants", "address", "return", "upgrade"):
        gallery.show(f"order {name}", f"{order}/{name}")
    gallery.show("ticket of a friend", shared)


def in_account(gallery: Gallery) -> None:
    """The button behind a link in a mail, and what one sees signed in."""
    page = gallery.page
    page.goto(gallery.at("en", "account"))
    page.locator("form[action$=link] input[name=mail]").fill(MAIL)
    press(page.locator("form[action$=link] button"))
    link = found_in_mails(gallery.shop.folder / "mails", r"(http://\S+/account/in/\S+)", WITHIN_S)
    gallery.show("account, the button", _path(link))
    page.goto(link)
    press(page.locator("button.pay"))
    page.wait_for_url("**/account*")
    gallery.show("account", "account")
    gallery.show("account, ways in", "account/ways")


def in_admin(gallery: Gallery) -> None:
    """The admin's pages, which speak English; one column is filled."""
    secret = gallery.shop.folder / "password.txt"
    secret.write_text(PASSWORD)
    url = gallery.shop.services.db.url
    arguments = ["create-staff", "eva", "--role", "admin", "--name", "Eva", "--password-file", str(secret)]
    manage(gallery.shop.folder, *arguments, RALLYGATE_DATABASE_URL=url)
    page, base = gallery.page, f"http://127.0.0.1:{gallery.shop.served.port}/admin/"
    page.goto(base)
    gallery.shoot("admin sign-in", "en")
    page.get_by_label("Login").fill("eva")
    page.get_by_label("Password").fill(PASSWORD)
    press(page.get_by_role("button", name="Sign in"))
    for path in ADMIN:
        page.goto(f"{base}{gallery.shop.event_path.split('/')[2]}/{path}")
        gallery.shoot(f"admin {path or 'overview'}", "en")


BEFORE = (
    "list", "search", "item", "item ticket", "places", "basket, empty", "account, nobody", "lost mail", "legal, terms",
    "legal, privacy", "legal, imprint", "nothing here",
)  # fmt: skip
CHECKOUT = ("checkout", "checkout with an invoice", "checkout with a mistake")
OF_ORDER = (
    "order", "order names", "order variants", "order address", "order return", "order upgrade", "ticket of a friend",
)  # fmt: skip
WALKS: dict[Callable[[Gallery], None], tuple[str, ...]] = {
    before_buying: BEFORE,
    in_basket: ("item to put on a ticket", "basket", *CHECKOUT),
    at_the_bank: ("bank", "order, not paid"),
    with_order: OF_ORDER,
    in_account: ("account, the button", "account", "account, ways in"),
    in_admin: ("admin",),
}


def _fill(gallery: Gallery, language: str) -> None:
    """A ticket for Klára with a shirt and a meal on it."""
    page = gallery.page
    page.goto(gallery.at(language))
    press(page.locator("article.ticket").first.locator("button"))
    for key in ("tee_anniversary", "lunch_goulash"):
        page.goto(gallery.at(language, f"item/{key}"))
        if page.locator("input[name=variant]").count():
            page.locator("label.chip:not(.gone)").first.click()
        press(page.locator("form.stack button"))
    page.goto(gallery.at(language, "basket"))
    page.locator("input[name^=holder]").first.fill("Klára Přibíková")


def _check_out(gallery: Gallery, language: str) -> None:
    page = gallery.page
    press(page.locator(".total button[name=then]"))
    page.goto(gallery.at(language, "checkout"))
    page.locator("input[name=name]").fill("Klára Přibíková")
    page.locator("input[name=mail]").fill(MAIL)
    page.locator("input[name=terms]").check()
    press(page.locator("button.pay"))
    page.wait_for_selector("button[value=pay]")


def _path(url: str) -> str:
    """What follows the event in an address."""
    return re.sub(r"^https?://[^/]+/[a-z]{2}/[^/]+/", "", url.partition("?")[0])


def _parse() -> Wanted:
    parser = argparse.ArgumentParser(prog="packaging/pages", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sheets go")
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=list(THEMES))
    parser.add_argument("--only", default="", metavar="WORD", help="the pages whose name holds this word")
    found = parser.parse_args()
    return Wanted(found.folder, tuple(found.languages), tuple(found.sizes), tuple(found.themes), found.only)


def main() -> int:
    """Photograph what is asked for; 1 if something does not fit its screen."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    count, faults, written = draw(_parse())
    print("\n".join([*faults, *map(str, written)]))
    print(f"{count} pictures taken, {len(faults)} faults found")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main())
