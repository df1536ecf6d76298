"""What a stranger, a thief and a forger of forms try over HTTP, and what they are told."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from common.envelope import Typ, sign
from common.exchange import PROTOCOL, SCHEMA, DecideRequest, EnrolRequest, to_payload
from common.signing import SigningKey
from syncserver.services import statements
from syncserver.services.enrol import TRIES_PER_MINUTE_MAX
from syncserver.services.rights import Role
from tests.support.admin_world import Office, form_token
from tests.support.server_world import GATE

SNAPSHOT = "/api/sync/v1/snapshot/"
ENROL = "/api/sync/v1/enrol"


class Pipe:
    """A body that nobody may read."""

    def read(self, _size: int = -1) -> bytes:
        raise AssertionError("a body was read that nobody asked for")


def test_a_file_nobody_asked_for_is_refused_before_it_is_read(office: Office) -> None:
    client = office.app.test_client()
    body = {"wsgi.input": Pipe(), "CONTENT_LENGTH": "100000000"}
    reply = client.put(SNAPSHOT + "00" * 32, environ_overrides=body)
    assert reply.status_code == 404


def test_a_revoked_device_is_told_no_decision(office: Office) -> None:
    ticket, thief = office.issue()[0], office.join("thief", GATE)
    asked = DecideRequest(PROTOCOL, office.event.uid, bytes(16), {"text": ticket.hex(), "point": str(GATE)})
    raw = sign(to_payload(asked), thief.key.as_device(), Typ.DECIDE)
    assert office.app.test_client().post("/api/v1/decide", data=raw).status_code == 200
    with office.services.db.write() as tx:
        statements.revoke(
            office.services.scribe.open(tx, office.event.id), secrets.token_bytes(8), thief.device, "lost"
        )
    assert office.app.test_client().post("/api/v1/decide", data=raw).status_code == 403


def enrolment(code: str) -> bytes:
    key = SigningKey.generate()
    request = EnrolRequest(PROTOCOL, SCHEMA, code, key.verify_key.raw, "a kiosk", secrets.token_bytes(16))
    return sign(to_payload(request), key.as_device(), Typ.ENROLMENT)


def test_who_tries_codes_is_stopped_and_keeps_no_kiosk_elsewhere_from_joining(own_office: Office) -> None:
    client = own_office.app.test_client()
    stranger, ours = {"REMOTE_ADDR": "198.51.100.7"}, {"REMOTE_ADDR": "203.0.113.5"}
    for _ in range(TRIES_PER_MINUTE_MAX + 5):
        assert client.post(ENROL, data=b"rubbish", environ_base=stranger).status_code == 400
    told = [
        client.post(ENROL, data=enrolment(f"{n:012d}"), environ_base=stranger).status_code
        for n in range(TRIES_PER_MINUTE_MAX + 1)
    ]
    assert told == [*[403] * TRIES_PER_MINUTE_MAX, 429]
    code = own_office.services.enrol.make_code(own_office.event.id, "North gate", GATE)
    assert client.post(ENROL, data=enrolment(code.code), environ_base=ours).status_code == 200


@pytest.mark.parametrize("answers", ["[" * 60_000, '{"a":' * 50_000], ids=["lists", "objects"])
def test_answers_nested_without_end_are_named_not_a_fault_of_the_server(office: Office, answers: str) -> None:
    client = office.as_role(Role.SUPERVISOR)
    token = form_token(client.get(office.at("simulator")))
    form = {"form_token": token, "point": str(GATE), "text": "x", "answers": answers}
    reply = client.post(office.at("simulator.json"), data=form)
    assert (reply.status_code, "answers" in reply.text) == (400, True)


def test_a_nul_in_a_form_is_refused_on_every_database(any_office: Office) -> None:
    stranger = any_office.app.test_client()
    form = {"form_token": form_token(stranger.get("/admin/login")), "login": "a\x00b", "password": "x"}
    assert stranger.post("/admin/login", data=form).status_code == 400
    admin = any_office.as_role(Role.ADMIN)
    device = any_office.join("North gate").device.hex()
    for path, field in (("staff/new", "name"), ("devices/enrol", "point"), (f"devices/{device}/revoke", "why")):
        reply = any_office.post(
            admin, "staff/new", path, **{"login": "iva", "name": "Iva", "role": "hostess", field: "a\x00b"}
        )
        assert reply.status_code == 400, path


def test_no_form_of_the_admin_is_taken_from_another_site(office: Office) -> None:
    client = office.as_role(Role.ADMIN)
    rules = [
        r for r in office.app.url_map.iter_rules() if r.endpoint.startswith("admin.") and "POST" in (r.methods or ())
    ]
    assert len(rules) > 15
    token = form_token(client.get(office.at("staff/new")))
    for rule in rules:
        values: dict[str, Any] = {name: office.event.key if name == "event_key" else "1" for name in rule.arguments}
        with office.app.test_request_context():
            address = office.app.url_for(rule.endpoint, **values)
        for origin in ("https://evil.example", "null", "http://["):
            reply = client.post(address, data={"form_token": token}, headers={"Origin": origin})
            assert reply.status_code == 403, address
        assert client.post(address, data={"form_token": "0" * 32}).status_code == 403, address
