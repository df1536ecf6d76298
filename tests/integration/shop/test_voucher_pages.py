"""Vouchers on the pages: what is secret stays so, codes cannot be guessed, and what counts is shown everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop_web.rates import WRONG_CODES
from syncserver.db.engine import Database
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.voucher_event import make_codes, voucher_event

SHOP = "/en/trial/"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, voucher_event())


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', client.get(f"{SHOP}basket").text)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, **form: str) -> str:
    """Send a form; the page it leads to."""
    answer = client.post(SHOP + path, data={"form_token": token_of(client), **form})
    assert answer.status_code == 303, answer.status_code
    return client.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    "path",
    ["", "?q=press", "?q=lounge", "basket", "item/lunch", "item/four_days", "?notice=added&item=press",
     "?notice=sold_out&item=lounge", "basket?notice=voucher_opens&offer=press"],
)  # fmt: skip
def test_no_page_names_what_is_secret(client: FlaskClient, path: str) -> None:
    page = client.get(SHOP + path)
    assert page.status_code == 200
    assert not re.search(r"press(?! a)|lounge", re.sub(r'value="(press|lounge)"|q=\w+', "", page.text), re.IGNORECASE)


def test_a_secret_products_address_and_form_are_those_of_no_product(client: FlaskClient) -> None:
    secret, none = client.get(f"{SHOP}item/press"), client.get(f"{SHOP}item/no_such")
    assert (secret.status_code, secret.text) == (none.status_code, none.text) == (404, none.text)
    form = {"form_token": token_of(client), "product": "press"}
    secret, none = (client.post(f"{SHOP}basket/add", data=form | more) for more in ({}, {"product": "no_such"}))
    assert (secret.status_code, secret.text) == (none.status_code, none.text) == (404, none.text)


def test_a_voucher_shows_what_it_opens_on_every_page_and_lets_it_be_bought(
    world: ShopWorld, client: FlaskClient
) -> None:
    [code] = make_codes(world)
    page = send(client, "basket/voucher", code=code.lower())
    assert "you can now buy what the voucher opens" in page
    assert "Press pass" in page
    assert "Press pass" in client.get(SHOP).text
    assert client.get(f"{SHOP}item/press").status_code == 200
    assert "Press pass is in the basket" in send(client, "basket/add", product="press")


def test_another_browser_sees_nothing_of_it(app: Flask, world: ShopWorld, client: FlaskClient) -> None:
    send(client, "basket/voucher", code=make_codes(world)[0])
    other = app.test_client()
    assert "Press pass" not in other.get(SHOP).text
    assert other.get(f"{SHOP}item/press").status_code == 404


def test_a_discount_stands_in_basket_checkout_and_order(client: FlaskClient) -> None:
    send(client, "basket/add", product="four_days")
    page = send(client, "basket/voucher", code="CLUB10")
    assert "−CZK\u00a062.50" in page
    assert "CZK\u00a0562.50" in page
    checkout = client.get(f"{SHOP}checkout").text
    assert "−CZK\u00a062.50" in checkout
    keys = dict(re.findall(r'name="(form_token|form_key|total)" value="([\w-]+)"', checkout))
    form = {**keys, "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes"}
    placed = client.post(f"{SHOP}checkout", data=form)
    assert placed.headers["Location"].startswith("http://bank.test/")


def test_a_total_that_changed_since_it_was_shown_is_shown_again(client: FlaskClient) -> None:
    send(client, "basket/add", product="four_days")
    send(client, "basket/voucher", code="CLUB10")
    checkout = client.get(f"{SHOP}checkout").text
    keys = dict(re.findall(r'name="(form_token|form_key|total)" value="([\w-]+)"', checkout))
    claim = re.search(r'name="claim" value="(\d+)"', client.get(f"{SHOP}basket").text)
    assert claim is not None
    assert "The voucher was taken out" in send(client, "basket/voucher/remove", claim=claim[1])
    form = {**keys, "name": "Anna Nová", "mail": "anna@example.org", "terms": "yes"}
    again = client.post(f"{SHOP}checkout", data=form)
    assert again.status_code == 422
    assert "The total has changed" in again.text


def test_whoever_tries_codes_is_stopped_and_good_codes_do_not_count(world: ShopWorld, client: FlaskClient) -> None:
    for _ in range(WRONG_CODES.own_max + 1):
        assert "There is no such voucher" in send(client, "basket/voucher", code="WRONG")
    good = make_codes(world)[0]
    assert "That was often" in send(client, "basket/voucher", code=good)
    world.clock.advance(WRONG_CODES.window_s)
    assert "you can now buy" in send(client, "basket/voucher", code=good)


@pytest.mark.parametrize("code", ["", "x" * 5000, "'; DROP TABLE vouchers", "ü", "\u202e"])
def test_any_code_gets_a_sentence(client: FlaskClient, code: str) -> None:
    assert "There is no such voucher" in send(client, "basket/voucher", code=code)


@pytest.mark.parametrize("claim", ["", "0", "-1", "x", "9" * 18])
def test_taking_out_a_voucher_that_is_not_there_changes_nothing(client: FlaskClient, claim: str) -> None:
    assert "The voucher was taken out." in send(client, "basket/voucher/remove", claim=claim)
