"""A gate so far behind that the server offers nothing but its snapshot: not deaf, and not claiming to have heard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.decision import Reason
from kiosk.sync import errands
from tests.integration.kiosk.test_exchange import Gate, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def far_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """A busy gate whose server has more news for it than it gives without the snapshot, whose files are large."""
    monkeypatch.setattr(errands, "SMALL_BYTES", 0)
    gate = world.gate()
    gate.scan(world.sold[4].text)
    gate.settle(3)
    for _ in range(4):
        world.server.say(world.event.issue(world.event.make_ticket()))
    world.server.say(world.redeem(0))
    world.clock.advance(60)
    world.server.now_ms = world.clock.now_ms()
    world.server.behind_max = 3
    world.build(world.clock.now_ms())
    gate.scan(world.sold[3].text)
    return gate


def test_who_is_far_behind_has_not_heard_until_the_snapshot_is_here_and_takes_it_at_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = far_behind(world, monkeypatch)
    before_ms, contact_ms = gate.kiosk.stores.learnt.noted_number("heard_ms"), gate.sync.state.last_contact_ms
    for _ in range(3):
        gate.sync.step()
        gate.clock.advance(2)
    assert gate.kiosk.stores.learnt.noted_number("heard_ms") == before_ms
    assert gate.sync.state.last_contact_ms == contact_ms
    assert "far behind" in gate.sync.state.trouble
    gate.sync.run_errands()
    gate.settle(3)
    assert gate.kiosk.stores.learnt.noted_number("heard_ms") == world.server.now_ms
    assert gate.scan(world.sold[0].text).reason is Reason.NOTHING_LEFT
    assert gate.sync.state.trouble == ""


def test_who_is_far_behind_and_cannot_take_the_snapshot_gets_entries(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = far_behind(world, monkeypatch)
    world.server.snapshots[-1].files.clear()
    gate.settle(8)
    assert gate.scan(world.sold[0].text).reason is Reason.NOTHING_LEFT


def test_a_strange_cursor_is_not_taken_for_having_heard_all(world: World) -> None:
    gate = world.gate()
    before_ms = gate.kiosk.stores.learnt.noted_number("heard_ms")
    for row in world.server.rows:
        row.tag += 1
    world.clock.advance(5)
    world.server.now_ms = world.clock.now_ms()
    gate.sync.step()
    assert world.server.requests[-1].cursor is not None
    assert gate.kiosk.stores.learnt.noted_number("heard_ms") == before_ms
    gate.settle(2)
    assert gate.kiosk.stores.learnt.noted_number("heard_ms") == world.server.now_ms
