"""Badges made in the admin: shown once, taken by a kiosk with the PIN shown there, blocked for good, by whom may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from common.badges import SEARCHING_ROLES, Role
from kiosk.shown import BadgeRefused, BadgeTrouble, OperatorTaken, PinRefused
from syncserver.services import rights
from syncserver.services.admin_badges import draw_pin
from syncserver.services.import_event import import_event
from syncserver.services.keys import publish_key_list
from tests.support.admin_world import PASSWORD, Office, form_token
from tests.support.cheap_argon2 import make_argon2_cheap
from tests.support.small_event import small_event
from tests.support.whole_world import WholeWorld, make_whole_world

PIN = re.compile(r'<p class="code big pin"><span>(\d+)</span><span>(\d+)</span></p>')
KEY = re.compile(r'name="key" value="([0-9a-f]+)"')
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v1")
SVG = "<svg xmlns"  # of a code; the page's own mark names no such thing


@pytest.fixture(autouse=True)
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least argon2id takes: nothing here is about its cost."""
    make_argon2_cheap(monkeypatch)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path)
    yield made
    made.close()


def office_of(world: WholeWorld) -> Office:
    """The admin of the world's server."""
    return Office(world.services, world.event, world.app)


def read_code(page: str) -> str:
    """The digits of the QR code on a page, read as a camera reads them."""
    size = re.search(r'viewBox="0 0 (\d+) \1" shape-rendering', page)
    assert size is not None, page
    light = np.full((int(size[1]), int(size[1])), 255, np.uint8)
    for x, y, width in RUN.findall(page):
        light[int(y), int(x) : int(x) + int(width)] = 0
    found = zxingcpp.read_barcode(light.repeat(4, axis=0).repeat(4, axis=1))
    assert found is not None
    return str(found.text)


def form(office: Office, client: FlaskClient, name: str, *roles: str) -> dict[str, str | list[str]]:
    """The form of a new badge, filled in."""
    page = client.get(office.at("badges/new"))
    key = KEY.search(page.text)
    assert key is not None
    return {"form_token": form_token(page), "key": key[1], "name": name, "role": list(roles)}


def make(office: Office, client: FlaskClient, name: str = "Marta", *roles: str) -> tuple[str, str]:
    """A badge made on the page: the digits of its QR, and its PIN."""
    reply = client.post(office.at("badges/new"), data=form(office, client, name, *(roles or ("supervisor",))))
    pin = PIN.search(reply.text)
    assert pin is not None, reply.text
    return read_code(reply.text), pin[1] + pin[2]


def only_badge(office: Office) -> str:
    """The id of the one badge there is."""
    [one] = office.services.badges.all(office.event.id)
    return one.badge.hex()


def test_a_badge_made_on_the_page_signs_on_at_a_kiosk_with_the_pin_shown_there(world: WholeWorld) -> None:
    office = office_of(world)
    digits, pin = make(office, office.as_role(rights.Role.ADMIN))
    world.build()
    gate = world.gate()
    gate.scan(digits)
    assert isinstance(gate.front.enter_pin("000000"), PinRefused)
    assert gate.front.enter_pin(pin) == OperatorTaken("Marta", ("supervisor",), pin_good=True)


def test_a_badge_blocked_on_its_page_is_refused_after_the_next_exchange(world: WholeWorld) -> None:
    office = office_of(world)
    digits, pin = make(office, office.as_role(rights.Role.ADMIN))
    world.build()
    gate = world.gate()
    gate.scan(digits)
    assert isinstance(gate.front.enter_pin(pin), OperatorTaken)
    supervisor, badge = office.as_role(rights.Role.SUPERVISOR), only_badge(office)
    assert "cannot be taken back" in supervisor.get(office.at(f"badges/{badge}/block")).text
    reply = office.post(supervisor, f"badges/{badge}/block", f"badges/{badge}/block", why="left in a tram")
    assert "done=badge_blocked" in reply.location
    gate.settle()
    refused = gate.front.enter_pin(pin)
    assert isinstance(refused, BadgeRefused)
    assert refused.why is BadgeTrouble.BLOCKED
    page = supervisor.get(office.at(f"badges/{badge}")).text
    assert re.search(r"Supervisor blocked the badge Marta: left in a tram", page)
    assert "Block …" not in page


def test_the_same_form_again_shows_nothing_and_makes_no_second_badge(own_office: Office) -> None:
    """What a reload of the page sends."""
    admin = own_office.as_role(rights.Role.ADMIN)
    filled = form(own_office, admin, "Marta", "hostess")
    first = admin.post(own_office.at("badges/new"), data=filled)
    assert (first.headers["Cache-Control"], SVG in first.text) == ("no-store", True)
    again = admin.post(own_office.at("badges/new"), data=filled)
    assert (again.status_code, PIN.search(again.text), SVG in again.text) == (400, None, False)
    assert "this form was sent before" in again.text
    assert only_badge(own_office)


def test_no_other_page_shows_a_badges_code_or_pin(own_office: Office) -> None:
    admin = own_office.as_role(rights.Role.ADMIN)
    digits, pin = make(own_office, admin)
    for page in ("badges", "badges/new", f"badges/{only_badge(own_office)}", "staff"):
        text = admin.get(own_office.at(page)).text
        assert SVG not in text, page
        assert not re.search(rf"\b{pin}\b|{digits}", text), page


def test_who_made_a_badge_for_whom_is_listed_with_the_staff(own_office: Office) -> None:
    admin = own_office.as_role(rights.Role.ADMIN)
    make(own_office, admin, "Marta", "hostess", "support")
    assert re.search(r"made the badge.*Marta: hostess, support", admin.get(own_office.at("staff")).text)


def test_what_was_done_to_badges_by_command_is_listed_with_the_staff_and_on_the_badges_page(any_office: Office) -> None:
    """Whoever may run commands on the server has no account; what they did is no less a deed."""
    badges, event, admin = any_office.services.badges, any_office.event, any_office.as_role(rights.Role.ADMIN)
    made = badges.issue(event.id, "Marta", [Role.HOSTESS], "481516")
    make(any_office, admin, "Iva", "hostess")
    badges.block(event.id, "Marta")
    told = re.findall(r"Who.>([^<]*)<.*?What.>([^<]*)<.*?Why.>([^<]*)<", admin.get(any_office.at("staff")).text)
    assert [tuple(one.strip() for one in row) for row in told] == [
        ("by command", "blocked the badge", "Marta"),
        ("Admin", "made the badge", "Iva: hostess"),
        ("by command", "made the badge", "Marta: hostess"),
    ]
    page = admin.get(any_office.at(f"badges/{made.badge.hex()}")).text
    assert re.findall(r"by command: (\w+) the badge", page) == ["blocked", "made"]


def test_a_badge_of_who_finds_people_has_a_longer_pin(own_office: Office) -> None:
    admin = own_office.as_role(rights.Role.ADMIN)
    assert len(make(own_office, admin, "Iva", "hostess")[1]) == 6
    assert len(make(own_office, admin, "Ota", "hostess", "wild_hostess")[1]) == 8


@given(st.sets(st.sampled_from(Role), min_size=1))
def test_a_drawn_pin_is_one_a_badge_can_have_and_none_that_counts(roles: set[Role]) -> None:
    pin = draw_pin(roles)
    assert len(pin) == (8 if roles & set(SEARCHING_ROLES) else 6)
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    assert len(steps) > 1, pin


@pytest.mark.parametrize(
    ("name", "roles", "why"),
    [
        ("", ["hostess"], "1 to 24 printable characters"),
        ("   ", ["hostess"], "1 to 24 printable characters"),
        ("M" * 25, ["hostess"], "1 to 24 printable characters"),
        ("Řeřicha Ďábelská Žůžová", ["hostess"], "letters with accents have two"),
        ("Mar\u202eta", ["hostess"], "printable"),
        ("Marta", [], "one role or more"),
        ("Marta", ["queen"], "one role or more"),
    ],
)
def test_a_badge_that_cannot_be_is_refused_with_words(office: Office, name: str, roles: list[str], why: str) -> None:
    admin = office.as_role(rights.Role.ADMIN)
    reply = admin.post(office.at("badges/new"), data=form(office, admin, name, *roles))
    assert (reply.status_code, 'role="alert"' in reply.text) == (400, True)
    assert why in reply.text
    assert office.services.badges.all(office.event.id) == ()


def test_the_account_of_a_colleague_fills_in_name_and_roles(office: Office) -> None:
    office.account("berta", [rights.Role.SUPPORT])
    admin = office.as_role(rights.Role.ADMIN)
    assert "Make a badge for Berta" in admin.get(office.at("staff/of/berta")).text
    page = admin.get(office.at("badges/new?login=berta")).text
    assert 'value="Berta"' in page
    assert re.findall(r'value="(\w+)" checked', page) == ["support"]
    assert admin.get(office.at("badges/new?login=nobody")).status_code == 404


MAY_SEE, MAY_MAKE = {rights.Role.SUPERVISOR, rights.Role.ADMIN}, {rights.Role.ADMIN}


@pytest.mark.parametrize("role", rights.Role)
def test_admins_make_badges_supervisors_block_them_others_see_none(own_office: Office, role: rights.Role) -> None:
    own_office.services.badges.issue(own_office.event.id, "Jana", [Role.HOSTESS], "271828")
    client, badge = own_office.as_role(role), only_badge(own_office)
    page = client.get(own_office.at("badges"))
    assert (page.status_code == 200) == (role in MAY_SEE)
    assert ("New badge" in page.text) == (role in MAY_MAKE)
    assert (f'href="{own_office.at("badges")}"' in client.get("/admin/", follow_redirects=True).text) == (
        role in MAY_SEE
    )
    token = form_token(client.get(own_office.at("")))
    data = {"form_token": token, "name": "Ota", "role": "admin", "why": "lost"}
    assert client.post(own_office.at("badges/new"), data=data).status_code == (200 if role in MAY_MAKE else 403)
    blocked = client.post(own_office.at(f"badges/{badge}/block"), data=data)
    assert blocked.status_code == (303 if role in MAY_SEE else 403)


@pytest.mark.parametrize("badge", ["00" * 8, "x", "../staff", "00" * 7])
def test_a_badge_that_is_none_of_the_events_is_not_here(office: Office, badge: str) -> None:
    admin = office.as_role(rights.Role.ADMIN)
    assert admin.get(office.at(f"badges/{badge}")).status_code == 404
    assert office.post(admin, "badges/new", f"badges/{badge}/block", why="lost").status_code == 404


def test_a_badge_of_one_event_is_not_another_events_to_see_or_block(own_office: Office) -> None:
    s = own_office.services
    other = import_event(s.db, s.clock, small_event(**{'key = "trial"': 'key = "other"'}))
    s.keys.create(other.uid)
    named = s.admin.events.by_key("other")
    assert named is not None
    with s.db.write() as tx:
        publish_key_list(tx, s.clock, s.keys, named.event)
    s.admin.staff.create("neighbour", "", other.event_id, [rights.Role.ADMIN], PASSWORD)
    s.badges.issue(own_office.event.id, "Jana", [Role.HOSTESS], "271828")
    client, badge = own_office.sign_in("neighbour"), only_badge(own_office)
    assert "Jana" not in client.get("/admin/other/badges").text
    page = client.get("/admin/other/badges/new")
    assert client.get(f"/admin/other/badges/{badge}").status_code == 404
    data = {"form_token": form_token(page), "why": "lost"}
    assert client.post(f"/admin/other/badges/{badge}/block", data=data).status_code == 404
    assert not s.badges.all(own_office.event.id)[0].is_withdrawn


def test_a_blocked_badge_cannot_be_blocked_again(own_office: Office) -> None:
    own_office.services.badges.issue(own_office.event.id, "Jana", [Role.HOSTESS], "271828")
    admin, badge = own_office.as_role(rights.Role.ADMIN), only_badge(own_office)
    statuses = [own_office.post(admin, "badges/new", f"badges/{badge}/block", why="lost").status_code for _ in "ab"]
    assert statuses == [303, 400]


def test_an_event_without_a_badge_says_so_where_people_look(own_office: Office) -> None:
    admin = own_office.as_role(rights.Role.ADMIN)
    assert "Nobody has a staff badge" in admin.get(own_office.at("")).text
    assert "Staff sign on at a kiosk with a badge" in admin.get(own_office.at("devices")).text
    make(own_office, admin)
    assert "Nobody has a staff badge" not in admin.get(own_office.at("")).text
