"""How many of those bought together came in here: counted alone, over a restart, without those taken back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.decision import Direction, Request
from common.entries import Entry
from common.rules import PointKind
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import FamilyShown, Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.presenter import ADMIT_S, present
from kiosk.ui.telling import Setting
from tests.support.fake_station import ANSWERS
from tests.support.kiosk_world import (
    GATE,
    LUNCH,
    NOW_MS,
    STAND,
    Contents,
    Event,
    Sold,
    build_snapshot,
    clock_at_noon,
    enrol,
    put_snapshot,
)


class Gate:
    """A gate, a family of two and one of four, and somebody alone."""

    def __init__(self, path: Path) -> None:
        self.event, self.path, self.clock = Event(), path, clock_at_noon()
        self.sold = [self.event.make_ticket((LUNCH, 1)) for _ in range(7)]
        self.two, self.four, self.alone = self.sold[:2], self.sold[2:6], self.sold[6]
        self.entries: tuple[Entry, ...] = (self.event.issue(*self.sold),)
        self.folder = enrol(self.event, path, GATE)
        self.install(NOW_MS, self.two, self.four)
        self.kiosk = self.open()

    def install(self, build_ms: int, *families: list[Sold]) -> None:
        grouped = tuple(tuple(one.ticket for one in family) for family in families)
        contents = Contents(self.entries, families=grouped, build_ms=build_ms)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, self.path))

    def open(self) -> Kiosk:
        return open_kiosk(self.folder, Options(self.clock))

    def restart(self) -> None:
        self.kiosk.close()
        self.kiosk = self.open()

    def scan(self, sold: Sold, request: Request | None = None) -> Shown:
        shown = self.kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), request or Request())
        assert isinstance(shown, Shown)
        return shown

    def counted(self, sold: Sold) -> tuple[int, int] | None:
        family = self.scan(sold).family
        return None if family is None else (family.admitted, family.size)


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path)
    yield made
    made.kiosk.close()


def test_each_pass_of_a_family_says_how_many_are_in_whoever_comes_between(gate: Gate) -> None:
    order = [gate.four[0], gate.two[0], gate.four[1], gate.alone, gate.four[2], gate.two[1], gate.four[3]]
    assert [gate.counted(one) for one in order] == [(1, 4), (1, 2), (2, 4), None, (3, 4), (2, 2), (4, 4)]


def test_a_refusal_counts_nobody_and_who_is_taken_back_is_not_in(gate: Gate) -> None:
    first = gate.scan(gate.four[0])
    assert gate.counted(gate.four[0]) is None, "refused: it was used"
    assert first.entry is not None
    gate.kiosk.station.undo(first.entry)
    assert gate.counted(gate.four[1]) == (1, 4)


def test_after_a_restart_the_count_goes_on(gate: Gate) -> None:
    assert gate.counted(gate.four[0]) == (1, 4)
    gate.restart()
    assert gate.counted(gate.four[1]) == (2, 4)


def test_who_came_in_on_another_day_is_not_counted(gate: Gate) -> None:
    assert gate.counted(gate.four[0]) == (1, 4)
    gate.clock.advance(18 * 3600)
    assert gate.counted(gate.four[1]) == (1, 4)
    assert gate.counted(gate.four[2]) == (2, 4)


def test_a_newer_snapshot_numbers_families_anew_and_the_count_goes_on(gate: Gate) -> None:
    assert gate.counted(gate.four[0]) == (1, 4)
    gate.kiosk.close()
    gate.install(NOW_MS + 1000, gate.four)
    gate.kiosk = gate.open()
    assert gate.counted(gate.four[1]) == (2, 4)
    assert gate.counted(gate.two[0]) is None


def test_looking_only_going_out_and_a_stand_count_nobody(gate: Gate, tmp_path: Path) -> None:
    assert gate.scan(gate.four[0], Request(info=True)).family is None
    assert gate.scan(gate.four[0], Request(direction=Direction.OUT)).family is None
    folder = enrol(gate.event, tmp_path / "stand", STAND)
    grouped = (tuple(one.ticket for one in gate.four),)
    put_snapshot(folder, gate.event, build_snapshot(gate.event, Contents(gate.entries, families=grouped), tmp_path))
    stand = open_kiosk(folder, Options(ManualClock(NOW_MS)))
    shown = stand.station.scan(Scanned(gate.four[0].text, Source.CAMERA, 0.0), Request(product=LUNCH))
    stand.close()
    assert isinstance(shown, Shown)
    assert (shown.entry is not None, shown.family) == (True, None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_screen_says_so_in_every_language_and_does_not_stay_for_it(language: str) -> None:
    setting = Setting(Texts(language), "Europe/Prague", NOW_MS, PointKind.GATE)
    some, everybody = (
        present(replace(ANSWERS["admit"], family=FamilyShown(n, 4)), setting).lines[0].text for n in (2, 4)
    )
    assert ("2" in some, "4" in some, "4" in everybody, some != everybody) == (True, True, True, True)
    shown = replace(ANSWERS["admit"], family=FamilyShown(2, 4))
    assert present(shown, setting).auto_advance_s == ADMIT_S
    assert present(shown, replace(setting, unattended=True)).lines == present(ANSWERS["admit"], setting).lines
