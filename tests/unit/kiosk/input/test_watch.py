"""A camera works once its pictures are looked at, and while that goes on."""

from __future__ import annotations

import pytest

from kiosk.input.camera import CameraState, Condition
from kiosk.input.watch import UNREAD_S, ReadingWatch

OPEN = CameraState(Condition.OPEN, "0")


def test_a_camera_works_only_from_the_first_picture_that_was_looked_at() -> None:
    watch = ReadingWatch(0.0)
    assert watch.judge(OPEN, 0, 0.1).condition is Condition.STARTING
    assert watch.judge(OPEN, 1, 0.2) == OPEN


@pytest.mark.parametrize("looked_at", [0, 700])
def test_pictures_that_nobody_looks_at_any_more_are_said_until_one_is_looked_at_again(looked_at: int) -> None:
    watch = ReadingWatch(0.0)
    watch.judge(OPEN, looked_at, 0.0)
    assert watch.judge(OPEN, looked_at, UNREAD_S - 0.1).condition is not Condition.UNREAD
    unread = watch.judge(OPEN, looked_at, UNREAD_S)
    assert unread.condition is Condition.UNREAD
    assert "restart" in unread.hint
    assert watch.judge(OPEN, looked_at + 1, UNREAD_S + 1) == OPEN


@pytest.mark.parametrize("condition", [Condition.STARTING, Condition.LOST, Condition.UNREADABLE, Condition.STOPPED])
def test_a_camera_without_a_picture_says_its_own_trouble_and_has_time_to_come_back(condition: Condition) -> None:
    watch, gone = ReadingWatch(0.0), CameraState(condition, "0", "plug it in")
    watch.judge(OPEN, 700, 1.0)
    assert watch.judge(gone, 700, 60.0) == gone
    assert watch.judge(OPEN, 700, 60.1) == OPEN
