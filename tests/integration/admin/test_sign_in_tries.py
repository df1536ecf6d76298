"""Tries to sign in are few for strangers, and a stranger keeps nobody out."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from syncserver.services.rights import Role
from syncserver.services.sign_in_tries import (
    ACCOUNTS_PER_BROWSER_MAX,
    PER_ACCOUNT,
    PER_BROWSER,
    PER_NETWORK,
    PER_PLACE,
    SignInTries,
    TooManyTries,
)
from tests.support.admin_world import PASSWORD, Office, form_token

WRONG, HERE, FAR = "not the horse of hers", "192.0.2.7", "198.51.100.9"
MANY = "too many tries"


def attempt(client: FlaskClient, login: str, password: str, address: str) -> str:
    """What the page says; "" if it let one in."""
    base = {"REMOTE_ADDR": address}
    token = form_token(client.get("/admin/login", environ_base=base))
    form = {"login": login, "password": password, "form_token": token}
    reply = client.post("/admin/login", data=form, environ_base=base)
    return "" if reply.status_code == 303 else reply.text


@pytest.fixture
def office(any_office: Office) -> Office:
    any_office.account("eva", [Role.SUPERVISOR])
    any_office.account("jan", [Role.SUPERVISOR])
    return any_office


def test_a_stranger_has_ten_tries_and_neither_the_account_nor_its_owner_elsewhere_rests(office: Office) -> None:
    stranger = office.app.test_client()
    told = [attempt(stranger, "eva", WRONG, FAR) for _ in range(PER_PLACE.count_max + 1)]
    assert [MANY in one for one in told] == [False] * PER_PLACE.count_max + [True]
    assert MANY in attempt(stranger, "eva", PASSWORD, FAR)
    assert attempt(office.app.test_client(), "eva", PASSWORD, HERE) == ""


def refused(tries: SignInTries, login: str, address: str, known: str | None = None) -> bool:
    """Whether one more try is too many."""
    try:
        tries.count(login, address, known)
    except TooManyTries:
        return True
    return False


@pytest.fixture
def tries(any_office: Office) -> SignInTries:
    return SignInTries(any_office.services.db, any_office.clock, b"TEST ONLY")


def test_tries_from_everywhere_stop_strangers_but_no_browser_that_signed_in_before(tries: SignInTries) -> None:
    known = tries.known("eva", None)
    told = [refused(tries, "eva", f"203.0.113.{number // 5}") for number in range(PER_ACCOUNT.count_max + 1)]
    assert told == [False] * PER_ACCOUNT.count_max + [True]
    assert refused(tries, "eva", HERE)
    assert not refused(tries, "jan", HERE)
    assert not refused(tries, "eva", HERE, known)


def test_a_network_that_guesses_at_everybody_rests_and_a_known_browser_in_it_does_not(tries: SignInTries) -> None:
    known = tries.known("eva", None)
    told = [refused(tries, f"nobody{number}", HERE) for number in range(PER_NETWORK.count_max + 1)]
    assert told == [False] * PER_NETWORK.count_max + [True]
    assert refused(tries, "jan", HERE)
    assert not refused(tries, "eva", HERE, known)


def test_what_is_too_many_now_is_few_again_when_the_window_is_over(any_office: Office, tries: SignInTries) -> None:
    while not refused(tries, "eva", FAR):
        pass
    any_office.clock.advance(PER_PLACE.window_s)
    assert not refused(tries, "eva", FAR)


def test_a_known_browser_has_ten_tries_too_and_is_known_to_its_own_accounts_alone(office: Office) -> None:
    own = office.app.test_client()
    assert attempt(own, "eva", PASSWORD, HERE) == ""
    told = [attempt(own, "eva", WRONG, HERE) for _ in range(PER_BROWSER.count_max + 1)]
    assert [MANY in one for one in told] == [False] * PER_BROWSER.count_max + [True]
    assert attempt(own, "jan", PASSWORD, HERE) == ""
    cookie = own.get_cookie("rallygate_staff_known", path="/admin")
    assert cookie is not None
    assert cookie.value.count(".") == 2


def test_a_made_up_word_of_a_known_browser_is_worth_nothing(office: Office) -> None:
    stranger = office.app.test_client()
    stranger.set_cookie("rallygate_staff_known", f"{'a' * 22}.{'0' * 32}", path="/admin")
    told = [attempt(stranger, "eva", WRONG, FAR) for _ in range(PER_PLACE.count_max + 1)]
    assert MANY in told[-1]


def test_a_browser_is_known_to_the_last_few_accounts(tries: SignInTries) -> None:
    known: str | None = None
    for number in range(ACCOUNTS_PER_BROWSER_MAX + 1):
        known = tries.known(f"shift{number}", known)
    for _ in range(PER_PLACE.count_max):
        refused(tries, "shift0", FAR, known)
        refused(tries, "shift1", HERE, known)
    assert refused(tries, "shift0", FAR), "the oldest is forgotten: counted as a stranger's"
    assert not refused(tries, "shift0", "192.0.2.44")


def test_whoever_must_change_the_password_reads_no_data_before(office: Office) -> None:
    drawn = office.account("newcomer", [Role.ADMIN], None)
    client = office.app.test_client()
    assert attempt(client, "newcomer", drawn, HERE) == ""
    rules = [rule for rule in office.app.url_map.iter_rules() if "GET" in (rule.methods or ())]
    pages = [str(rule) for rule in rules if str(rule).endswith(".json")]
    event_pages = [page.replace("<event_key>", office.event.key) for page in pages if page.count("<") == 1]
    assert event_pages
    assert {client.get(page).status_code for page in event_pages if page.startswith("/admin/")} == {403}
