"""Files that are not what was verified: found, told with what to do, and never taken for a bad ticket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.decision import FaultCode, Outcome, Verdict
from tests.support.kiosk_world import NOW_MS
from tests.unit.kiosk.station.test_station import World

HEADER_BYTES = 4096  # enough for SQLite to believe that it opened a file


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "kiosk")
    yield world
    world.kiosk.close()


def snapshot_of(world: World) -> Path:
    (in_use,) = world.kiosk.stores.snapshots.in_use
    return in_use.file.admission


def holders_of(world: World) -> Path:
    (in_use,) = world.kiosk.stores.snapshots.in_use
    assert in_use.file.holders is not None
    return in_use.file.holders


def test_a_truncated_snapshot_is_found_at_the_start_and_the_text_says_what_to_do(world: World) -> None:
    path = snapshot_of(world)
    world.kiosk.close()
    os.truncate(path, path.stat().st_size - HEADER_BYTES)
    world.kiosk = world.open()
    fault = world.fault(world.sold.text)
    assert fault.code is FaultCode.SNAPSHOT_UNREADABLE
    assert "server" in fault.what
    assert any(path.name in warning for warning in world.kiosk.warnings)


def test_a_snapshot_swapped_for_another_that_opens_well_is_found_at_the_start(world: World) -> None:
    first = snapshot_of(world)
    old = first.read_bytes()
    world.kiosk.close()
    world.entries = []
    world.install(NOW_MS + 1)
    world.kiosk = world.open()
    newer = next(one.file.admission for one in world.kiosk.stores.snapshots.in_use if one.file.admission != first)
    world.kiosk.close()
    new = newer.read_bytes()
    newer.write_bytes(old)
    first.write_bytes(new)
    world.kiosk = world.open()
    assert world.fault(world.sold.text).code is FaultCode.SNAPSHOT_UNREADABLE


def test_a_snapshot_that_breaks_while_it_is_read_is_the_kiosks_trouble_and_no_verdict(world: World) -> None:
    os.truncate(snapshot_of(world), HEADER_BYTES)
    fault = world.fault(world.sold.text)
    assert fault.code is FaultCode.SNAPSHOT_UNREADABLE
    assert "restart" in fault.what
    assert world.kiosk.stores.journal.since(0) == ()


@pytest.mark.parametrize("restarts", [False, True])
def test_a_truncated_holders_file_costs_the_name_and_not_the_admission(world: World, *, restarts: bool) -> None:
    path = holders_of(world)
    os.truncate(path, HEADER_BYTES)
    if restarts:
        world.restart()
    shown = world.answer(world.sold.text)
    assert isinstance(shown.verdict, Verdict)
    assert shown.verdict.outcome is Outcome.ADMIT
    assert shown.entry is not None
    assert shown.holder is None
    assert any(path.name in str(trouble) for trouble in world.kiosk.stores.snapshots.troubles)


def test_a_missing_snapshot_file_is_told(world: World) -> None:
    path = snapshot_of(world)
    world.kiosk.close()
    path.unlink()
    world.kiosk = world.open()
    assert world.fault(world.sold.text).code is FaultCode.SNAPSHOT_UNREADABLE
