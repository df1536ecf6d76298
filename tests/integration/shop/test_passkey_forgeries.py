"""What is no answer of a passkey signs nobody in and changes nothing: forged, mixed up, from elsewhere, too often."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from shop_web.rates import PASSKEY_ASKS
from syncserver.db.engine import Database
from syncserver.db.tables_buyers import buyer_challenges, buyer_passkeys
from syncserver.services.buyer_passkeys import CHALLENGE_MS, CHANGES
from syncserver.services.translations import LANGUAGES, translator
from syncserver.services.visitors import FRESH_MS
from tests.support.account_pages import ANNA, SHOP, surfer
from tests.support.passkey_pages import Owner, kept, signed_in
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import ALL_LANGUAGES, small_event
from tests.support.soft_passkeys import USER_PRESENT, USER_VERIFIED, SoftDevice, raw

# The rules are in Python, the same over both databases: test_account_passkeys.py has what the databases decide.
pytestmark = pytest.mark.parametrize("db", ["sqlite"], indirect=True)
LIES: tuple[dict[str, object], ...] = (
    {"origin": "http://evil.test"},
    {"origin": "https://localhost"},
    {"origin": "http://localhost.evil.test"},
    {"challenge": "A" * 43},
    {"challenge": ""},
    {"type": "webauthn.create"},
    {"crossOrigin": True},
)
WRONG_DEVICES: dict[str, dict[str, Any]] = {
    "another host": {"party": "evil.test"},
    "nobody verified": {"flags": USER_PRESENT},
    "nobody present": {"flags": USER_VERIFIED},
    "its count stands": {"step": 0},
    "its count falls": {"step": -1},
}


@pytest.fixture
def world(db: Database, tmp_path: Path) -> ShopWorld:
    return make_shop_world(db, tmp_path, small_event(**ALL_LANGUAGES), "http://localhost")


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Owner:
    """Signed in, with a passkey."""
    return signed_in(world, app)


@pytest.fixture
def phone(world: ShopWorld, app: Flask, anna: Owner) -> Owner:
    """Another browser beside Anna's device, not signed in."""
    return Owner(surfer(world, app), anna.device)


def test_what_is_asked_for_says_whose_and_that_the_device_keeps_it(anna: Owner) -> None:
    asked = anna.ask("add")
    assert asked["rp"] == {"id": "localhost", "name": "Trial Rally"}
    assert (asked["user"]["name"], len(raw(asked["user"]["id"]))) == (ANNA, 32)
    wanted = asked["authenticatorSelection"]
    assert (wanted["residentKey"], wanted["userVerification"]) == ("required", "required")
    assert (asked["attestation"], asked["timeout"]) == ("none", CHALLENGE_MS)
    assert [raw(one["id"]) for one in asked["excludeCredentials"]] == [anna.device.keys[0].id]


def test_an_answer_that_says_anything_else_signs_nobody_in(phone: Owner) -> None:
    taken = [lie for lie in LIES if phone.sign_in(**lie) != 422]
    assert (taken, phone.browser.is_signed_in()) == ([], False)
    assert phone.sign_in() == 303


def test_a_device_that_is_not_right_signs_nobody_in(phone: Owner) -> None:
    taken = [why for why, wrong in WRONG_DEVICES.items() if _with(phone, wrong).sign_in() != 422]
    assert (taken, phone.browser.is_signed_in()) == ([], False)
    phone.device.keys[0].count += 5
    assert phone.sign_in() == 303


def _with(owner: Owner, wrong: dict[str, Any]) -> Owner:
    changed = replace(owner, device=replace(owner.device, **wrong))
    changed.device.keys[0].count = 1  # as it stood when it was added
    return changed


def test_a_device_that_does_not_count_is_taken_at_its_word(world: ShopWorld, app: Flask) -> None:
    anna = Owner(surfer(world, app), SoftDevice(step=0))
    anna.browser.sign_in()
    assert anna.add() == "passkey_added"
    assert [Owner(surfer(world, app), anna.device).sign_in() for _ in range(2)] == [303, 303]


def test_a_signature_of_another_key_signs_nobody_in(phone: Owner) -> None:
    asked = phone.ask("sign_in")
    real = json.loads(phone.device.sign(asked))
    other = SoftDevice()
    other.make({"challenge": "", "user": {"id": ""}})
    other.keys[0].count = 100
    forged = json.loads(other.sign(asked))
    forged["id"], forged["response"]["userHandle"] = real["id"], real["response"]["userHandle"]
    assert phone.browser.send("account/passkey/in", answer=json.dumps(forged)).status_code == 422


def test_a_challenge_is_gone_with_its_first_answer_even_a_bad_one(phone: Owner) -> None:
    asked = phone.ask("sign_in")
    bad = phone.device.sign(asked, origin="http://evil.test")
    assert phone.browser.send("account/passkey/in", answer=bad).status_code == 422
    assert phone.browser.send("account/passkey/in", answer=phone.device.sign(asked)).status_code == 422


def test_a_challenge_serves_the_purpose_it_was_asked_for(anna: Owner, phone: Owner) -> None:
    for_prove = anna.device.sign(anna.ask("prove"))
    assert anna.browser.send("account/passkey/in", answer=for_prove).status_code == 422
    for_sign_in = anna.device.sign(anna.ask("sign_in"))
    assert anna.give("account/passkey/prove", for_sign_in) == "passkey_wrong"
    made_for_prove = anna.device.make({**anna.ask("add"), "challenge": anna.ask("prove")["challenge"]})
    assert anna.give("account/passkey", made_for_prove) == "passkey_wrong"


def test_the_password_shows_who_is_there_too(world: ShopWorld, anna: Owner) -> None:
    anna.browser.send("account/password", new="three horses on the road")
    world.clock.advance(FRESH_MS / 1000)
    before = anna.browser.cookie()
    assert anna.give("account/password/prove", "", password="wrong") == "prove_first"
    assert anna.give("account/password/prove", "", password="three horses on the road") == "proved"
    assert anna.browser.cookie() != before
    assert anna.add("second") == "passkey_added"


def test_names_are_of_one_line_and_one_is_given_where_there_is_none(world: ShopWorld, anna: Owner) -> None:
    anna.add("  <b>a\u202e\nlong</b> " + "x" * 60)
    anna.add("")
    assert [name for name, _ in kept(world)] == ["my phone", ("<b>a long</b> " + "x" * 60)[:40], "#3"]
    page = anna.browser.get("account/ways").text
    assert "&lt;b&gt;a long" in page


def test_changes_are_limited_per_account(world: ShopWorld, anna: Owner) -> None:
    told = [anna.give("account/passkey/remove", "", passkey=0) for _ in range(CHANGES.count_max)]
    assert (told[0], told[-1]) == ("passkey_removed", "too_many_requests")


def test_asking_is_limited_per_browser(phone: Owner) -> None:
    asks = range(PASSKEY_ASKS.own_max + 2)
    codes = [phone.browser.send("account/passkey/ask", purpose="sign_in").status_code for _ in asks]
    assert (codes[0], codes[-1]) == (200, 429)


def test_a_copy_of_the_database_signs_nobody_in(world: ShopWorld, phone: Owner) -> None:
    challenge = raw(phone.ask("sign_in")["challenge"])
    with world.db.read() as tx:
        rows = repr([*tx.execute(select(buyer_passkeys)), *tx.execute(select(buyer_challenges))])
    assert repr(challenge)[2:-1] not in rows
    assert str(phone.device.keys[0].secret.private_numbers().private_value) not in rows


def test_where_browsers_make_no_passkeys_none_is_offered(db: Database, tmp_path: Path) -> None:
    world = make_shop_world(db, tmp_path)
    anna = surfer(world, app_of(world))
    assert "passkey" not in anna.get("account").text
    assert anna.send("account/passkey/ask", purpose="sign_in").status_code == 404
    assert anna.send("account/passkey/in", answer="{}").status_code == 422


def test_a_passkey_says_whose_it_is(phone: Owner) -> None:
    for handle in ("", "AAAA"):
        text = json.loads(phone.device.sign(phone.ask("sign_in")))
        text["response"]["userHandle"] = handle
        assert phone.enter(json.dumps(text)) == 422


def test_who_is_not_signed_in_is_asked_for_nothing_but_to_sign_in(phone: Owner) -> None:
    codes = [phone.browser.send("account/passkey/ask", purpose=one).status_code for one in ("add", "prove", "x", "")]
    assert codes == [403, 403, 404, 404]


def test_forms_without_our_token_or_from_another_site_are_refused(anna: Owner) -> None:
    for path in ("/ask", "/in", "/prove", "/remove", ""):
        at = f"{SHOP}account/passkey{path}"
        form = {"purpose": "sign_in", "answer": "{}", "passkey": 1}
        assert anna.browser.client.post(at, data={**form, "form_token": "0" * 32}).status_code == 403
        ours = {**form, "form_token": anna.browser.token()}
        assert anna.browser.client.post(at, data=ours, headers={"Origin": "http://evil.test"}).status_code == 403


def test_the_owner_is_told_by_mail_in_the_language_of_the_page(world: ShopWorld, anna: Owner) -> None:
    world.worker.run_all()
    for language in LANGUAGES:
        world.letterbox.mails.clear()
        _add_and_remove(world, anna, language)
        words = translator(language)
        added, removed = world.letterbox.mails
        assert [added["To"], added["Content-Language"]] == [ANNA, language]
        assert added["Subject"] == f"{words.text('New passkey')}: Trial Rally"
        assert removed["Subject"] == f"{words.text('Passkey removed')}: Trial Rally"
        for body in [message.get_body((kind,)) for message in (added, removed) for kind in ("plain", "html")]:
            assert body is not None
            assert f"http://localhost/{language}/trial/account/ways" in body.get_content()
            assert "+420" not in body.get_content()  # a thief's words must not come to the owner in our name


def _add_and_remove(world: ShopWorld, anna: Owner, language: str) -> None:
    at, client = f"/{language}/trial/account/passkey", anna.browser.client
    token = {"form_token": anna.browser.token()}
    asked = json.loads(client.post(f"{at}/ask", data={**token, "purpose": "add"}).text)
    client.post(at, data={**token, "answer": anna.device.make(asked), "name": "call +420 now"})
    with world.db.read() as tx:
        number = tx.execute(select(func.max(buyer_passkeys.c.id))).scalar_one()
    client.post(f"{at}/remove", data={**token, "passkey": number})
    world.worker.run_all()
