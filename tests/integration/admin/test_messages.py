"""The page of messages: whoever may sends, everybody on the floor sees what became of it."""

from __future__ import annotations

from common.bodies import MessageRead
from common.ids import Digest
from syncserver.services.rights import Role
from tests.support.admin_world import Office
from tests.support.server_world import GATE


def test_a_supervisor_sends_and_sees_who_has_read_it(any_office: Office) -> None:
    client, pen = any_office.as_role(Role.SUPERVISOR), any_office.join("North gate")
    assert "No message was sent yet" in client.get(any_office.at("messages")).text
    reply = any_office.post(client, "messages", "messages/send", point="main_gate", text="Rain is <b>coming</b>")
    assert reply.status_code == 303
    page = client.get(any_office.at("messages")).text
    assert "Rain is &lt;b&gt;coming" in page
    assert "0 of 1" in page
    (found,) = any_office.services.admin.messages.newest(any_office.event, "en")
    one = any_office.at(f"messages/{found.key}")
    assert ">sent<" in client.get(one).text
    any_office.take(pen.write(MessageRead(Digest(bytes.fromhex(found.key)), GATE)))
    page = client.get(one).text
    assert ">read<" in page
    assert "nobody signed in" in page
    assert client.get(any_office.at("messages/nothing")).status_code == 404


def test_who_may_not_send_sees_no_form(any_office: Office) -> None:
    client = any_office.as_role(Role.WILD_HOSTESS)
    assert "<textarea" not in client.get(any_office.at("messages")).text
    assert client.post(any_office.at("messages/send"), data={"text": "Go home"}).status_code in {400, 403}
    assert any_office.services.admin.messages.newest(any_office.event, "en") == ()
