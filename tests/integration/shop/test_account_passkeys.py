"""Passkeys on both databases: signing in, once, for their own account; adding and removing, also many at once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from syncserver.db.engine import Database
from syncserver.db.tables_buyers import buyer_challenges, buyer_passkeys
from syncserver.services.buyer_passkeys import CHALLENGE_MS, OPEN_PER_BROWSER_MAX, PASSKEYS_MAX
from syncserver.services.visitors import FRESH_MS
from tests.support.account_pages import ANNA, SHOP, surfer
from tests.support.passkey_pages import Owner, kept, signed_in
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.soft_passkeys import SoftDevice, answer, raw

BEN = "ben@example.org"


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, url="http://localhost")


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Owner:
    """Signed in, with a passkey."""
    return signed_in(world, app)


@pytest.fixture
def phone(world: ShopWorld, app: Flask, anna: Owner) -> Owner:
    """Another browser beside Anna's device, not signed in."""
    return Owner(surfer(world, app), anna.device)


def test_a_passkey_signs_in_without_an_address(world: ShopWorld, anna: Owner, phone: Owner) -> None:
    asked = phone.ask("sign_in")
    assert (asked["rpId"], asked["userVerification"], asked.get("allowCredentials", [])) == (
        "localhost",
        "required",
        [],
    )
    before = phone.browser.cookie()
    assert phone.sign_in() == 303
    assert phone.browser.is_signed_in()
    assert phone.browser.cookie() != before
    assert kept(world) == [("my phone", 2)]


def test_its_basket_comes_along(anna: Owner, phone: Owner) -> None:
    anna.browser.add()
    phone.browser.add()
    assert phone.sign_in() == 303
    assert (anna.browser.count(), phone.browser.count()) == (2, 2)


def test_an_answer_counts_once_and_in_the_browser_that_asked(world: ShopWorld, app: Flask, phone: Owner) -> None:
    other = surfer(world, app)
    text = phone.device.sign(phone.ask("sign_in"))
    assert other.send("account/passkey/in", answer=text).status_code == 422
    assert phone.enter(text) == 303
    assert phone.browser.send("account/out").status_code == 303
    assert phone.enter(text) == 422
    assert not phone.browser.is_signed_in()


def test_of_many_answers_at_once_one_signs_in(app: Flask, phone: Owner) -> None:
    text, token = phone.device.sign(phone.ask("sign_in")), phone.browser.token()
    cookie = phone.browser.cookie()

    def send(_: int) -> int:
        client = app.test_client()
        client.set_cookie("rallygate_shop", cookie)
        form = {"form_token": token, "answer": text}
        return client.post(f"{SHOP}account/passkey/in", data=form).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, range(6))) == [303, 422, 422, 422, 422, 422]


def test_a_challenge_is_over_after_five_minutes(world: ShopWorld, phone: Owner) -> None:
    asked = phone.ask("sign_in")
    world.clock.advance((CHALLENGE_MS - 1) / 1000)
    in_time = phone.device.sign(asked)
    assert phone.enter(in_time) == 303
    phone.browser.send("account/out")
    asked = phone.ask("sign_in")
    world.clock.advance(CHALLENGE_MS / 1000)
    assert phone.enter(phone.device.sign(asked)) == 422


def test_a_browser_has_a_few_challenges_open_and_those_that_are_over_go(world: ShopWorld, phone: Owner) -> None:
    for _ in range(OPEN_PER_BROWSER_MAX + 3):
        phone.ask("sign_in")
    with world.db.read() as tx:
        count = tx.execute(select(func.count()).select_from(buyer_challenges)).scalar_one()
    assert count == OPEN_PER_BROWSER_MAX
    assert phone.sign_in() == 303
    world.clock.advance(CHALLENGE_MS / 1000)
    phone.ask("sign_in")
    with world.db.read() as tx:
        assert tx.execute(select(func.count()).select_from(buyer_challenges)).scalar_one() == 1


def test_a_passkey_signs_in_to_its_own_account_only(world: ShopWorld, app: Flask, anna: Owner) -> None:
    ben = Owner(surfer(world, app), SoftDevice())
    ben.browser.sign_in(BEN)
    assert ben.add("ben's") == "passkey_added"
    world.clock.advance(FRESH_MS / 1000)
    mixed = Owner(anna.browser, ben.device)
    assert mixed.give("account/passkey/prove", ben.device.sign(mixed.ask("prove"))) == "passkey_wrong"
    assert ANNA in anna.browser.get("account").text
    assert mixed.sign_in() == 303
    assert BEN in anna.browser.get("account").text


def test_a_passkey_of_one_account_is_not_added_to_another(world: ShopWorld, app: Flask, anna: Owner) -> None:
    ben = Owner(surfer(world, app), SoftDevice())
    ben.browser.sign_in(BEN)
    asked = ben.ask("add")
    made = json.loads(ben.device.make(asked))
    mine, theirs = ben.device.keys[0].id, anna.device.keys[0].id
    attested = raw(made["response"]["attestationObject"]).replace(mine, theirs)
    text = answer(theirs, clientDataJSON=raw(made["response"]["clientDataJSON"]), attestationObject=attested)
    assert ben.give("account/passkey", text, name="stolen") == "passkey_twice"
    assert kept(world) == [("my phone", 1)]


def test_a_browser_left_signed_in_changes_nothing_until_it_is_shown_who_is_there(world: ShopWorld, anna: Owner) -> None:
    early = anna.device.make(anna.ask("add"))
    world.clock.advance(FRESH_MS / 1000)
    assert anna.browser.send("account/passkey/ask", purpose="add").status_code == 403
    assert anna.give("account/passkey", early) == "prove_first"
    assert anna.give("account/passkey/remove", "", passkey=1) == "prove_first"
    assert len(kept(world)) == 1
    assert anna.give("account/passkey/prove", anna.device.sign(anna.ask("prove"))) == "proved"
    assert anna.add("second") == "passkey_added"
    assert len(kept(world)) == 2


def test_removing_one_signs_other_browsers_out_and_it_opens_nothing(
    world: ShopWorld, anna: Owner, phone: Owner
) -> None:
    assert phone.sign_in() == 303
    with world.db.read() as tx:
        number = tx.execute(select(buyer_passkeys.c.id)).scalar_one()
    before = anna.browser.cookie()
    assert anna.give("account/passkey/remove", "", passkey=number) == "passkey_removed"
    assert kept(world) == []
    assert (anna.browser.is_signed_in(), phone.browser.is_signed_in()) == (True, False)
    assert anna.browser.cookie() != before
    assert phone.sign_in() == 422


def test_nobody_removes_what_is_not_theirs(world: ShopWorld, app: Flask, anna: Owner) -> None:
    ben = Owner(surfer(world, app), SoftDevice())
    ben.browser.sign_in(BEN)
    with world.db.read() as tx:
        number = tx.execute(select(buyer_passkeys.c.id)).scalar_one()
    for tried in (number, 0, -1, 10**30, "x"):
        ben.give("account/passkey/remove", "", passkey=tried)
    assert kept(world) == [("my phone", 1)]
    assert anna.browser.is_signed_in()


def test_an_account_has_ten_however_many_are_added_at_once(app: Flask, world: ShopWorld, anna: Owner) -> None:
    for number in range(PASSKEYS_MAX - 3):
        assert anna.add(f"number {number}") == "passkey_added"
    texts = [anna.device.make(anna.ask("add")) for _ in range(4)]
    token, cookie = anna.browser.token(), anna.browser.cookie()

    def send(text: str) -> str:
        client = app.test_client()
        client.set_cookie("rallygate_shop", cookie)
        form = {"form_token": token, "answer": text, "name": "at once"}
        return client.post(f"{SHOP}account/passkey", data=form).headers["Location"].partition("notice=")[2]

    with ThreadPoolExecutor(4) as pool:
        told = sorted(pool.map(send, texts))
    assert told == ["passkey_added", "passkey_added", "passkeys_full&limit=10", "passkeys_full&limit=10"]
    assert len(kept(world)) == PASSKEYS_MAX
