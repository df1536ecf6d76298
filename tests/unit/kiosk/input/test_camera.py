"""The camera thread: newest picture only, lost and back without a restart, every trouble with a remedy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.clock import SystemClock
from kiosk.input.camera import CameraState, Condition, Grabber
from kiosk.input.capture import CameraUnreadable, Cv2Source, FrameSource, shown_source
from kiosk.input.decoder import FRAME_AGE_MS_MAX, Decoder
from kiosk.input.events import InputEvent, SameAgain, Scanned, TwoCodes
from kiosk.input.frames import Frame, Image, NewestFrame
from kiosk.input.reading import FrameReader
from tests.support.camera_stand import CameraStand, draw_code, empty_scene, scene_with
from tests.support.scripted_camera import ScriptedSource

PICTURE: Image = np.zeros((4, 4), dtype=np.uint8)


def wait_until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "did not happen in time"
        time.sleep(0.005)


def grab(source: FrameSource, newest: NewestFrame | None = None) -> tuple[Grabber, list[CameraState]]:
    states: list[CameraState] = []
    grabber = Grabber(source, newest or NewestFrame(), SystemClock(), states.append)
    grabber.start()
    return grabber, states


def test_a_camera_that_is_lost_comes_back_without_a_restart() -> None:
    source = ScriptedSource([[PICTURE] * 5, CameraUnreadable("scripted", "plug it in"), [PICTURE] * 500], SystemClock())
    grabber, states = grab(source)
    wait_until(lambda: [state.condition for state in states].count(Condition.OPEN) == 2)
    grabber.stop()
    assert [state.condition for state in states] == [
        Condition.STARTING,
        Condition.OPEN,
        Condition.LOST,
        Condition.LOST,
        Condition.OPEN,
        Condition.STOPPED,
    ]
    assert "check the cable" in states[2].hint
    assert states[3].hint == "plug it in"
    assert source.closed >= source.opened


def test_one_torn_picture_is_no_lost_camera() -> None:
    grabber, states = grab(ScriptedSource([[PICTURE, None, PICTURE, None, None] * 40], SystemClock()))
    wait_until(lambda: grabber.frames > 20)
    grabber.stop()
    assert Condition.LOST not in [state.condition for state in states]


def test_a_lost_camera_leaves_no_old_picture_behind() -> None:
    newest = NewestFrame()
    grabber, states = grab(ScriptedSource([[PICTURE] * 3], SystemClock()), newest)
    wait_until(lambda: Condition.LOST in [state.condition for state in states])
    grabber.stop()
    assert newest.peek() is None


@pytest.mark.parametrize(
    ("source", "remedy"),
    [
        ("/nowhere/video.avi", "no such file"),
        ("97", "plug the camera in"),
        ("http://user:geheim@127.0.0.1:9/cam", "network cable"),
    ],
)
def test_an_unreadable_camera_says_which_and_what_to_do_and_never_a_password(source: str, remedy: str) -> None:
    grabber, states = grab(Cv2Source(source, SystemClock()))
    wait_until(lambda: Condition.UNREADABLE in [state.condition for state in states])
    grabber.stop()
    assert remedy in states[1].hint
    assert states[1].source == shown_source(source)
    assert "geheim" not in repr(states)


@pytest.mark.parametrize("source", ["", "  ", "a\0b", "x" * 1001])
def test_a_source_that_cannot_be_one_is_refused_at_once(source: str) -> None:
    with pytest.raises(CameraUnreadable, match="give a number, a path or an address"):
        Cv2Source(source, SystemClock())


def test_a_file_that_is_no_video_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "not.avi"
    path.write_bytes(b"no video at all" * 99)
    with pytest.raises(CameraUnreadable, match="check the path"):
        Cv2Source(str(path), SystemClock()).open()


def test_a_video_file_is_played_again_and_again_without_a_loss(tmp_path: Path) -> None:
    path = tmp_path / "short.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 30, (320, 240))
    for shade in range(6):
        writer.write(np.full((240, 320, 3), shade * 40, dtype=np.uint8))
    writer.release()
    grabber, states = grab(Cv2Source(str(path), SystemClock()))
    wait_until(lambda: grabber.frames > 12)
    grabber.stop()
    assert [state.condition for state in states] == [Condition.STARTING, Condition.OPEN, Condition.STOPPED]


def test_stop_may_be_called_twice_and_without_a_start() -> None:
    grabber = Grabber(ScriptedSource([], SystemClock()), NewestFrame(), SystemClock(), lambda _state: None)
    grabber.stop()
    grabber.stop()
    decoder = Decoder(NewestFrame(), SystemClock(), lambda _event: None, FrameReader(None))
    decoder.stop()
    decoder.stop()


def test_the_slot_holds_only_the_newest_picture_and_hands_it_out_once() -> None:
    slot = NewestFrame()
    for number in (1, 2, 3):
        slot.put(Frame(PICTURE, 0.0, number))
    taken = slot.take(0)
    assert taken is not None
    assert taken.number == 3
    assert slot.take(0.01) is None
    assert slot.peek() is taken


def test_the_first_picture_of_the_next_camera_is_handed_out_though_it_counts_from_one_again() -> None:
    slot = NewestFrame()
    slot.put(Frame(PICTURE, 0.0, 20_000))
    assert slot.take(0) is not None
    slot.clear()
    assert slot.take(0) is None
    slot.put(Frame(PICTURE, 1.0, 1))
    assert slot.take(0) is slot.peek() is not None


def decode(*frames: tuple[Image, float]) -> tuple[list[InputEvent], Decoder]:
    events: list[InputEvent] = []
    slot, clock = NewestFrame(), SystemClock()
    decoder = Decoder(slot, clock, events.append, FrameReader(None))
    decoder.start()
    for number, (image, age_s) in enumerate(frames, start=1):
        slot.put(Frame(image, clock.monotonic_s() - age_s, number))
        wait_until(lambda n=number: decoder.counts.pictures + decoder.counts.dropped + decoder.counts.failures >= n)  # type: ignore[misc]
    decoder.stop()
    return events, decoder


def test_the_decoder_takes_one_code_and_asks_for_one_at_a_time() -> None:
    one, two = scene_with([draw_code("1" * 40)]), scene_with([draw_code("1" * 40), draw_code("2" * 40)])
    events, decoder = decode((empty_scene(), 0), (one, 0), (one, 0), (two, 0))
    assert [type(event) for event in events] == [Scanned, TwoCodes]
    assert decoder.counts.with_code == 3


def test_pictures_older_than_the_limit_are_dropped() -> None:
    events, decoder = decode((scene_with([draw_code("1" * 40)]), FRAME_AGE_MS_MAX / 1000 + 0.05))
    assert events == []
    assert decoder.counts.dropped == 1


def test_an_odd_picture_does_not_end_the_scanning() -> None:
    events, decoder = decode((np.zeros((0, 0, 3), dtype=np.uint8), 0), (scene_with([draw_code("1" * 40)]), 0))
    assert decoder.counts.failures == 1
    assert [type(event) for event in events] == [Scanned]


def test_a_network_camera_shows_a_code_is_cut_off_and_comes_back() -> None:
    """Through OpenCV and HTTP, as in the field: code, loss, return, next code."""
    events: list[InputEvent] = []
    states: list[CameraState] = []
    happened = threading.Event()
    slot, clock = NewestFrame(), SystemClock()

    def hear(event: InputEvent) -> None:
        events.append(event)
        happened.set()

    with CameraStand() as stand:
        grabber = Grabber(Cv2Source(stand.url, clock), slot, clock, states.append)
        decoder = Decoder(slot, clock, hear)
        grabber.start()
        decoder.start()
        try:
            wait_until(lambda: Condition.OPEN in [state.condition for state in states])
            stand.show_codes("1" * 40)
            assert happened.wait(5)
            stand.cut()
            wait_until(lambda: states[-1].condition is Condition.LOST)
            stand.mend()
            stand.show_codes("2" * 40)
            wait_until(lambda: states[-1].condition is Condition.OPEN)
            wait_until(lambda: any(isinstance(event, Scanned) and event.text[0] == "2" for event in events))
        finally:
            decoder.stop()
            grabber.stop()
    scans = [event for event in events if isinstance(event, Scanned)]
    assert [scan.text[0] for scan in scans] == ["1", "2"]
    assert all(isinstance(event, Scanned | SameAgain) for event in events)
