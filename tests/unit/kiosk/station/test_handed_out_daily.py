"""What each event day hands out, at a kiosk with real files and keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from common.decision import Direction, Request
from tests.support.kiosk_world import WILD, catalogue
from tests.unit.kiosk.station.test_station import World


def test_what_is_handed_out_daily_is_handed_out_at_the_first_admission_of_each_event_day(tmp_path: Path) -> None:
    """Out in the morning after, in again: the new day's; out and in once more: not a second time."""
    usual = catalogue()
    daily = replace(usual, products=tuple(replace(one, handout_daily=True) for one in usual.products))
    world, out = World(tmp_path / "kiosk", WILD, daily), Request(direction=Direction.OUT)
    try:
        told = []
        for day in range(2):
            for _ in range(2):
                told.append((day, world.answer(world.camper.text).hand_out.get("en")))
                world.clock.advance(3600 if len(told) % 2 else 18 * 3600)
                world.answer(world.camper.text, out)
    finally:
        world.kiosk.close()
    assert told == [(day, text) for day in range(2) for text in ("Give the wristband", None)]
