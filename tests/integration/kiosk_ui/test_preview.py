"""The camera's picture on the screen stands upright and undistorted, wherever one comes from and goes to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from common.enrolment import enrolment_text
from kiosk.input.frames import Image
from tests.support.camera_stand import HEIGHT, WIDTH, CameraStand
from tests.support.driven_window import Window
from tests.support.virtual_screen import Pixels, VirtualScreen

pytestmark = [pytest.mark.window, pytest.mark.slow]

SIDE = 340  # of the square in the middle, less than the aiming frame around it
RED, GREEN, BLUE, CYAN = (220, 20, 20), (20, 200, 20), (20, 20, 220), (20, 200, 200)
QUARTERS = {RED: (-1, -1), GREEN: (1, -1), BLUE: (-1, 1), CYAN: (1, 1)}  # where it lies: across, down
SECONDS_MAX = 30
OPERATOR, OPERATOR_BACK, STATUS, STATUS_BACK = (1160, 60), (130, 730), (735, 738), (130, 738)  # at 1280x800
RULES = (743, 734)  # on the status screen


def marked() -> Image:
    """A picture that looks different whichever way it is turned, and has a square in it."""
    scene = np.full((HEIGHT, WIDTH, 3), 40, dtype=np.uint8)
    half = SIDE // 2
    for (red, green, blue), (across, down) in QUARTERS.items():
        left, top = WIDTH // 2 + min(across, 0) * half, HEIGHT // 2 + min(down, 0) * half
        scene[top : top + half, left : left + half] = (blue, green, red)
    return scene


def is_upright(seen: Pixels) -> bool:
    """Whether the four quarters lie as they were shown, and each is as wide as it is high."""
    boxes = {colour: box_of(seen, colour) for colour in QUARTERS}
    if any(box is None for box in boxes.values()):
        return False
    found = {colour: box for colour, box in boxes.items() if box is not None}
    middle_x = np.mean([box[0] + box[2] / 2 for box in found.values()])
    middle_y = np.mean([box[1] + box[3] / 2 for box in found.values()])
    lies = all(
        (left + wide / 2 - middle_x) * across > 0 and (top + high / 2 - middle_y) * down > 0
        for (across, down), (left, top, wide, high) in ((QUARTERS[colour], box) for colour, box in found.items())
    )
    return lies and all(abs(wide - high) <= 0.04 * high for _, _, wide, high in found.values())


def box_of(seen: Pixels, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, width and height of what has about this colour and is no small thing."""
    near = np.all(np.abs(seen.astype(int) - colour) < 45, axis=2)
    rows, columns = np.flatnonzero(near.sum(axis=1) > 20), np.flatnonzero(near.sum(axis=0) > 20)
    if not len(rows) or not len(columns):
        return None
    return int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1


def wait_until(screen: VirtualScreen, is_so: Callable[[Pixels], bool], what: str) -> None:
    end_s = time.monotonic() + SECONDS_MAX
    while not is_so(screen.picture()):
        boxes = {colour: box_of(screen.picture(), colour) for colour in QUARTERS}
        assert time.monotonic() < end_s, f"{what}: {boxes}"
        time.sleep(0.1)


def turn_by(screen: VirtualScreen, at: tuple[int, int]) -> None:
    """Touch until the camera's picture is elsewhere or gone: a line that comes or goes by itself is no other screen."""
    before, end_s = box_of(screen.picture(), RED), time.monotonic() + SECONDS_MAX
    while time.monotonic() < end_s:
        screen.touch(*at)
        again_s = time.monotonic() + 2.0
        while time.monotonic() < again_s:
            if box_of(screen.picture(), RED) != before:
                return
            time.sleep(0.05)
    raise AssertionError(f"touched at {at} for {SECONDS_MAX} s, and the camera's picture is where it was")


def is_gone(seen: Pixels) -> bool:
    return box_of(seen, CYAN) is None


@pytest.fixture
def stand() -> Iterator[CameraStand]:
    with CameraStand() as made:
        yield made


@pytest.fixture
def screen() -> Iterator[VirtualScreen]:
    with VirtualScreen() as made:
        yield made


def test_the_preview_stands_upright_after_joining_other_screens_a_loss_and_a_restart(
    tmp_path: Path, screen: VirtualScreen, stand: CameraStand
) -> None:
    window = Window(tmp_path, screen, "--camera", stand.url, "--enrol")
    try:
        stand.show(marked())
        wait_until(screen, is_upright, "before joining")
        before = box_of(screen.picture(), RED)
        stand.show_codes(enrolment_text("https://gates.example.org", "GOOD-CODE", bytes(range(32))))
        assert window.wait_for_scans(1) == ["joined"]
        stand.show(marked())
        wait_until(screen, lambda seen: box_of(seen, RED) not in {None, before}, "the next screen after joining")
        wait_until(screen, is_upright, "after joining")
        for there, back, has_camera in ((OPERATOR, OPERATOR_BACK, True), (STATUS, STATUS_BACK, False)):
            turn_by(screen, there)
            if has_camera:
                time.sleep(0.5)
                wait_until(screen, is_upright, "beside the operator")
            else:
                wait_until(screen, is_gone, "on a screen without a camera")
                screen.touch_until_taken(*RULES)
                time.sleep(1)
                screen.touch_until_taken(*back)
                time.sleep(1)
                assert is_gone(screen.picture()), "back from the rules leads to the status they were opened from"
            turn_by(screen, back)
            time.sleep(0.5)
            wait_until(screen, is_upright, "back from another screen")
        stand.cut()
        wait_until(screen, is_gone, "while the camera is lost")
        stand.mend()
        wait_until(screen, is_upright, "with the camera back")
    finally:
        assert window.close() == 0
    window = Window(tmp_path, screen, "--camera", stand.url)
    try:
        wait_until(screen, is_upright, "started again")
    finally:
        assert window.close() == 0
