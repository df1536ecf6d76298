"""A download that does not come to an end keeps nobody from carrying the news on a stick."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.kiosk.test_exchange import Gate, World
from tests.support.kiosk_world import NOW_MS

WITHIN_S = 30.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def begin_a_download_that_hangs(world: World, gate: Gate, asked: threading.Event, goes_on: threading.Event) -> None:
    """The gate asks for a snapshot (`asked`), which comes once it may (`goes_on`)."""

    def weather(path: str) -> None:
        if "/snapshot/" in path:
            asked.set()
            assert goes_on.wait(WITHIN_S)

    world.server.weather = weather
    world.clock.advance(60)
    gate.sync.start()


def test_a_stick_is_carried_while_a_download_hangs_and_both_bring_their_snapshot(world: World, tmp_path: Path) -> None:
    gate, asked, goes_on = world.gate(), threading.Event(), threading.Event()
    world.build(NOW_MS + 60_000)

    begin_a_download_that_hangs(world, gate, asked, goes_on)
    try:
        assert asked.wait(WITHIN_S)
        carried = gate.sync.carry(tmp_path / "stick.rallygate")
        assert carried.is_whole
        assert not goes_on.is_set()
        assert (tmp_path / "stick.rallygate").stat().st_size > 0
        goes_on.set()
    finally:
        goes_on.set()
        gate.sync.stop(WITHIN_S)
    newest = {one.file.manifest.build_ms for one in gate.kiosk.stores.snapshots.in_use}
    assert NOW_MS + 60_000 in newest


def test_what_a_stick_brings_while_it_is_being_downloaded_is_taken_once_and_whole(world: World, tmp_path: Path) -> None:
    """The stick's part and the network's are two files: a slow line never writes into what was checked already."""
    other, gate = world.gate(), world.gate()
    world.build(NOW_MS + 60_000)
    other.settle(6)
    stick = tmp_path / "stick.rallygate"
    other.sync.carry(stick)
    asked, goes_on = threading.Event(), threading.Event()

    begin_a_download_that_hangs(world, gate, asked, goes_on)
    try:
        assert asked.wait(WITHIN_S)
        assert gate.sync.carry(stick).took_snapshot
    finally:
        goes_on.set()
        gate.sync.stop(WITHIN_S)
    builds = [one.file.manifest.build_ms for one in gate.kiosk.stores.snapshots.in_use]
    assert builds.count(NOW_MS + 60_000) == 1
    assert not list(gate.folder.snapshots.glob("*-stick.part"))
