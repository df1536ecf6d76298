"""The camera of the window: it is read again after any change, and says so when it is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from kiosk.input.camera import Condition
from kiosk.input.events import InputEvent, Scanned
from kiosk.ui.launch import ScreenSettings
from kiosk.ui.readers import Readers
from tests.support.camera_stand import CameraStand


class Heard:
    """Readers with everything they told."""

    def __init__(self, folder: Path) -> None:
        self.events: list[InputEvent] = []
        self.readers = Readers(ScreenSettings(folder, None), SystemClock(), self.events.append, lambda: None)

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Scanned)]

    @property
    def condition(self) -> Condition | None:
        state = self.readers.camera_state
        return None if state is None else state.condition

    def wait_until(self, true: Callable[[], bool], seconds: float = 30.0) -> None:
        end_s = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end_s, f"did not happen in time: {self.condition}, read {self.texts}"
            self.readers.watch()
            time.sleep(0.01)


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[Heard]:
    made = Heard(tmp_path)
    yield made
    made.readers.close()


def test_a_camera_that_is_opened_again_is_read_from_its_first_picture(heard: Heard) -> None:
    with CameraStand() as stand:
        for number in range(1, 4):
            stand.show_codes(f"{number}" * 40)
            heard.readers.open_camera(stand.url)
            heard.wait_until(lambda expected=number: len(heard.texts) == expected)  # type: ignore[misc]
            heard.wait_until(lambda: heard.condition is Condition.OPEN)
            heard.readers.close_camera()
        assert heard.texts == ["1" * 40, "2" * 40, "3" * 40]
        assert not heard.readers.has_picture()


def test_a_camera_whose_pictures_nobody_looks_at_does_not_count_as_one_that_works(heard: Heard) -> None:
    with CameraStand() as stand:
        heard.readers.open_camera(stand.url)
        heard.wait_until(lambda: heard.condition is Condition.OPEN)
        decoder = heard.readers._decoder
        assert decoder is not None
        decoder.stop()
        heard.wait_until(lambda: heard.condition is Condition.UNREAD)
        assert not heard.readers.has_picture(), "whoever sees a picture holds passes before it"
        heard.readers.open_camera(stand.url)
        heard.wait_until(lambda: heard.condition is Condition.OPEN)
