"""Accounts: made, given roles, new passwords, switched off; what an account is elsewhere protects it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from syncserver.services.import_event import import_event
from syncserver.services.rights import Role
from tests.support.admin_world import PASSWORD, Office
from tests.support.small_event import small_event


def make(office: Office, client: FlaskClient, login: str, *roles: Role) -> str:
    """A new account; its password as the page shows it."""
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get(office.at("staff/new")).text)
    assert token is not None
    form = {"form_token": token[1], "login": login, "name": "Eva", "role": [one.value for one in roles]}
    reply = client.post(office.at("staff/new"), data=form)
    shown = re.search(r'<p class="code big">([^<]+)</p>', reply.text)
    assert shown is not None, reply.text
    return shown[1]


def test_a_new_account_must_choose_its_own_password(any_office: Office) -> None:
    client = any_office.as_role(Role.ADMIN)
    password = make(any_office, client, "eva", Role.SUPPORT)
    eva = any_office.sign_in("eva", password)
    assert eva.get(any_office.at("tickets")).location == "/admin/password"
    assert password not in client.get(any_office.at("staff")).text
    assert "has not chosen a password yet" in client.get(any_office.at("staff")).text


def test_roles_change_at_once(any_office: Office) -> None:
    any_office.account("eva", [Role.SUPPORT])
    eva, admin = any_office.sign_in("eva"), any_office.as_role(Role.ADMIN)
    assert eva.get(any_office.at("tickets")).status_code == 200
    any_office.post(admin, "staff/of/eva", "staff/of/eva/roles", role=Role.HOSTESS.value)
    assert eva.get(any_office.at("tickets")).status_code == 403
    assert eva.get(any_office.at("points")).status_code == 200


@pytest.mark.parametrize(("form", "still"), [("off", 303), ("password", 303), ("sign-out", 303)])
def test_whoever_is_switched_off_renewed_or_signed_out_is_out_at_once(
    any_office: Office, form: str, still: int
) -> None:
    any_office.account("eva", [Role.SUPPORT])
    eva, admin = any_office.sign_in("eva"), any_office.as_role(Role.ADMIN)
    any_office.post(admin, "staff/of/eva", f"staff/of/eva/{form}")
    assert eva.get(any_office.at("tickets")).status_code == still


def test_an_account_that_is_off_cannot_sign_in_until_it_is_on(any_office: Office) -> None:
    any_office.account("eva", [Role.SUPPORT])
    admin = any_office.as_role(Role.ADMIN)
    any_office.post(admin, "staff/of/eva", "staff/of/eva/off")
    with pytest.raises(AssertionError, match="login or password is wrong"):
        any_office.sign_in("eva")
    any_office.post(admin, "staff/of/eva", "staff/of/eva/on")
    assert any_office.sign_in("eva").get(any_office.at("tickets")).status_code == 200


def test_an_admin_cannot_shut_out_themselves(any_office: Office) -> None:
    admin = any_office.as_role(Role.ADMIN)
    reply = any_office.post(admin, "staff/of/admin", "staff/of/admin/roles", role=Role.SUPPORT.value)
    assert reply.status_code == 400
    assert any_office.post(admin, "staff/of/admin", "staff/of/admin/off").status_code == 400
    assert admin.get(any_office.at("staff")).status_code == 200


def test_an_account_of_two_events_is_not_one_events_to_take_over(any_office: Office) -> None:
    """Else the admin of one event could give a colleague's account a password and enter the other event."""
    s = any_office.services
    other = import_event(s.db, s.clock, small_event(**{'key = "trial"': 'key = "other"'}))
    any_office.account("eva", [Role.SUPPORT])
    s.admin.staff.create("eva", "", other.event_id, [Role.ADMIN], PASSWORD)
    admin = any_office.as_role(Role.ADMIN)
    for form in ("password", "off", "sign-out"):
        assert any_office.post(admin, "staff/of/eva", f"staff/of/eva/{form}").status_code == 403
    s.admin.staff.create("foreign", "", other.event_id, [Role.ADMIN], PASSWORD)
    assert admin.get(any_office.at("staff/of/foreign")).status_code == 404
    assert any_office.post(admin, "staff/new", "staff/new", login="foreign", role="support").status_code == 400
    assert any_office.sign_in("foreign").get("/admin/other/staff").status_code == 200


@pytest.mark.parametrize("login", ["", "x", "e va", "a" * 61, "admin"])
def test_a_login_that_cannot_be_is_refused_with_words(office: Office, login: str) -> None:
    reply = office.post(office.as_role(Role.ADMIN), "staff/new", "staff/new", login=login, role="support")
    assert reply.status_code == 400
    assert 'role="alert"' in reply.text


def test_no_role_at_all_is_refused(office: Office) -> None:
    reply = office.post(office.as_role(Role.ADMIN), "staff/new", "staff/new", login="nobody.yet")
    assert "choose one role or more" in reply.text


def test_what_people_did_is_listed(any_office: Office) -> None:
    admin = any_office.as_role(Role.ADMIN)
    make(any_office, admin, "eva", Role.SUPPORT)
    page = admin.get(any_office.at("staff")).text
    assert "made the account" in page
    assert "eva" in page


@pytest.mark.parametrize(
    ("new", "why"),
    [("1qaz2wsx3edc", "thieves try it first"), ("Zbyhnev-2028!!", "easy to guess"), ("short", "12 to 200 characters")],
)
def test_a_password_that_thieves_try_first_is_refused(office: Office, new: str, why: str) -> None:
    office.account("zbyhnev", [Role.SUPPORT])
    client = office.sign_in("zbyhnev")
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', client.get("/admin/password").text)
    assert token is not None
    form = {"form_token": token[1], "old": PASSWORD, "new": new, "again": new}
    reply = client.post("/admin/password", data=form)
    assert (reply.status_code, why in reply.text) == (400, True)
    assert office.sign_in("zbyhnev").get(office.at("tickets")).status_code == 200
