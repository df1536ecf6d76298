"""Where an account is signed in, what its owner is told, and who comes too late to change anything."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask

from syncserver.services.buyer_notices import PER_HOUR_MAX
from syncserver.services.passwords import Passwords
from syncserver.services.shop_errors import CannotBuy
from syncserver.services.visitors import FRESH_MS
from tests.support.account_pages import ANNA, SHOP, Surfer, surfer
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld

GOOD, OTHER = "three horses on the road", "seven bridges over water"
PHONE = (
    "Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0 Mobile Safari/537.36"
)
ODD = ("\x00", "a" * 300, "[]", "ž" * 50, "-1", "9" * 40, '{"id":1}', "' OR 1=1 --", "")
FIELDS = ("mail", "password", "old", "new", "do", "where", "sign_in", "passkey", "answer", "name", "purpose")
FORMS = ("account/link", "account/out", "account/end", "account/password", "account/password/in",
         "account/password/prove", "account/passkey", "account/passkey/ask", "account/passkey/in",
         "account/passkey/prove", "account/passkey/remove", "account/in/" + "a" * 22)  # fmt: skip


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Surfer:
    made = surfer(world, app)
    made.sign_in()
    return made


@pytest.fixture
def phone(world: ShopWorld, app: Flask) -> Surfer:
    made = surfer(world, app)
    made.client.environ_base["HTTP_USER_AGENT"] = PHONE
    made.sign_in()
    return made


def ends(browser: Surfer) -> list[str]:
    """What the buttons to sign others out carry."""
    return re.findall(r'name="sign_in" value="([0-9a-f]+)"', browser.get("account/ways").text)


def test_devices_are_listed_and_each_is_signed_out(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    page = anna.get("account/ways").text
    assert "Chrome, Android" in page
    assert PHONE not in page
    assert page.count("<b>this device</b>") == 1
    (other,) = ends(anna)
    assert anna.send("account/end", sign_in=other).headers["Location"].endswith("notice=ended")
    assert (anna.is_signed_in(), phone.is_signed_in()) == (True, False)
    assert ends(anna) == []


def test_a_browser_left_signed_in_signs_no_other_out(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    (other,) = ends(anna)
    world.clock.advance(FRESH_MS / 1000)
    assert ends(anna) == []
    assert "prove_first" in anna.send("account/end", sign_in=other).headers["Location"]
    assert phone.is_signed_in()


def test_nobody_signs_another_account_out(world: ShopWorld, app: Flask, anna: Surfer, phone: Surfer) -> None:
    ben = surfer(world, app)
    ben.sign_in("ben@example.org")
    (other,) = ends(anna)
    ben.send("account/end", sign_in=other)
    assert phone.is_signed_in()


def test_the_owner_is_told_by_mail_of_what_changes(world: ShopWorld, anna: Surfer) -> None:
    world.letterbox.mails.clear()
    anna.send("account/password", new=GOOD)
    anna.send("account/password", do="remove")
    anna.send("account/out", where="everywhere")
    world.worker.run_all()
    subjects = [message["Subject"].partition(":")[0] for message in world.letterbox.mails]
    assert subjects == ["New password", "Password removed", "Signed out everywhere"]
    assert {message["To"] for message in world.letterbox.mails} == {ANNA}
    assert GOOD not in "".join(map(str, world.letterbox.mails))


def test_who_signs_in_with_the_old_password_while_it_is_changed_is_not_in(
    world: ShopWorld, app: Flask, anna: Surfer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Comparing takes long enough for a change in between."""
    anna.send("account/password", new=GOOD)
    thief = surfer(world, app)
    thief.get()
    _while_comparing(monkeypatch, lambda: anna.send("account/password", new=OTHER))
    assert thief.send("account/password/in", mail=ANNA, password=GOOD).status_code == 422
    assert (thief.is_signed_in(), anna.is_signed_in()) == (False, True)


def _while_comparing(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    compare = Passwords.matches

    def slow(self: Passwords, kept: str | None, password: str) -> bool:
        monkeypatch.undo()
        found = compare(self, kept, password)
        other = threading.Thread(target=act)
        other.start()
        other.join()
        return found

    monkeypatch.setattr(Passwords, "matches", slow)


def test_a_browser_that_was_signed_out_meanwhile_changes_nothing(world: ShopWorld, anna: Surfer) -> None:
    late = world.shop.visitors.of_cookie(anna.cookie())
    assert late.buyer is not None
    anna.send("account/out", where="everywhere")
    with pytest.raises(CannotBuy, match="prove_first"):
        world.shop.buyer_passwords.set(world.catalogue, late, late.buyer, "", OTHER)
    thief = surfer(world, app_of(world))
    assert thief.send("account/password/in", mail=ANNA, password=OTHER).status_code == 422


def test_the_log_says_what_was_refused_and_by_no_address(anna: Surfer, capsys: pytest.CaptureFixture[str]) -> None:
    anna.client.post(f"{SHOP}account/out", data={"form_token": "0" * 32})
    anna.client.post(f"{SHOP}account/out", data={}, headers={"Origin": "http://evil.test"})
    for _ in range(5):
        anna.ask()
    said = capsys.readouterr().out
    assert [said.count(one) for one in ("no token of this browser", "from another site")] == [1, 1]
    assert re.search(r"shop_limit_reached\s+action=sign-in-mail", said)
    assert ANNA not in said


def test_a_thief_who_has_a_key_cannot_fill_the_owners_mailbox(world: ShopWorld, anna: Surfer) -> None:
    world.letterbox.mails.clear()
    for number in range(PER_HOUR_MAX + 3):
        anna.send("account/password", new=f"{OTHER} {number}", do="set" if number % 9 == 0 else "remove")
    world.worker.run_all()
    assert len(world.letterbox.mails) == PER_HOUR_MAX


def test_an_odd_origin_is_another_site(anna: Surfer) -> None:
    form = {"form_token": anna.token(), "where": "here"}
    for odd in ("http://[", "x", "://", "http://localhost.evil.test", "http://evil.test/localhost"):
        assert anna.client.post(f"{SHOP}account/out", data=form, headers={"Origin": odd}).status_code == 403
    assert anna.is_signed_in()


@pytest.mark.parametrize("is_in", [True, False])
def test_whatever_account_forms_hold_the_answer_is_a_page(world: ShopWorld, app: Flask, is_in: bool) -> None:
    browser = surfer(world, app)
    if is_in:
        browser.sign_in()
    codes = set()
    for path in FORMS:
        token = browser.token()
        for odd in ODD:
            form = {"form_token": token, **dict.fromkeys(FIELDS, odd)}
            codes.add(browser.client.post(SHOP + path, data=form).status_code)
        world.clock.advance(60)
        browser.client.post(SHOP + path, data=b"\xff\xfe=%00&&&=;" * 50)
    assert codes <= {303, 400, 403, 404, 410, 422, 429}
