"""Every route of the whole server declares who may call it, and the admin's guard keeps to it."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.routing import Rule

from common.errors import InvariantError
from syncserver.services.import_event import import_event
from syncserver.services.rights import RIGHTS_OF, Right, Role, right_of, rights_of
from tests.support.admin_world import PASSWORD, Office
from tests.support.small_event import small_event

STATIC = {"shop.static", "admin.static"}
BY_OTHERS = {Right.PUBLIC, Right.BUYER, Right.DEVICE}
VALUES = {
    "item": "1",
    "point": "main_gate",
    "device": "00" * 16,
    "ticket": "00" * 8,
    "job": "1",
    "login": "nobody",
    "badge": "00" * 8,
    "code": "ABC",
    "voucher": "1",
    "batch": "00" * 8,
}


def rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint not in STATIC]


def of_admin(app: Flask) -> list[tuple[Rule, Right]]:
    """Routes of the admin that ask for a right."""
    found = [(rule, right_of(app.view_functions[rule.endpoint])) for rule in rules(app) if _is_admin(rule)]
    return [(rule, needed) for rule, needed in found if needed is not None and needed not in BY_OTHERS]


def _is_admin(rule: Rule) -> bool:
    return bool(rule.endpoint.startswith("admin."))


def address(office: Office, rule: Rule) -> str:
    values = {name: VALUES.get(name, "x") for name in rule.arguments} | {"event_key": office.event.key}
    with office.app.test_request_context():
        return str(rule.build({name: values[name] for name in rule.arguments})[1])  # type: ignore[index]


def test_every_route_of_the_server_declares_a_right(office: Office) -> None:
    views = office.app.view_functions
    undeclared = [rule.endpoint for rule in rules(office.app) if right_of(views[rule.endpoint]) is None]
    assert undeclared == []


def test_shop_and_sync_ask_for_no_role_and_the_admin_for_nothing_else(office: Office) -> None:
    for rule in rules(office.app):
        needed = right_of(office.app.view_functions[rule.endpoint])
        assert (needed not in BY_OTHERS) == (_is_admin(rule) and rule.endpoint != "admin.sign_in"), rule


def test_nobody_is_led_to_the_sign_in_page_from_every_page_of_the_admin(office: Office) -> None:
    client = office.app.test_client()
    for rule, _ in of_admin(office.app):
        for method in (rule.methods or set()) & {"GET", "POST"}:
            reply = client.open(address(office, rule), method=method)
            if rule.rule.endswith(".json"):
                assert reply.status_code == 401, rule
            else:
                assert reply.status_code == 303, rule
                assert reply.location.startswith("/admin/login"), rule


@pytest.mark.parametrize("role", Role)
def test_each_role_is_let_in_exactly_where_its_rights_say(office: Office, role: Role) -> None:
    """Whoever lacks the right gets 403 before anything else; whoever has it gets anything but that."""
    client = office.as_role(role)
    given = rights_of(frozenset({role}))
    for rule, needed in of_admin(office.app):
        if "GET" in (rule.methods or set()):
            reply = client.get(address(office, rule))
            assert (reply.status_code == 403) == (needed not in given), (rule, reply.status_code)


@pytest.mark.parametrize("role", Role)
def test_a_form_without_its_token_does_nothing_for_any_role(office: Office, role: Role) -> None:
    client = office.as_role(role)
    for rule, _ in of_admin(office.app):
        if "POST" in (rule.methods or set()):
            assert client.post(address(office, rule), data={"form_token": "0" * 32}).status_code == 403, rule


def test_a_view_that_declares_nothing_answers_nobody(own_office: Office) -> None:
    app = own_office.app
    app.view_functions["admin.devices"] = lambda: "open to all"
    with pytest.raises(InvariantError, match="declares no right"):
        own_office.as_role(Role.ADMIN).get(own_office.at("devices"))


def test_a_role_in_one_event_gives_nothing_in_another(own_office: Office) -> None:
    services = own_office.services
    other = import_event(services.db, services.clock, small_event(**{'key = "trial"': 'key = "other"'}))
    client = own_office.as_role(Role.ADMIN)
    assert client.get("/admin/other/entries").status_code == 403
    assert client.get("/admin/third/entries").status_code == 404
    services.admin.staff.create("admin", "", other.event_id, [Role.HOSTESS], PASSWORD)
    again = own_office.sign_in("admin")
    assert again.get("/admin/other/entries").status_code == 403
    assert again.get(own_office.at("entries")).status_code == 200
    assert "/admin/other/" in again.get("/admin/").text


def test_every_role_has_rights_of_its_own_words() -> None:
    """No role is given what belongs to buyers or devices, and the admin has all the rest."""
    for role, rights in RIGHTS_OF.items():
        assert not rights & BY_OTHERS, role
    assert RIGHTS_OF[Role.ADMIN] == frozenset(Right) - BY_OTHERS
