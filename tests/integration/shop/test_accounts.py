"""Signing in by a link in a mail: once, by a button, for whoever reads the mail and nobody else."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Table, select

from shop_web.blueprint import add_shop
from shop_web.rates import SIGN_IN_MAILS
from syncserver.db.tables_buyers import buyer_links, buyer_sign_ins, buyers
from syncserver.services.buyers import ASKED_PER_ADDRESS, ASKED_PER_ADDRESS_A_DAY, LINK_MS
from syncserver.services.translations import LANGUAGES
from syncserver.services.visitors import IDLE_MS, SIGN_IN_MS
from tests.support.account_pages import ANNA, SHOP, Surfer, link_in, surfer
from tests.support.shop_world import ShopWorld

MINUTE_MS = 60_000


@pytest.fixture
def anna(world: ShopWorld, app: Flask) -> Surfer:
    return surfer(world, app)


def asked(world: ShopWorld, browser: Surfer, mail: str = ANNA) -> str:
    browser.ask(mail)
    world.worker.run_all()
    return link_in(world)


def test_a_link_signs_in_whoever_presses_its_button(world: ShopWorld, anna: Surfer) -> None:
    link = asked(world, anna)
    assert world.letterbox.mails[-1]["To"] == ANNA
    page = anna.client.get(link)
    assert (page.status_code, ANNA in page.text) == (200, True)
    answer = anna.press(link)
    assert answer.headers["Location"] == f"{SHOP}account?notice=signed_in"
    assert anna.is_signed_in()


def test_a_mail_scanner_that_opens_the_link_does_not_use_it_up(world: ShopWorld, app: Flask, anna: Surfer) -> None:
    link = asked(world, anna)
    for _ in range(5):
        assert app.test_client().get(link).status_code == 200
    anna.press(link)
    assert anna.is_signed_in()


def test_a_link_works_once(world: ShopWorld, app: Flask, anna: Surfer) -> None:
    link = asked(world, anna)
    anna.press(link)
    other = surfer(world, app)
    answer = other.press(link)
    assert (answer.status_code, "used or is too old" in answer.text) == (410, True)
    assert other.client.get(link).status_code == 410
    assert not other.is_signed_in()


def test_of_many_presses_at_once_one_signs_in(world: ShopWorld, app: Flask, anna: Surfer) -> None:
    link = asked(world, anna)
    browsers = [surfer(world, app) for _ in range(6)]
    for one in browsers:
        one.get()
    with ThreadPoolExecutor(6) as pool:
        codes = sorted(pool.map(lambda one: one.press(link).status_code, browsers))
    assert codes == [303, 410, 410, 410, 410, 410]


def test_a_link_is_over_after_a_quarter_of_an_hour(world: ShopWorld, anna: Surfer) -> None:
    link = asked(world, anna)
    world.clock.advance((LINK_MS - 1) / 1000)
    assert anna.client.get(link).status_code == 200
    world.clock.advance(0.001)
    assert anna.client.get(link).status_code == 410
    assert anna.press(link).status_code == 410
    assert not anna.is_signed_in()


def test_using_one_link_ends_the_others_to_the_address(world: ShopWorld, anna: Surfer) -> None:
    first, second = asked(world, anna), asked(world, anna)
    assert first != second
    anna.press(second)
    assert anna.client.get(first).status_code == 410


def test_an_address_that_has_bought_gets_the_same_answer_as_one_that_has_not(world: ShopWorld, anna: Surfer) -> None:
    world.buy()
    known, unknown = anna.ask(ANNA), anna.ask("nobody@example.org")
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    world.worker.run_all()
    bodies = [re.sub(r"/in/\S+", "", message.get_body(("plain",)).get_content()) for message in world.letterbox.mails]  # type: ignore[union-attr]
    assert len(bodies) == 2
    assert bodies[0] == bodies[1]


def test_an_address_gets_three_mails_in_a_quarter_of_an_hour_and_nobody_is_told(world: ShopWorld, anna: Surfer) -> None:
    answers = {anna.ask().headers["Location"] for _ in range(5)}
    world.worker.run_all()
    assert answers == {f"{SHOP}account?notice=link_sent"}
    assert len(world.letterbox.mails) == ASKED_PER_ADDRESS.count_max
    anna.ask("other@example.org")
    world.worker.run_all()
    assert world.letterbox.mails[-1]["To"] == "other@example.org"


def test_an_address_gets_ten_mails_a_day(world: ShopWorld, anna: Surfer) -> None:
    for _ in range(8):
        anna.ask(ANNA)
        anna.ask(ANNA.upper())
        world.clock.advance((16 * MINUTE_MS) / 1000)
    world.worker.run_all()
    sent = [row.sent_ms for row in _rows(world, buyer_links)]
    assert len(sent) == ASKED_PER_ADDRESS_A_DAY.count_max


def test_a_browser_asks_for_ten_links_in_a_quarter_of_an_hour(world: ShopWorld, anna: Surfer) -> None:
    anna.ask()  # its first form counts among those of newcomers
    answers = [anna.ask(f"n{n}@example.org") for n in range(SIGN_IN_MAILS.own_max + 1)]
    assert [answer.status_code for answer in answers] == [303] * SIGN_IN_MAILS.own_max + [429]
    assert "That was often. Please try again in" in answers[-1].text


@pytest.mark.parametrize("mail", ["", "anna", "anna@example", "a b@example.org", "@example.org", "a@b@example.org"])
def test_what_is_no_address_is_said_so(anna: Surfer, mail: str) -> None:
    answer = anna.ask(mail)
    assert (answer.status_code, "check your e-mail address" in answer.text) == (422, True)


def test_a_letter_that_only_looks_the_same_proves_no_other_address(world: ShopWorld, anna: Surfer) -> None:
    anna.ask("\u212aarl@example.org")  # the Kelvin sign, whose small letter is k
    world.worker.run_all()
    assert world.letterbox.mails[-1]["To"] == "Karl@example.org"


def test_signing_in_gives_another_cookie_and_other_form_tokens(world: ShopWorld, app: Flask, anna: Surfer) -> None:
    before, token = anna.token(), anna.cookie()
    anna.sign_in()
    assert anna.cookie() != token
    assert anna.token() != before
    assert anna.client.post(f"{SHOP}account/out", data={"form_token": before}).status_code == 403
    thief = surfer(world, app)
    thief.client.set_cookie("rallygate_shop", token)
    assert not thief.is_signed_in()


def test_signing_out_leaves_nothing_in_the_browser(world: ShopWorld, app: Flask, anna: Surfer) -> None:
    anna.sign_in()
    anna.add()
    token = anna.cookie()
    assert anna.send("account/out").headers["Location"] == f"{SHOP}account?notice=signed_out"
    assert anna.cookie() != token
    assert (anna.is_signed_in(), anna.count()) == (False, 0)
    thief = surfer(world, app)
    thief.client.set_cookie("rallygate_shop", token)
    assert (thief.is_signed_in(), thief.count()) == (False, 0)


def test_a_browser_forgets_the_pages_it_kept_when_signing_out(anna: Surfer) -> None:
    anna.sign_in()
    assert anna.get("account").headers["Cache-Control"] == "no-store"
    assert anna.send("account/out").headers["Clear-Site-Data"] == '"cache"'


def test_over_tls_the_cookie_is_of_this_host_alone_and_the_browser_stays_with_tls(world: ShopWorld) -> None:
    made = Flask("test")
    add_shop(made, replace(world.shop, public_url="https://shop.test"))
    answer = made.test_client().get(SHOP, base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-rallygate_shop=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_the_log_says_who_signed_in_by_number_and_not_by_address(
    world: ShopWorld, anna: Surfer, capsys: pytest.CaptureFixture[str]
) -> None:
    token = asked(world, anna).rpartition("/")[2]
    anna.send(f"account/in/{token}")
    anna.send(f"account/in/{token}")
    anna.send("account/out")
    said = capsys.readouterr().out
    assert [word in said for word in ("buyer_signed_in", "buyer_sign_in_refused", "buyer_signed_out")] == [True] * 3
    assert not [word for word in (ANNA, token) if word in said]


def test_signing_out_everywhere_ends_every_browser_of_the_account_and_no_other(
    world: ShopWorld, app: Flask, anna: Surfer
) -> None:
    phone, stranger = surfer(world, app), surfer(world, app)
    anna.sign_in()
    phone.sign_in()
    stranger.sign_in("other@example.org")
    anna.send("account/out", where="everywhere")
    assert [one.is_signed_in() for one in (anna, phone, stranger)] == [False, False, True]


@pytest.mark.parametrize(("passed_ms", "is_in"), [(IDLE_MS - 1, True), (IDLE_MS, False)])
def test_a_sign_in_rests_for_seven_days(world: ShopWorld, anna: Surfer, passed_ms: int, is_in: bool) -> None:
    anna.sign_in()
    world.clock.advance(passed_ms / 1000)
    assert anna.is_signed_in() is is_in


def test_a_sign_in_ends_after_thirty_days_however_much_it_is_used(world: ShopWorld, anna: Surfer) -> None:
    anna.sign_in()
    for _ in range(SIGN_IN_MS // (IDLE_MS // 2)):
        assert anna.is_signed_in()
        world.clock.advance((IDLE_MS // 2) / 1000)
    world.clock.advance((IDLE_MS // 2) / 1000)
    assert not anna.is_signed_in()


@pytest.mark.parametrize("path", ["account/link", "account/out", "account/in/" + "a" * 22])
def test_account_forms_without_our_token_are_refused(anna: Surfer, path: str) -> None:
    anna.sign_in()
    assert anna.client.post(SHOP + path, data={"mail": ANNA, "form_token": "0" * 32}).status_code == 403


def test_a_copy_of_the_database_signs_nobody_in(world: ShopWorld, anna: Surfer) -> None:
    token = asked(world, anna).rpartition("/")[2]
    anna.sign_in()
    kept = repr([_rows(world, table) for table in (buyers, buyer_links, buyer_sign_ins)])
    assert token not in kept
    assert anna.cookie() not in kept


def test_links_and_their_addresses_are_forgotten_after_a_day(world: ShopWorld, anna: Surfer) -> None:
    anna.ask()
    world.clock.advance((24 * 60 * MINUTE_MS + 1) / 1000)
    anna.ask("other@example.org")
    assert [row.mail for row in _rows(world, buyer_links)] == ["other@example.org"]
    world.worker.run_all()  # the job of the forgotten one ends too
    assert [message["To"] for message in world.letterbox.mails] == ["other@example.org"]


def test_a_mail_that_waited_longer_than_its_link_is_not_sent(world: ShopWorld, anna: Surfer) -> None:
    anna.ask()
    world.clock.advance(LINK_MS / 1000)
    world.worker.run_all()
    assert world.letterbox.mails == []


def test_guessing_links_is_slowed_down(anna: Surfer) -> None:
    codes = [anna.get(f"account/in/{n:022}").status_code for n in range(70)]
    assert (codes[0], codes[-1]) == (410, 429)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_speaks_the_language_of_the_page(world: ShopWorld, anna: Surfer, language: str) -> None:
    world.shop.buyers.ask_link(world.event, language, ANNA)
    world.worker.run_all()
    message = world.letterbox.mails[-1]
    assert message["Content-Language"] == language
    html = message.get_body(("html",))
    assert html is not None
    assert f'<html lang="{language}">' in html.get_content()
    assert f"/{language}/trial/account/in/" in html.get_content()


def _rows(world: ShopWorld, table: Table) -> list[Any]:
    with world.db.read() as tx:
        return list(tx.execute(select(table)))
