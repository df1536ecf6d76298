"""Time learnt from peers: only where nothing better is known, and never as signed time."""

from __future__ import annotations

from common.clock import ManualClock
from kiosk.device_clock import DeviceClock, Remembered

NOON_MS = 1_846_483_200_000
DAY_MS = 86_400_000


def at(wall_ms: int, remembered: Remembered | None = None) -> tuple[DeviceClock, ManualClock]:
    clock = ManualClock(wall_ms)
    return DeviceClock(clock, remembered or Remembered()), clock


def test_a_clock_that_nothing_supports_takes_the_time_of_peers_and_needs_no_badge() -> None:
    device, clock = at(0)
    assert device.is_doubtful()
    device.told_by_peer(b"a", NOON_MS, clock.monotonic_s())
    assert device.now_ms() == NOON_MS
    assert not device.is_doubtful()
    clock.advance(5)
    assert device.now_ms() == NOON_MS + 5_000
    assert device.stamp().offset_ms == NOON_MS


def test_half_the_way_there_and_back_is_taken_for_the_way_back() -> None:
    device, clock = at(0)
    sent_s = clock.monotonic_s()
    clock.advance(2)
    device.told_by_peer(b"a", NOON_MS, sent_s)
    assert device.now_ms() == NOON_MS + 1_000


def test_of_several_peers_the_middle_one_is_believed() -> None:
    device, clock = at(0)
    for peer, ahead_ms in ((b"a", 0), (b"b", 365 * DAY_MS), (b"c", 10)):
        device.told_by_peer(peer, NOON_MS + ahead_ms, clock.monotonic_s())
    assert device.now_ms() == NOON_MS + 10


def test_a_peer_changes_nothing_where_the_server_has_said_the_time_or_an_earlier_start_knows_it() -> None:
    measured, clock = at(NOON_MS)
    measured.heard(NOON_MS + 7_000, clock.monotonic_s())
    last_night_ms = NOON_MS - DAY_MS // 2
    earlier, _ = at(NOON_MS, Remembered(7_000, last_night_ms, last_night_ms))
    for device in (measured, earlier):
        device.told_by_peer(b"a", NOON_MS + DAY_MS, clock.monotonic_s())
        assert device.now_ms() == NOON_MS + 7_000
        assert device.server_time_ms() == NOON_MS + 7_000


def test_what_peers_say_is_not_passed_on_and_is_no_signed_time() -> None:
    device, clock = at(0)
    device.told_by_peer(b"a", NOON_MS + 365 * DAY_MS, clock.monotonic_s())
    assert device.server_time_ms() is None
    device.heard(NOON_MS, clock.monotonic_s())
    assert device.now_ms() == NOON_MS


def test_peers_that_are_far_from_signed_time_leave_the_clock_doubtful() -> None:
    device, clock = at(0, Remembered(None, None, NOON_MS))
    device.told_by_peer(b"a", NOON_MS + 365 * DAY_MS, clock.monotonic_s())
    assert device.is_doubtful()
