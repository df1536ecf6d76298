"""A message of the control room: sent, delivered, read by whom and when, with and without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import MessageRead
from common.errors import BadInput
from common.ids import PointNo
from syncserver.services.admin_messages import Receipt, SentMessage
from syncserver.services.problems import NotHere
from syncserver.services.rights import Role
from syncserver.services.staff_actions import Actor
from tests.support.admin_world import PASSWORD
from tests.support.server_world import GATE, KITCHEN
from tests.support.whole_world import Gate, WholeWorld, make_whole_world

KEY = b"key of a form.."


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path)
    made.build()
    yield made
    made.close()


def send(world: WholeWorld, text: str, point: str = "") -> None:
    world.services.admin.staff.create("jana", "Jana", world.event.id, [Role.SUPERVISOR], PASSWORD)
    world.services.admin.messages.send(Actor(1, world.event.id, world.clock.now_ms()), point, text, KEY)


def sent(world: WholeWorld) -> SentMessage:
    (found,) = world.services.admin.messages.newest(world.event, "en")
    return found


def receipts(world: WholeWorld) -> dict[str, Receipt]:
    return {one.device: one for one in sent(world).receipts}


def read_first(gate: Gate) -> None:
    gate.front.mark_read(gate.front.messages()[0].key)


def readings(gate: Gate) -> list[MessageRead]:
    entries = gate.front.kiosk.stores.journal.since(0)
    return [entry.body for entry in entries if isinstance(entry.body, MessageRead)]


def test_each_kiosk_shows_whether_it_has_the_message_and_who_has_read_it_when(world: WholeWorld) -> None:
    badge = world.badge("Zdeňka")
    north, south = world.gate(GATE, "North"), world.gate(GATE, "South")
    kitchen = world.gate(PointNo(KITCHEN), "Kitchen")
    south.transport.is_down = True
    send(world, "Rain is\n coming ", "main_gate")
    north.settle()
    assert sent(world).text == "Rain is coming"
    assert {name: one.has_it for name, one in receipts(world).items()} == {"North": True, "South": False}
    assert kitchen.front.messages() == ()
    north.sign_on(badge)
    read_ms = world.clock.now_ms()
    read_first(north)
    north.settle()
    found = receipts(world)["North"]
    assert (found.who, found.read_ms) == ("Zdeňka", read_ms)
    assert (sent(world).delivered, sent(world).read) == (1, 1)


def test_what_was_read_without_a_network_is_told_later_and_once(world: WholeWorld) -> None:
    gate = world.gate(GATE, "North")
    send(world, "Rain is coming")
    gate.settle()
    gate.transport.is_down = True
    read_ms = world.clock.now_ms()
    read_first(gate)
    read_first(gate)
    gate.restart()
    read_first(gate)
    world.advance(3600)
    gate.transport.is_down = False
    gate.settle()
    assert [body.message.hex() for body in readings(gate)] == [sent(world).key]
    assert receipts(world)["North"].read_ms == read_ms
    assert receipts(world)["North"].who == ""


def test_a_message_nobody_sent_cannot_be_read(world: WholeWorld) -> None:
    gate = world.gate()
    with pytest.raises(BadInput, match="names none that is here"):
        gate.front.mark_read("00" * 16)
    assert readings(gate) == []


def test_a_form_sent_twice_is_one_message_and_empty_or_strange_ones_are_none(world: WholeWorld) -> None:
    send(world, "Rain is coming")
    messages, actor = world.services.admin.messages, Actor(1, world.event.id, world.clock.now_ms())
    messages.send(actor, "", "Rain is coming", KEY)
    assert sent(world).text == "Rain is coming"
    for point, text in (("", "  "), ("", "x" * 1001), ("nowhere", "Rain")):
        with pytest.raises(BadInput):
            messages.send(actor, point, text, b"another key....")
    for key in ("", "zz" * 16, "00" * 16):
        with pytest.raises(NotHere):
            messages.one(world.event, key, "en")
