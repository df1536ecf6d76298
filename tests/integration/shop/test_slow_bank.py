"""Whatever the bank does, a page is there within two seconds: with what it said, or with "waiting for the bank"."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from shop_web.order_views import BACK_MAX
from syncserver.db.engine import Database
from syncserver.integrations.sandbox import provider as sandbox
from syncserver.integrations.sandbox.provider import SandboxProvider
from syncserver.services.bank_window import LOOKS
from syncserver.services.orders import OrderState
from syncserver.services.passes import SignedPasses
from syncserver.services.payment_provider import PaymentState, ProviderUnreachable
from syncserver.services.shop import Outside, make_shop
from syncserver.stores import payments as payment_store
from tests.support.kept_schema import put_schema
from tests.support.shop_world import SECRET, ShopWorld, make_shop_world
from tests.support.slow_bank import Manner, SlowBank, slow_bank

SHOP = "/en/trial/"
# The page's two seconds, and as many again for a machine that has other things to do; the bank hangs for much longer.
WITHIN_S = 4.0
MUTE = (Manner.HANGS, Manner.DRIPS_HEAD, Manner.DRIPS_BODY)
ALL_BAD = (*MUTE, Manner.BREAKS_OFF, Manner.FAILS)


@pytest.fixture
def bank() -> Iterator[SlowBank]:
    with slow_bank() as running:
        yield running


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """SQLite alone: what is asked here is how long one waits at a bank."""
    database = Database(f"sqlite:///{tmp_path / 'shop.sqlite'}")
    put_schema(database)
    yield database
    database.close()


@pytest.fixture
def world(db: Database, tmp_path: Path, bank: SlowBank) -> ShopWorld:
    """The shop, with the slow bank for a provider."""
    made = make_shop_world(db, tmp_path)
    providers = {"sandbox": SandboxProvider(bank.url, "secret")}
    outside = Outside("http://shop.test", SECRET, providers, SignedPasses(db, made.keys), made.letterbox)
    made.shop = make_shop(db, made.clock, outside)
    return made


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get(SHOP).text)
    assert found is not None
    return found[1]


def order_by(client: FlaskClient) -> tuple[str, str]:
    """A ticket ordered and sent to pay: (form token, where it led)."""
    token = token_of(client)
    client.post(f"{SHOP}basket/add", data={"form_token": token, "product": "four_days", "count": "1"})
    form = {"name": "Anna Nová", "mail": "anna@example.org", "terms": "yes", "form_key": "a" * 24, "form_token": token}
    return token, client.post(f"{SHOP}checkout", data=form).headers["Location"]


def return_path(world: ShopWorld, order_id: int) -> str:
    with world.db.read() as tx:
        key = payment_store.of_order(tx, order_id)[-1].key
    return f"/en/paid/{world.shop.payments._at.return_key(key)}"


def order_id_of(world: ShopWorld) -> int:
    with world.db.read() as tx:
        return payment_store.get(tx, 1).order_id


@pytest.mark.parametrize("manner", ALL_BAD)
def test_back_from_a_bank_that_says_nothing_one_waits_on_a_page(
    world: ShopWorld, app: Flask, bank: SlowBank, manner: Manner
) -> None:
    client = app.test_client()
    order_by(client)
    bank.manner, started_s = manner, time.monotonic()
    answer = client.get(return_path(world, order_id_of(world)), follow_redirects=True)
    took_s = time.monotonic() - started_s
    assert "Waiting for the bank" in answer.text
    assert bank.asked("GET") == 1  # the order's page did not wait a second time
    assert took_s < WITHIN_S
    other = app.test_client()  # as after a bank's app
    for turn in (BACK_MAX + 1, 50):  # nobody says "not paid" while the bank says nothing
        assert "Waiting for the bank" in client.get(f"{answer.request.path}?back={turn}").text
        assert "Waiting for the bank" in other.get(f"{return_path(world, 1)}?back={turn}").text
        assert client.get(f"{answer.request.path}?back={turn}&waiting=bank").status_code == 204
    assert bank.asked("GET") == 1


def test_once_the_bank_answers_again_the_page_shows_it(world: ShopWorld, app: Flask, bank: SlowBank) -> None:
    client = app.test_client()
    order_by(client)
    bank.manner = Manner.FAILS
    path = client.get(return_path(world, order_id_of(world)), follow_redirects=True).request.path
    bank.manner, bank.state = Manner.AT_ONCE, PaymentState.PAID
    world.clock.advance(LOOKS.attempt_rest_s + 0.1)
    assert "Paid. See you there!" in client.get(f"{path}?back=6").text


@pytest.mark.parametrize("manner", ALL_BAD)
def test_where_the_payment_page_is_not_to_be_had_the_order_is_kept_and_the_button_goes_on(
    world: ShopWorld, app: Flask, bank: SlowBank, manner: Manner
) -> None:
    client = app.test_client()
    bank.manner, started_s = manner, time.monotonic()
    token, place = order_by(client)
    assert time.monotonic() - started_s < WITHIN_S + 1  # four pages before it
    assert "payment_unreachable" in place
    path = place.partition("?")[0]
    assert "The payment page does not answer. Your order is kept" in client.get(place).text
    bank.manner = Manner.AT_ONCE
    world.clock.advance(LOOKS.attempt_rest_s + 0.1)
    pressed = [client.post(f"{path}/pay", data={"form_token": token}).headers["Location"] for _ in range(3)]
    assert pressed == [f"{bank.url}/pay/ref1"] * 3
    assert world.shop.orders.view(order_id_of(world)).state is OrderState.AWAITING


def test_an_answer_too_late_for_the_page_is_there_at_the_next_press(
    world: ShopWorld, app: Flask, bank: SlowBank
) -> None:
    client = app.test_client()
    bank.late_s = 2.0
    token, place = order_by(client)
    path = place.partition("?")[0]
    assert "payment_unreachable" in place
    end_s = time.monotonic() + 30
    while not place.startswith(bank.url) and time.monotonic() < end_s:
        time.sleep(0.2)
        place = client.post(f"{path}/pay", data={"form_token": token}).headers["Location"]
    assert place == f"{bank.url}/pay/ref1"
    assert bank.asked("POST") == 1


def test_a_crowd_that_waits_for_a_bank_that_hangs_asks_it_seldom(world: ShopWorld, app: Flask, bank: SlowBank) -> None:
    client = app.test_client()
    order_by(client)
    path, said = return_path(world, order_id_of(world)), []
    bank.manner = Manner.HANGS

    def wait() -> None:
        said.append("Waiting for the bank" in app.test_client().get(path).text)

    threads = [threading.Thread(target=wait) for _ in range(24)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert said == [True] * 24
    assert bank.asked("GET") <= LOOKS.seats


@pytest.mark.parametrize("manner", MUTE)
def test_pollers_wait_longer_and_not_for_ever(monkeypatch: pytest.MonkeyPatch, bank: SlowBank, manner: Manner) -> None:
    assert LOOKS.wait_s < sandbox.TIMEOUT_S
    bank.make("k1", 100)
    bank.manner = manner
    monkeypatch.setattr(sandbox, "TIMEOUT_S", 1.0)
    monkeypatch.setattr(sandbox, "WHOLE_S", 1.5)
    started_s = time.monotonic()
    with pytest.raises(ProviderUnreachable):
        SandboxProvider(bank.url, "secret").fetch("ref1")
    assert time.monotonic() - started_s < WITHIN_S + 1.5


def test_a_bank_that_sends_us_elsewhere_is_not_followed(bank: SlowBank) -> None:
    bank.make("k1", 100)
    bank.manner = Manner.SENDS_ELSEWHERE
    with pytest.raises(ProviderUnreachable):
        SandboxProvider(bank.url, "secret").fetch("ref1")
    assert bank.asked("GET") == 1
