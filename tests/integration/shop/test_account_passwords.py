"""The optional password: for whoever proved the address, slow to guess, and lost without harm."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from syncserver.db.tables_buyers import buyers
from syncserver.services.sign_in_tries import PER_PLACE
from syncserver.services.visitors import FRESH_MS
from tests.support.account_pages import ANNA, SHOP, Surfer, surfer
from tests.support.cheap_passwords import make_passwords_dear
from tests.support.shop_world import ShopWorld

GOOD, OTHER = "three horses on the road", "seven bridges over water"


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Surfer:
    return surfer(world, app)


@pytest.fixture
def phone(world: ShopWorld, app: Flask) -> Surfer:
    return surfer(world, app)


def set_password(browser: Surfer, new: str, old: str = "", do: str = "set") -> str:
    """The notice it leads to."""
    answer = browser.send("account/password", new=new, old=old, do=do)
    return answer.headers["Location"].partition("notice=")[2]


def enter(browser: Surfer, password: str, mail: str = ANNA) -> tuple[int, str]:
    """Status and page."""
    answer = browser.send("account/password/in", mail=mail, password=password)
    return answer.status_code, answer.text


def test_a_password_signs_in_once_it_is_set(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    assert set_password(anna, GOOD) == "password_set"
    assert anna.is_signed_in()
    assert enter(phone, GOOD, "Anna@Example.org")[0] == 303
    assert phone.is_signed_in()


def test_a_password_is_good_years_later(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    world.clock.advance(5 * 366 * 24 * 3600)
    assert enter(phone, GOOD)[0] == 303
    assert phone.is_signed_in()


def test_its_basket_comes_along(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    anna.add()
    set_password(anna, GOOD)
    phone.add()
    enter(phone, GOOD)
    assert (anna.count(), phone.count()) == (2, 2)


@pytest.mark.parametrize("case", ["wrong", "unknown", "none set", "no address"])
def test_whatever_is_wrong_the_answer_is_the_same(world: ShopWorld, app: Flask, phone: Surfer, case: str) -> None:
    anna = surfer(world, app)
    anna.sign_in()
    if case != "none set":
        set_password(anna, GOOD)
    mail = {"unknown": "nobody@example.org", "no address": "nobody"}.get(case, ANNA)
    status, page = enter(phone, OTHER if case == "wrong" else GOOD, mail)
    assert status == 422
    assert "do not go together" in page
    assert not phone.is_signed_in()


def test_the_cookie_changes_and_other_browsers_are_signed_out(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    phone.sign_in()
    before = anna.cookie()
    set_password(anna, GOOD)
    assert anna.cookie() != before
    assert (anna.is_signed_in(), phone.is_signed_in()) == (True, False)


@pytest.mark.parametrize("do", ["set", "remove"])
def test_a_browser_left_signed_in_is_not_enough(world: ShopWorld, anna: Surfer, do: str) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    world.clock.advance(FRESH_MS / 1000)
    assert set_password(anna, OTHER, do=do) == "prove_first"
    assert set_password(anna, OTHER, old=OTHER, do=do) == "prove_first"
    assert set_password(anna, OTHER, old=GOOD, do=do) == ("password_set" if do == "set" else "password_removed")


def test_a_sign_in_by_password_proves_no_address(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    enter(phone, GOOD)
    assert set_password(phone, OTHER) == "prove_first"


def test_a_lost_password_is_replaced_after_a_link(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    world.clock.advance(3600)
    phone.sign_in()
    assert set_password(phone, OTHER) == "password_set"
    assert enter(anna, OTHER)[0] == 303


def test_a_removed_password_signs_nobody_in(anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    assert set_password(anna, "", do="remove") == "password_removed"
    assert enter(phone, GOOD)[0] == 422


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("eleven char", "password_short"),
        ("x" * 201, "password_short"),
        ("aaaaaabbbbbbcccc", "password_easy"),
        ("Password-of-mine", "password_easy"),
        ("0123456789ab", "password_easy"),
        ("Trial-Rally-2028", "password_easy"),
        ("Praha1Praha1", "password_easy"),
        ("1qaz2wsx3edc", "password_common"),
        ("QazWsxEdcRfv", "password_common"),
        ("anna on the road", "password_easy"),
    ],
)
def test_passwords_that_are_too_easy_are_refused(anna: Surfer, new: str, why: str) -> None:
    anna.sign_in()
    assert set_password(anna, new).partition("&")[0] == why


def test_any_character_will_do(anna: Surfer, phone: Surfer) -> None:
    word = "  žluťoučký kůň 🐎 "
    anna.sign_in()
    assert set_password(anna, word) == "password_set"
    assert enter(phone, word)[0] == 303


def test_a_password_is_not_cut_to_fit(anna: Surfer, phone: Surfer) -> None:
    longest = "three horses on the road " * 8
    anna.sign_in()
    assert set_password(anna, longest) == "password_set"
    assert enter(phone, longest + "x")[0] == 422
    assert enter(phone, longest)[0] == 303


def test_guessing_is_slow_and_the_link_still_works(world: ShopWorld, anna: Surfer, phone: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    told = [enter(phone, f"{OTHER} {n}")[1] for n in range(PER_PLACE.count_max)]
    assert all("do not go together" in page for page in told)
    assert "Too many tries" in enter(phone, GOOD)[1]
    world.clock.advance(60)
    phone.sign_in()
    assert phone.is_signed_in()


@pytest.fixture
def as_in_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the shop is made."""
    make_passwords_dear(monkeypatch)


@pytest.mark.usefixtures("as_in_life")
def test_the_database_keeps_a_slow_hash(world: ShopWorld, anna: Surfer) -> None:
    anna.sign_in()
    set_password(anna, GOOD)
    with world.db.read() as tx:
        kept = tx.execute(select(buyers.c.password)).scalar_one()
    assert str(kept).startswith("$argon2id$v=19$m=65536,")
    assert GOOD not in str(kept)


@pytest.mark.parametrize("path", ["account/password", "account/password/in"])
def test_forms_without_our_token_are_refused(anna: Surfer, path: str) -> None:
    anna.sign_in()
    form = {"form_token": "0" * 32, "mail": ANNA, "password": GOOD, "new": GOOD}
    assert anna.client.post(SHOP + path, data=form).status_code == 403
