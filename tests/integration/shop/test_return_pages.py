"""Giving back as a buyer does it in a browser: the amount is seen before the button, and nothing else is done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from syncserver.db.engine import Database
from syncserver.services.orders import OrderState, OrderView
from syncserver.services.payment_provider import PaymentState
from syncserver.services.translations import LANGUAGES
from tests.support.gate_of_shop import kiosk_of, use
from tests.support.server_world import LUNCH
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event

RULED = {
    **ALL_LANGUAGES,
    'price = 625\nvat = "standard"': 'price = 625\nvat = "standard"\nrefund = { percent = 80, fee = 20 }',
    'price = 189\nvat = "standard"': 'price = 189\nvat = "standard"\nrefund = { percent = 100 }',
}


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**RULED))


@pytest.fixture
def view(world: ShopWorld) -> OrderView:
    browser, view = world.paid(count=2)
    world.add_items(browser, view.tickets[0].ticket, "lunch", 2)
    return view


def at(view: OrderView, rest: str = "", language: str = "en") -> str:
    return f"/{language}/trial/order/{view.token}{rest}"


def fields(reply: TestResponse) -> dict[str, str]:
    """The hidden fields of the page's last form."""
    form = reply.text.rpartition("<form")[2]
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))


def state(world: ShopWorld, view: OrderView) -> OrderView:
    world.worker.run_all()
    return world.shop.orders.view(view.order.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_shows_what_a_ticket_gives_in_every_language(
    client: FlaskClient, view: OrderView, language: str
) -> None:
    assert at(view, "/return", language) in client.get(at(view, language=language)).text
    page = client.get(at(view, "/return?p1=1", language))
    assert page.status_code == 200
    digits = re.sub(r"[^\d]", "", fields(page)["shown"])
    assert digits == str(62_500 * 80 // 100 - 2_000 + 2 * 18_900), "the ticket by its rule, its lunches by theirs"
    assert f'<html lang="{language}">' in page.text


def test_the_form_gives_back_once_and_the_order_page_says_so(
    world: ShopWorld, client: FlaskClient, view: OrderView
) -> None:
    form = fields(client.get(at(view, "/return?p1=1")))
    for _ in range(2):
        reply = client.post(at(view, "/return"), data=form)
        assert reply.status_code == 303
        assert "notice=given_back" in reply.location
    now = state(world, view)
    assert (now.state, now.refunded_minor) == (OrderState.FULFILLED, 48_000)
    page = client.get(at(view)).text
    assert "Given back on" in page
    assert "The money went to your bank" in page
    assert page.count('class="pass"') == 1


def test_an_amount_nobody_showed_is_refused(world: ShopWorld, client: FlaskClient, view: OrderView) -> None:
    form = fields(client.get(at(view, "/return?p1=1")))
    for shown in ("1", "", "99999999999999999999", "-5", "ü"):
        reply = client.post(at(view, "/return"), data={**form, "shown": shown})
        assert "/return?notice=" in reply.location
    assert client.post(at(view, "/return"), data={**form, "form_token": "0" * 32}).status_code == 403
    assert state(world, view).refunded_minor == 0


def test_nonsense_in_the_address_is_answered_with_the_page(client: FlaskClient, view: OrderView) -> None:
    for asked in ("p1=0", "p9=1", "p1=9", "p=1", "px=1", "p1=x", "p1=99999", "p1=%C3%BC", "p2=1&p2=2"):
        assert client.get(at(view, f"/return?{asked}")).status_code == 200, asked
    assert client.get("/en/trial/order/nothing/return").status_code == 404


def test_what_was_used_is_named_and_cannot_be_chosen(world: ShopWorld, client: FlaskClient, view: OrderView) -> None:
    pen = kiosk_of(world)
    use(pen, view.tickets[0].ticket)
    page = client.get(at(view, "/return")).text
    assert "used already" in page
    assert 'name="p1"' not in page
    assert 'name="p2"' in page
    used = client.get(at(view, "/return?p1=1"))
    assert "This was used already" in used.text
    use(pen, view.tickets[1].ticket, LUNCH)  # more than it had: a conflict, and no reason to fail here
    assert client.get(at(view, "/return?p2=1")).status_code == 200


def test_after_the_event_nothing_can_be_given_back(world: ShopWorld, client: FlaskClient, view: OrderView) -> None:
    world.clock.advance(6 * 86_400)
    assert "/return" not in client.get(at(view)).text
    assert client.get(at(view, "/return")).status_code == 404


def test_an_order_nobody_paid_is_given_up_by_one_button(world: ShopWorld, client: FlaskClient) -> None:
    _, unpaid, _ = world.buy()
    page = client.get(at(unpaid))
    assert "Cancel this order" in page.text
    token = re.findall(r'name="form_token" value="(\w+)"', page.text)[0]
    assert client.post(at(unpaid, "/give-up"), data={"form_token": token}).status_code == 303
    assert state(world, unpaid).order.closed_why == "closed"
    assert "This order is cancelled" in client.get(at(unpaid)).text
    assert client.get(at(unpaid, "/return")).status_code == 303


def test_giving_up_an_order_whose_payment_just_came_keeps_the_tickets(world: ShopWorld, client: FlaskClient) -> None:
    _, view, ref = world.buy()
    token = re.findall(r'name="form_token" value="(\w+)"', client.get(at(view)).text)[0]
    world.bank.decide(ref, PaymentState.PAID)
    client.post(at(view, "/give-up"), data={"form_token": token})
    assert state(world, view).state is OrderState.FULFILLED
