"""A turnstile that is out of order is told to the server, and so is that staff has looked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from common.decision import Outcome
from kiosk.turnstile.keeper import Gatekeeper, GateParts
from tests.support.scripted_turnstile import ScriptedTurnstile
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

WAIT_S = 30.0
JAMMED = "the arm is jammed: " + "x" * 300


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path)
    yield made
    made.close()


def with_turnstile(gate: Gate, turnstile: ScriptedTurnstile) -> Gatekeeper:
    front = gate.front
    station = front.kiosk.station
    parts = GateParts(turnstile, 1, gate.folder, station.annul, station.was_shown, lambda: None)
    front.gate = Gatekeeper(parts)
    front.gate.start()
    return front.gate


def told(world: WholeWorld) -> str:
    """What the server has heard of the only kiosk's turnstile."""
    (device,) = world.services.admin.devices.all(world.event, "en")
    return "" if device.status is None else device.status.out_of_order


def test_the_server_hears_at_once_that_a_turnstile_failed_and_that_it_works_again(world: WholeWorld) -> None:
    (sold,) = world.issue(Guest("Jana"))
    world.build()
    gate = world.gate()
    keeper = with_turnstile(gate, ScriptedTurnstile(JAMMED))
    assert told(world) == ""
    assert gate.verdict(sold.digits).outcome is Outcome.ADMIT
    clock = SystemClock()
    ends_s = clock.monotonic_s() + WAIT_S
    while keeper.fault is None:
        assert clock.monotonic_s() < ends_s
        threading.Event().wait(0.01)
    gate.settle(2)
    assert told(world) == JAMMED[:200]
    assert gate.front.acknowledge()
    gate.settle(2)
    assert told(world) == ""
