"""Changing a ticket as its buyer does it in a browser: what it costs first, then the basket, the checkout, the bank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from syncserver.db.engine import Database
from syncserver.services.orders import OrderView
from syncserver.services.translations import LANGUAGES, translator
from tests.support.kept_schema import put_schema
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES
from tests.support.upgrade_event import Sizes, change, upgrade_event

HIDDEN = re.compile(r'type="hidden" name="(\w+)" value="([^"]*)"')


@pytest.fixture
def world(tmp_path: Path) -> Iterator[ShopWorld]:
    db = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    put_schema(db)
    five_days_is_a_ride = {"secret = true\nadmission": "needs_plate = true\nsecret = true\nadmission"}
    yield make_shop_world(db, tmp_path, upgrade_event(Sizes(people=1), **ALL_LANGUAGES, **five_days_is_a_ride))
    db.close()


def at(view: OrderView, rest: str = "", language: str = "en") -> str:
    return f"/{language}/trial/order/{view.token}{rest}"


def form_of(client: FlaskClient, view: OrderView, product: str) -> dict[str, str]:
    """The hidden fields of the form that changes into a product."""
    forms = re.findall(r'<form method="post">.*?</form>', client.get(at(view, "/upgrade")).text, re.DOTALL)
    (form,) = [found for found in (dict(HIDDEN.findall(form)) for form in forms) if found["product"] == product]
    return form


def put_in(client: FlaskClient, view: OrderView, product: str = "four_days") -> str:
    reply = client.post(at(view, "/upgrade"), data=form_of(client, view, product))
    assert reply.status_code == 303
    assert "notice=upgrade_added" in reply.location
    return client.get(reply.location).text


def test_the_pages_say_what_more_is_to_be_paid_in_every_language(world: ShopWorld, client: FlaskClient) -> None:
    _, view = world.paid("one_day")
    for language in LANGUAGES:
        words = translator(language)
        more = words.money(25_000, "CZK")
        there = words.text("Change to %(product)s, pay %(amount)s more", product="Four days", amount=more)
        assert there in client.get(at(view, language=language)).text
        page = client.get(at(view, "/upgrade", language))
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text
        assert words.text("Pay %(amount)s more", amount=more) in page.text
        assert "Five days" not in page.text, "it is secret"


def test_a_buyer_changes_a_ticket_from_the_order_page_to_the_bank_without_typing_who_they_are(
    world: ShopWorld, client: FlaskClient
) -> None:
    _, view = world.paid("one_day")
    basket = put_in(client, view)
    assert "Change to Four days" in basket
    assert "instead of One day" in basket
    checkout = client.get("/en/trial/checkout")
    assert "Change to Four days" in checkout.text
    assert f'value="{view.order.name}"' in checkout.text
    assert f'value="{view.order.mail}"' in checkout.text
    token, key, total = (dict(HIDDEN.findall(checkout.text))[name] for name in ("form_token", "form_key", "total"))
    assert total == "25000"
    who = {"name": view.order.name, "mail": view.order.mail, "terms": "yes"}
    sent = client.post("/en/trial/checkout", data={"form_token": token, "form_key": key, "total": total, **who})
    assert sent.location.startswith("http://bank.test/")
    waiting = client.get(at(view, "/upgrade")).text
    assert "A change of this ticket waits to be paid." in waiting
    ref = sent.location.rpartition("/")[2]
    made = world.shop.orders.view(2)
    assert made.order.code in waiting
    world.pay(made, ref)
    bought = client.get(at(view)).text
    assert "changed to Four days" in bought
    assert "Ticket changed from One day to Four days: Anna Nová" in bought
    assert "instead of One day" in client.get(at(made)).text
    assert "Change a ticket" not in bought, "into what is left there is no way for who has no voucher"


def test_what_is_sold_out_or_not_possible_is_said_and_a_form_for_it_changes_nothing(
    world: ShopWorld, client: FlaskClient
) -> None:
    _, view = world.paid("one_day")
    form = form_of(client, view, "four_days")
    world.paid("four_days")
    page = client.get(at(view, "/upgrade")).text
    assert "sold out" in page
    assert "Pay CZK" not in page
    assert "Change to another ticket" in client.get(at(view)).text
    reply = client.post(at(view, "/upgrade"), data=form)
    assert "notice=sold_out" in reply.location
    assert client.post(at(view, "/upgrade"), data={**form, "form_token": "x"}).status_code == 403
    for odd in ({"ticket": "00"}, {"product": "five_days"}, {"product": "x"}, {"ticket": ""}):
        assert client.post(at(view, "/upgrade"), data={**form, **odd}).status_code == 404, odd
    assert "notice=not_changeable" in client.post(at(view, "/upgrade"), data={**form, "product": "one_day"}).location


def test_the_plate_of_a_ride_is_asked_in_the_basket_and_goes_to_the_holder(
    world: ShopWorld, client: FlaskClient
) -> None:
    _, view = world.paid("one_day")
    client.get(at(view))
    token = dict(HIDDEN.findall(client.get("/en/trial/basket").text))["form_token"]
    entered = re.search(r'<form method="post" action="([^"]+/voucher[^"]*)"', client.get("/en/trial/basket").text)
    assert entered is not None
    client.post(entered[1], data={"form_token": token, "code": "club55"})
    basket = put_in(client, view, "five_days")
    (line,) = re.findall(r'name="plate-(\d+)"', basket)
    client.post("/en/trial/basket/holders", data={"form_token": token, f"plate-{line}": "1a2 3456", "then": "checkout"})
    checkout = dict(HIDDEN.findall(client.get("/en/trial/checkout").text))
    who = {"name": "Anna", "mail": "anna@example.org", "terms": "yes"}
    sent = client.post("/en/trial/checkout", data={**checkout, **who})
    world.pay(world.shop.orders.view(2), sent.location.rpartition("/")[2])
    (shown,) = world.shop.tickets.shown(world.shop.orders.view(view.order.id), "en")
    assert (shown.product, shown.plate) == ("Five days", "1A2 3456")


def test_the_order_of_the_change_says_that_it_goes_back_with_its_ticket(world: ShopWorld, client: FlaskClient) -> None:
    browser, view = world.paid("one_day")
    made = change(world, browser, view)
    page = client.get(at(made, "/return")).text
    assert "Nothing of this order can be given back here." in page
    assert "No ticket of this order can be changed" in client.get(at(made, "/upgrade")).text, "that is the first order"


def test_an_order_that_is_not_paid_leads_back_to_its_page(world: ShopWorld, client: FlaskClient) -> None:
    _, view, _ = world.buy("one_day")
    assert client.get(at(view, "/upgrade")).location.endswith(at(view))
    assert client.get("/en/trial/order/nothing/upgrade").status_code == 404
