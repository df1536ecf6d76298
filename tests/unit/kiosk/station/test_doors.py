"""The check before doors is asked for once a day and point, over restarts, and by nobody whom it would disturb."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.ids import EventDay
from kiosk.checks_shown import Check, Health
from kiosk.doors import Doors
from kiosk.store.learnt import Learnt
from kiosk.tally import Counts
from tests.support.kiosk_world import EVENT, GATE, STAND

TODAY = EventDay(20_635)
GOOD = (Check("clock", "right", Health.GOOD), Check("server", "alone", Health.WARN))
BAD = (*GOOD, Check("keys", "none", Health.BAD))


@pytest.fixture
def learnt(tmp_path: Path) -> Iterator[Learnt]:
    learnt = Learnt(tmp_path / "learnt.sqlite", EVENT)
    yield learnt
    learnt.close()


def test_a_check_without_anything_bad_counts_for_its_day_and_point(learnt: Learnt) -> None:
    doors = Doors(learnt)
    assert doors.is_due(TODAY, GATE, Counts())
    doors.checked(BAD, TODAY, GATE)
    assert doors.is_due(TODAY, GATE, Counts())
    doors.checked(GOOD, TODAY, GATE)
    assert not doors.is_due(TODAY, GATE, Counts())
    assert doors.is_due(EventDay(TODAY + 1), GATE, Counts())
    assert doors.is_due(TODAY, STAND, Counts())


@pytest.mark.parametrize("served", [Counts(admitted=1), Counts(handed_out=1), Counts(let_out=1)])
def test_whoever_serves_guests_already_is_left_alone(learnt: Learnt, served: Counts) -> None:
    assert not Doors(learnt).is_due(TODAY, GATE, served)


def test_refusals_prove_nothing(learnt: Learnt) -> None:
    """A gate that refuses everybody is what the check is for."""
    assert Doors(learnt).is_due(TODAY, GATE, Counts(refused=40))


def test_a_restart_does_not_ask_again(tmp_path: Path) -> None:
    path = tmp_path / "learnt.sqlite"
    first = Learnt(path, EVENT)
    Doors(first).checked(GOOD, TODAY, GATE)
    first.close()
    second = Learnt(path, EVENT)
    try:
        assert not Doors(second).is_due(TODAY, GATE, Counts())
    finally:
        second.close()
