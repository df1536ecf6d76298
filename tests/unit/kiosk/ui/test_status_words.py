"""The kiosk says honestly how it stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.rules import LaneKind
from kiosk.input.camera import CameraState, Condition
from kiosk.shown import StatusShown
from kiosk.ui.catalogue import Texts
from kiosk.ui.status_words import StatusFact, Tone, camera_message, facts, point_line, sync_line
from tests.support.fake_station import status_of

EN = Texts("en")


def fact(status: StatusShown, name: str, camera: CameraState | None = None) -> StatusFact:
    return next(row for row in facts(status, camera, EN) if row.name == name)


def test_working_alone_says_for_how_long_what_waits_and_that_nothing_is_lost() -> None:
    line = sync_line(status_of(), EN)
    assert line.value == "Working alone for 12\u00a0min, entries waiting: 87, nothing lost"
    assert line.tone is Tone.WARN


@pytest.mark.parametrize(
    ("connected", "contact", "pending", "said"),
    [
        (True, 1, 0, "Connected, everything sent"),
        (True, 1, 1_200, "Connected, still to send: 1,200"),
        (False, None, 3, "Working alone since the start, entries waiting: 3, nothing lost"),
    ],
)
def test_each_state_of_the_exchange_has_its_words(
    connected: bool, contact: int | None, pending: int, said: str
) -> None:
    status = status_of()
    sync = replace(status.sync, connected=connected, last_contact_ms=contact, pending=pending)
    assert sync_line(replace(status, sync=sync), EN).value == said


@pytest.mark.parametrize(
    ("source", "remedy"),
    [("0", "Plug the camera in"), ("http://cam/x", "network cable"), ("/media/clip.avi", "Check the path")],
)
def test_a_camera_that_gives_nothing_says_which_what_to_do_and_what_still_works(source: str, remedy: str) -> None:
    message = camera_message(CameraState(Condition.UNREADABLE, source), EN)
    assert source in message
    assert remedy in message
    assert "typed codes still work" in message


def test_a_working_camera_says_nothing() -> None:
    assert camera_message(CameraState(Condition.OPEN, "0"), EN) == ""


def test_the_point_says_its_kind_and_lanes() -> None:
    assert point_line(status_of(), EN) == (
        "North Gate, Exhibition Grounds",
        "Gate · walking, with motorcycle · Anniversary Rally Prague",
    )
    assert "with motorcycle" not in point_line(status_of(stand=True), EN)[1]
    assert set(LaneKind) == {LaneKind.WALKING, LaneKind.RIDING}
    assert point_line(replace(status_of(), point=None), EN)[0] == "This kiosk has no point yet"


def test_what_is_wrong_is_marked() -> None:
    status = status_of()
    low = replace(status.device, battery_percent=9, storage_free=90_000_000, clock_doubtful=True)
    old = replace(status.sync, snapshot_built_ms=status.now_ms - 40 * 3_600_000)
    worse = replace(status, device=low, sync=old)
    tones = {name: fact(worse, name).tone for name in ("Battery", "Storage", "Clock", "Snapshot", "Camera")}
    assert tones == {
        "Battery": Tone.WARN,
        "Storage": Tone.BAD,
        "Clock": Tone.BAD,
        "Snapshot": Tone.WARN,
        "Camera": Tone.WARN,
    }


def test_what_is_right_is_said_with_its_figure() -> None:
    status = status_of(connected=True)
    assert fact(status, "Snapshot").value == "14\u00a0h 0\u00a0min old, tickets: 300,000"
    assert fact(status, "Storage").value == "11.4\u00a0GB free, saves within 3.2\u00a0ms"
    assert fact(status, "Clock").value == "14:45, off by 18\u00a0ms"
    assert fact(status, "Camera", CameraState(Condition.OPEN, "0")).tone is Tone.GOOD
    assert fact(replace(status, device=replace(status.device, battery_percent=None)), "Battery").value == "unknown"
