"""The real window on a virtual screen: the camera is changed and changed back, and a pass held before it is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.support.camera_stand import CameraStand
from tests.support.driven_window import Window
from tests.support.fake_station import PIN
from tests.support.virtual_screen import VirtualScreen

pytestmark = [pytest.mark.window, pytest.mark.slow]

NIGHT = "#0d1117"
GREEN, BLUE = VERDICT_HEX[Colour.GREEN], VERDICT_HEX[Colour.BLUE]
# At 1280x800, counted from the top left.
WHO, SETTINGS, ENTER_PIN = (1140, 64), (1140, 60), (1150, 730)
FIRST_ROW, NO_CAMERA, BACK, KEEP = (327, 174), (327, 466), (140, 734), (952, 731)
TOUCH_S = 1.0  # between two touches of somebody who looks where they lead


@pytest.fixture
def screen() -> Iterator[VirtualScreen]:
    with VirtualScreen() as made:
        yield made


def touch(screen: VirtualScreen, *places: tuple[int, int]) -> None:
    for place in places:
        time.sleep(TOUCH_S)
        screen.touch(*place)


def until(true: Callable[[], bool], again: Callable[[], None] = lambda: None, seconds: float = 60.0) -> None:
    end_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end_s, "did not happen in time"
        again()
        time.sleep(0.2)


def sign_on(window: Window, screen: VirtualScreen, stand: CameraStand) -> None:
    """A supervisor with badge and PIN, who has closed what the kiosk said of it."""
    stand.show_codes("8" * 40)
    screen.wait_for(BLUE, 30)
    stand.clear()
    screen.wait_for(NIGHT, 30)
    touch(screen, WHO, ENTER_PIN)
    time.sleep(TOUCH_S)
    screen.press_digits(PIN, 0.12)
    screen.press_enter()
    window.wait_for_scans(2)
    screen.wait_for(BLUE, 30)
    screen.wait_for(NIGHT, 30)


def test_a_pass_is_read_after_the_camera_was_taken_away_and_chosen_again(tmp_path: Path, screen: VirtualScreen) -> None:
    def liked() -> object:
        path = tmp_path / "screen.json"
        return json.loads(path.read_text())["camera"] if path.exists() else "never chosen"

    with CameraStand() as stand:
        window = Window(tmp_path, screen, "--camera", stand.url)
        try:
            screen.wait_for(NIGHT, 60)
            sign_on(window, screen, stand)
            touch(screen, WHO, SETTINGS, FIRST_ROW, NO_CAMERA)
            assert liked() == "never chosen", "seen, and not kept yet"
            until(lambda: liked() == "", lambda: screen.touch(*KEEP))
            touch(screen, FIRST_ROW, FIRST_ROW)
            until(lambda: liked() is None, lambda: screen.touch(*KEEP))
            touch(screen, BACK)
            stand.show_codes("1" * 40)
            screen.wait_for(GREEN, 30)
        finally:
            code = window.close()
    assert code == 0
