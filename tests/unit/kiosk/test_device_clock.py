"""When only a person can say what time it is: after a gap nobody can vouch for, never because time goes by."""

from __future__ import annotations

import pytest

from common.clock import ManualClock
from kiosk.device_clock import AHEAD_TOLERANCE_MS, DeviceClock, Remembered

NOW_MS = 1_846_400_000_000
HOUR_S, DAY_S = 3_600.0, 86_400.0


def started(off_for_s: float) -> tuple[ManualClock, DeviceClock]:
    """A kiosk that was off for so long, and has no network."""
    clock = ManualClock(NOW_MS)
    return clock, DeviceClock(clock, Remembered(floor_ms=NOW_MS - round(off_for_s * 1000)))


@pytest.mark.parametrize(("off_for_s", "doubted"), [(0.0, False), (14 * HOUR_S, False), (DAY_S, True)])
def test_a_night_off_is_believed_and_a_day_is_asked_about(off_for_s: float, *, doubted: bool) -> None:
    _, device = started(off_for_s)
    assert device.is_doubtful() is doubted


def test_who_runs_on_alone_for_days_is_not_asked_what_time_it_is() -> None:
    clock, device = started(14 * HOUR_S)
    for _ in range(4):
        clock.advance(DAY_S)
        assert not device.is_doubtful()


def test_a_paper_of_yesterday_raises_no_doubt_after_days_alone() -> None:
    clock, device = started(HOUR_S)
    clock.advance(3 * DAY_S)
    device.seen_signed(clock.now_ms() - round((DAY_S + HOUR_S) * 1000))
    assert not device.is_doubtful()


def test_a_paper_of_today_vouches_for_a_clock_that_was_doubted() -> None:
    clock, device = started(5 * DAY_S)
    assert device.is_doubtful()
    device.seen_signed(clock.now_ms() - AHEAD_TOLERANCE_MS + 1)
    assert not device.is_doubtful()


def test_a_jump_of_a_day_is_doubted_while_running_too() -> None:
    clock, device = started(HOUR_S)
    clock.advance(3 * DAY_S)
    clock.set_wall(clock.now_ms() + round(DAY_S * 1000))
    assert device.is_doubtful()
