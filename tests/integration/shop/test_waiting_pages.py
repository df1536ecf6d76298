"""The pages that wait: nothing is sent while nothing is known, and nothing untrue is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import shop_web
from shop_web.order_views import BACK_MAX
from syncserver.services.payment_provider import PaymentState
from tests.support.shop_world import ShopWorld

SHOP = "/en/trial/"
DAY_S = 86_400
PROMISED_MS, ANSWER_MS = 2_000, 500  # from the bank's answer to the page, of which the page itself may take


def order_something(client: FlaskClient) -> None:
    """A ticket ordered and sent to pay: the payment is `ref1`."""
    keys = dict(re.findall(r'name="(form_token|form_key)" value="([\w-]+)"', client.get(SHOP).text))
    client.post(f"{SHOP}basket/add", data={**keys, "product": "four_days"})
    keys |= dict(re.findall(r'name="(form_key|total)" value="([\w-]+)"', client.get(f"{SHOP}checkout").text))
    form = {**keys, "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes"}
    assert client.post(f"{SHOP}checkout", data=form).location == "http://bank.test/ref1"


def back_from_bank(world: ShopWorld) -> str:
    return f"/en/paid/{world.shop.payments._at.return_key(world.bank.payments['ref1'].key)}"


def test_who_asks_again_gets_nothing_until_the_bank_and_the_scribe_have_done_their_part(
    world: ShopWorld, client: FlaskClient
) -> None:
    order_something(client)
    world.bank.decide("ref1", PaymentState.PENDING)
    at = client.get(back_from_bank(world)).location.partition("?")[0]
    waiting = client.get(f"{at}?waiting=bank&back=40")
    assert (waiting.status_code, waiting.data) == (204, b"")
    assert waiting.headers["Cache-Control"] == "no-store"
    world.bank.decide("ref1", PaymentState.PAID)
    paid = client.get(f"{at}?waiting=bank&back=41")
    assert paid.status_code == 200
    assert f'data-again="{at}?waiting=passes"' in paid.text
    assert client.get(f"{at}?waiting=passes&back=1").status_code == 204
    world.worker.run_all()
    here = client.get(f"{at}?waiting=passes&back=2")
    assert "Your passes are here." in here.text
    assert "data-again" not in here.text
    assert "Your passes are here." not in client.get(at).text, "who did not wait is not told"


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.CREATED, PaymentState.PAID])
def test_no_page_that_waits_loads_itself_anew(
    world: ShopWorld, app: Flask, client: FlaskClient, state: PaymentState
) -> None:
    order_something(client)
    world.bank.decide("ref1", state)
    back = back_from_bank(world)
    for page in (client.get(client.get(back).location), app.test_client().get(back)):
        assert page.status_code == 200
        assert "http-equiv" not in page.text


def test_a_page_just_come_back_to_waits_a_while_for_a_bank_that_knows_nothing_and_then_says_so(
    world: ShopWorld, app: Flask, client: FlaskClient
) -> None:
    order_something(client)
    at = client.get(back_from_bank(world)).location.partition("?")[0]
    for ask in (client, app.test_client()):
        path = at if ask is client else back_from_bank(world)
        assert "Waiting for the bank" in ask.get(f"{path}?back=1").text
        assert ask.get(f"{path}?waiting=bank&back={BACK_MAX}").status_code == 204
        assert "Not paid yet" in ask.get(f"{path}?waiting=bank&back={BACK_MAX + 1}").text
    world.clock.advance(DAY_S)
    assert "The time to pay is over" in app.test_client().get(back_from_bank(world)).text


def test_the_script_asks_often_enough_to_show_an_answer_within_two_seconds_of_it() -> None:
    script = (Path(shop_web.__file__).parent / "static" / "shop.js").read_text()
    (each_ms,) = re.findall(r"ASK_EACH_MS = (\d+)", script)
    assert int(each_ms) <= PROMISED_MS - ANSWER_MS
