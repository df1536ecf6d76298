"""Six languages: in pages, mails, paper, calendar and in what is shown when something fails."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar, Event
from pypdfium2 import PdfDocument

from shop_web.blueprint import add_shop
from syncserver.api.errors import register_errors
from syncserver.db.engine import Database, DatabaseBusy
from syncserver.services.orders import CheckoutForm
from syncserver.services.payment_provider import PaymentState
from syncserver.services.translations import LANGUAGES, translator
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event

GONE = {
    "cs": "Taková stránka tu není",
    "en": "There is no such page",
    "de": "Diese Seite gibt es nicht",
    "fr": "Cette page n&#39;existe pas",
    "it": "Questa pagina non esiste",
    "pl": "Nie ma takiej strony",
}


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**ALL_LANGUAGES))


@pytest.fixture
def client(world: ShopWorld) -> FlaskClient:
    app = Flask("test")
    register_errors(app)
    add_shop(app, world.shop)
    return app.test_client()


def paid_order(world: ShopWorld, language: str) -> int:
    catalogue, browser = world.shop.catalogues.of(world.event, language), world.browser()
    world.shop.baskets.add_tickets(catalogue, browser, world.product("four_days"), None, 1)
    form = CheckoutForm("a key of the form", "Řehoř", "rehor@example.org", has_agreed=True)
    view = world.shop.orders.view(world.shop.orders.place(catalogue, browser, form))
    ref = world.start(view)
    world.bank.decide(ref, PaymentState.PAID)
    world.tell(ref)
    world.worker.run_all()
    return view.order.id


def entry_of(text: str) -> Event:
    """The one entry of a calendar file."""
    (entry,) = Calendar.from_ical(text).walk("VEVENT")
    assert isinstance(entry, Event)
    return entry


def page_text(pdf: bytes) -> str:
    """What stands on the first page."""
    document = PdfDocument(pdf)
    try:
        return str(document[0].get_textpage().get_text_bounded())
    finally:
        document.close()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("pl", "pl"), ("ja, fr;q=0.2", "fr"), ("sk", "cs"), ("ja", "cs"), ("", "cs")],
)
def test_the_start_leads_to_the_language_of_the_browser(client: FlaskClient, accepted: str, language: str) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert answer.headers["Location"] == f"/{language}/"
    assert answer.headers["Vary"] == "Accept-Language"
    assert client.get(f"/{language}/").headers["Location"] == f"/{language}/trial/"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_its_language_and_where_the_others_are(client: FlaskClient, language: str) -> None:
    for path in ("", "item/lunch", "terms"):
        page = client.get(f"/{language}/trial/{path}").text
        assert f'<html lang="{language}">' in page
        found = dict(re.findall(r'<link rel="alternate" hreflang="(\w+)" href="([^"]+)">', page))
        assert found == {one: f"http://shop.test/{one}/trial/{path}" for one in LANGUAGES}


def test_the_language_is_changed_where_one_is_and_the_basket_stays(client: FlaskClient) -> None:
    page = client.get("/en/trial/").text
    token = re.findall(r'name="form_token" value="(\w+)"', page)[0]
    client.post("/en/trial/basket/add", data={"form_token": token, "product": "four_days", "count": 2})
    here = client.get("/en/trial/item/lunch?ticket=line-1").text
    (address,) = re.findall(r'<a href="([^"]+)" lang="pl"', here)
    assert address == "/pl/trial/item/lunch?ticket=line-1"
    there = client.get(address).text
    assert '<b class="count">2</b>' in there
    assert "Do koszyka" in there


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_that_leads_nowhere_is_a_page_in_its_language(client: FlaskClient, language: str) -> None:
    for path in ("trial/item/none", "trial/no/such", "other/", "trial/order/unknown"):
        answer = client.get(f"/{language}/{path}")
        assert (answer.status_code, answer.mimetype) == (404, "text/html"), path
        assert GONE[language] in answer.text, path
        assert f'<html lang="{language}">' in answer.text


def test_an_address_without_its_last_slash_still_leads_to_the_shop(client: FlaskClient) -> None:
    answer = client.get("/de/trial", follow_redirects=True)
    assert answer.status_code == 200
    assert "Tickets aussuchen" in answer.text


def test_a_bug_is_a_page_with_the_number_support_finds_in_the_log(
    world: ShopWorld, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the program")

    monkeypatch.setattr(world.shop.catalogues, "left", broken)
    answer = client.get("/de/trial/")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "Bei uns ist etwas schiefgegangen" in answer.text
    assert re.search(r"die Nummer [0-9A-F]{4}\.", answer.text)
    assert "riders@example.org" in answer.text
    assert "secret" not in answer.text


def test_a_busy_database_is_a_page_that_says_to_try_again(
    world: ShopWorld, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise DatabaseBusy("too many writers")

    monkeypatch.setattr(world.shop.catalogues, "event", busy)
    answer = client.get("/it/trial/")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "In questo momento il negozio non riesce a rispondere" in answer.text


def test_too_many_tries_are_a_page(client: FlaskClient) -> None:
    answers = [client.get(f"/fr/trial/order/guess{n}") for n in range(70)]
    assert answers[-1].status_code == 429
    assert "Trop de tentatives" in answers[-1].text


@pytest.mark.parametrize("language", LANGUAGES)
def test_mail_and_calendar_speak_the_language_of_the_order(world: ShopWorld, language: str) -> None:
    order_id = paid_order(world, language)
    (message,) = world.letterbox.mails
    words, view = translator(language), world.shop.orders.view(order_id)
    assert message["Content-Language"] == language
    assert message["Subject"] == words.text("Your tickets: %(event)s", event="Trial Rally")
    body = message.get_body(("html",))
    assert body is not None
    assert f'<html lang="{language}">' in body.get_content()
    assert words.money(62_500, "CZK") in body.get_content()
    pdf, calendar = message.iter_attachments()
    assert f"/Lang ({language})".encode() in pdf.get_content()
    assert words.text("If it cannot be scanned, type in") in page_text(pdf.get_content())
    entry = entry_of(calendar.get_content())
    assert words.text("Order %(code)s", code=view.order.code) in str(entry["DESCRIPTION"])
    assert entry["SUMMARY"].params["LANGUAGE"] == language


def test_the_calendar_has_the_event_in_its_zone_and_not_the_key_to_the_tickets(
    world: ShopWorld, client: FlaskClient
) -> None:
    view = world.shop.orders.view(paid_order(world, "cs"))
    answer = client.get(f"/cs/trial/order/{view.token}/event.ics")
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert view.token not in answer.text
    entry = entry_of(answer.text)
    assert str(entry.start) == "2028-07-06 08:00:00+02:00"
    assert entry["DTSTART"].params["TZID"] == "Europe/Prague"
    assert str(entry.end) == "2028-07-09 22:00:00+02:00"
    assert answer.data == client.get(f"/cs/trial/order/{view.token}/event.ics").data


def test_an_unpaid_order_has_no_calendar_entry(world: ShopWorld, client: FlaskClient) -> None:
    _, view, _ = world.buy()
    assert client.get(f"/cs/trial/order/{view.token}/event.ics").status_code == 404
