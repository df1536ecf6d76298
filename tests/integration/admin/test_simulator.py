"""The simulator says what a gate would say and changes nothing; devices may ask the same, signed both ways."""

from __future__ import annotations

import json
import re
import secrets

import pytest

from common.answers import WHY_KEY, GivenAnswers, encode_answers
from common.bodies import Flag, Note
from common.envelope import Signed, Typ, sign, verify
from common.exchange import PROTOCOL, DecideAnswer, DecideRequest, from_payload, to_payload
from common.ids import ProductNo
from common.keys import KeyUse
from common.sealing import seal_to_server
from syncserver.services.rights import Role
from syncserver.stores import entries as entry_store
from tests.support.admin_world import Office, form_token
from tests.support.server_world import GATE, KITCHEN, LUNCH, NOW_MS, Pen


def simulated(office: Office, **form: str) -> dict[str, object]:
    client = office.as_role(Role.SUPERVISOR)
    token = form_token(client.get(office.at("simulator")))
    fields = {"form_token": token, "point": str(GATE), **form}
    reply = client.post(office.at("simulator.json"), data=fields)
    assert reply.status_code in {200, 400}, reply.text
    return dict(reply.get_json())


def positions(office: Office) -> int:
    with office.services.db.read() as tx:
        return entry_store.head(tx, office.event.id).position


def test_a_ticket_is_admitted_until_it_was_used_and_nothing_is_written(office: Office) -> None:
    ticket, pen = office.issue()[0], office.join("sim", GATE)
    before = positions(office)
    first = simulated(office, text=ticket.hex())
    assert (first["outcome"], first["reason"], first["ticket"]) == ("admit", "ok", ticket.hex())
    assert positions(office) == before
    use = pen.redeem(ticket)
    office.take(use)
    # A use whose proof nobody has seen is asked about; ruled proven, it counts.
    assert simulated(office, text=ticket.hex())["reason"] == "proof_missing"
    tomorrow = str(NOW_MS + 24 * 3_600_000)
    assert simulated(office, text=ticket.hex(), at_ms=tomorrow)["outcome"] == "admit"


def test_the_checks_before_the_deciding_one_are_listed_in_the_fixed_order(office: Office) -> None:
    ticket = office.issue()[0]
    answer = simulated(office, text=ticket.hex(), lane="riding")
    assert answer["reason"] == "wrong_lane"
    checks = answer["checks"]
    assert isinstance(checks, list)
    of_one = [one for one in checks if one["product"] in {None, 1}]
    assert [one["reason"] for one in of_one] == [
        *("malformed", "unknown_key", "bad_signature", "wrong_event", "test_pass", "unknown_ticket", "revoked"),
        *("superseded", "cancelled", "blocked", "not_yet_valid", "expired", "history_incomplete"),
        *("not_bought", "wrong_point", "wrong_lane"),
    ]
    assert {one["passed"] for one in of_one[:-1]} == {"yes"}
    assert of_one[-1]["passed"] == "no"


def test_the_page_tells_verdict_hint_and_checks_in_words(office: Office) -> None:
    client = office.as_role(Role.SUPPORT)
    token = form_token(client.get(office.at("simulator")))
    ticket = office.issue()[0]
    form = {"form_token": token, "text": ticket.hex(), "point": str(GATE), "product": str(LUNCH)}
    page = client.post(office.at("simulator"), data=form)
    assert page.status_code == 200
    assert "Not bought" in page.text
    assert "Checks, in their order" in page.text
    assert page.text.count("it decides") == 1


def test_the_page_shows_the_rules_there_and_marks_those_behind_the_verdict(office: Office) -> None:
    client = office.as_role(Role.SUPPORT)
    token = form_token(client.get(office.at("simulator")))
    form = {"form_token": token, "text": office.issue()[0].hex(), "point": str(GATE), "lane": "riding"}
    page = client.post(office.at("simulator"), data=form).text
    assert "<h3>Main gate</h3>" in page
    assert "<h3>Four days</h3>" in page
    assert "<li>Once a day for each one bought</li>" in page
    assert re.findall(r'<li class="decides">([^<]+) <span', page) == ["Lanes: on foot"]
    assert page.count("behind the verdict") == 1
    assert "<dt>Rule behind it</dt><dd>Main gate – Lanes: on foot</dd>" in page


def test_an_override_is_simulated_as_by_the_person_named(office: Office) -> None:
    ticket = office.issue()[0]
    asked = {"text": ticket.hex(), "lane": "riding", "override": "wrong_lane", "why": "no room"}
    assert simulated(office, **asked, role="hostess")["outcome"] == "refuse"
    allowed = simulated(office, **asked, role="supervisor")
    assert (allowed["outcome"], allowed["overridden"]) == ("admit", "wrong_lane")
    checks = allowed["checks"]
    assert isinstance(checks, list)
    assert [one["reason"] for one in checks if one["passed"] == "answered_for"] == ["wrong_lane"]


def test_several_reasons_are_answered_for_one_after_the_other(office: Office) -> None:
    ticket = office.issue()[0]
    asked = {"text": ticket.hex(), "lane": "riding", "product": str(LUNCH), "why": "no room", "role": "supervisor"}
    first = simulated(office, **asked, override="wrong_point")
    assert first["reason"] == "not_bought", "for that nobody answers"
    asked |= {"product": "1", "point": str(KITCHEN)}
    assert simulated(office, **asked, override="wrong_point")["reason"] == "wrong_lane"
    both = simulated(office, **asked, override="wrong_lane", answered_for="wrong_point")
    assert (both["outcome"], both["overridden"]) == ("admit", "wrong_point")


def test_a_ticket_found_by_name_is_asked_about_by_its_id_and_needs_who_answers_for_it(office: Office) -> None:
    """As at a gate: no code was read, so badge and PIN stand for it, and the entry would be flagged."""
    found = {"text": office.issue()[0].hex(), "found": "yes"}
    alone = simulated(office, **found)
    assert (alone["outcome"], alone["reason"]) == ("ask", "proof_missing")
    by_hostess = simulated(office, **found, role="hostess")
    assert (by_hostess["outcome"], by_hostess["ticket"]) == ("admit", found["text"])
    assert by_hostess["flags"] == [Flag.FOUND_BY_NAME]
    assert simulated(office, text="00" * 8, found="yes", role="hostess")["reason"] == "unknown_ticket"


@pytest.mark.parametrize("text", ["", "Jana", "00" * 9, "zz" * 8])
def test_a_found_ticket_is_named_by_its_id_alone(office: Office, text: str) -> None:
    answer = simulated(office, text=text, found="yes")
    assert answer["status"] == 400
    assert "text" in str(answer["detail"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("point", "999"),
        ("point", "gate"),
        ("quantity", "0"),
        ("lane", "flying"),
        ("at", "noon"),
        ("role", "king"),
        ("answers", "[1]"),
        ("answers", "{"),
        ("at_ms", "9" * 17),
        ("answered_for", "wrong_lane,luck"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(office: Office, field: str, value: str) -> None:
    answer = simulated(office, text="x", **{field: value})
    assert answer["status"] == 400
    assert field in str(answer["detail"])


def test_any_text_is_answered(office: Office) -> None:
    for text in ("", "x" * 400, "\x01", "1" * 365, "00" * 8, secrets.token_hex(8)):
        assert simulated(office, text=text)["outcome"] == "refuse"


# --- devices --------------------------------------------------------------------------------------


def asked_by(office: Office, pen: Pen, fields: dict[str, str]) -> tuple[int, bytes]:
    request = DecideRequest(PROTOCOL, office.event.uid, bytes(range(16)), fields)
    raw = sign(to_payload(request), pen.key.as_device(), Typ.DECIDE)
    reply = office.app.test_client().post("/api/v1/decide", data=raw)
    return reply.status_code, reply.data


def test_a_device_is_answered_under_the_online_key_with_its_nonce(office: Office) -> None:
    ticket, pen = office.issue()[0], office.join("asker", GATE)
    status, raw = asked_by(office, pen, {"text": ticket.hex(), "point": str(GATE)})
    assert status == 200
    online = office.services.keys.of(office.event.uid).online.verify_key
    signed = verify(raw, Typ.ANSWER, lambda kid: online if kid == online.kid else None)
    assert isinstance(signed, Signed)
    answer = from_payload(signed.payload, DecideAnswer)
    assert isinstance(answer, DecideAnswer)
    assert answer.nonce == bytes(range(16))
    assert json.loads(answer.verdict)["outcome"] == "admit"


def test_a_stranger_or_rubbish_is_not_answered(office: Office) -> None:
    assert asked_by(office, Pen(office.world), {})[0] == 401
    assert office.app.test_client().post("/api/v1/decide", data=b"rubbish").status_code == 400
    status, raw = asked_by(office, office.join("wrong", GATE), {"point": "999"})
    assert (status, json.loads(raw)["code"]) == (400, "bad_request")


# --- answers --------------------------------------------------------------------------------------


def test_answers_are_opened_for_whoever_may_see_them(own_office: Office) -> None:
    ticket, pen = own_office.issue()[0], own_office.join("stand", GATE)
    use = pen.redeem(ticket)
    given = GivenAnswers(use.ref, ProductNo(LUNCH), (("allergy", "žádná & <none>"),))
    ring, keys = own_office.services.known.event(own_office.event.uid).ring, own_office.services.keys
    public = ring.ring.entries_of(KeyUse.SEAL)[0].public
    overridden = GivenAnswers(use.ref, ProductNo(LUNCH), ((WHY_KEY, "came with the band"),))
    plains = [*encode_answers(given), *encode_answers(overridden)]
    notes = [pen.write(Note(ticket, seal_to_server(public, plain))) for plain in plains]
    notes.append(pen.write(Note(ticket, b"\x00" * 60)))
    own_office.take(use, *notes)
    page = own_office.as_role(Role.SUPPORT).get(own_office.at("answers"))
    assert "žádná &amp; &lt;none&gt;" in page.text
    assert "allergy" in page.text
    assert re.search(r">Override</td><td[^>]*>came with the band<", page.text)
    assert len(own_office.services.admin.answers.newest(own_office.event)) == 2
    assert own_office.as_role(Role.HOSTESS).get(own_office.at("answers")).status_code == 403
    assert keys.of(own_office.event.uid).seal not in page.data
