"""The language somebody chose is the kiosk's after the power was cut; what a guest was told in is not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.support.driven_window import Window
from tests.support.virtual_screen import VirtualScreen

pytestmark = [pytest.mark.window, pytest.mark.slow]

NIGHT, CHOSEN = "#0d1117", "#2f6fde"
TOLD = "#ffffff"  # the language a guest is told in: what is chosen elsewhere is not seen on a blue verdict
DISPLAY = (1024, 600)
UNDER_ITS_WORD = 18  # there a button shows nothing but its own colour
ENROL_CS, SCAN_CS, SCAN_PL, VERDICT_DE = (660, 39), (702, 556), (982, 556), (795, 37)


@contextmanager
def powered(folder: Path, *options: str) -> Iterator[VirtualScreen]:
    """The kiosk until somebody pulls the plug."""
    with VirtualScreen(*DISPLAY) as screen:
        window = Window(folder, screen, *options)
        try:
            screen.wait_for(NIGHT, 60)
            yield screen
        finally:
            window.process.kill()
            window.close()


def wait_until_chosen(screen: VirtualScreen, button: tuple[int, int], colour: str = CHOSEN) -> None:
    screen.wait_for(colour, 30, at=(button[0], button[1] + UNDER_ITS_WORD))


def test_a_language_outlives_a_power_cut_and_a_guests_does_not(tmp_path: Path) -> None:
    kept = tmp_path / "screen.json"
    with powered(tmp_path, "--enrol") as screen:
        screen.touch_until_taken(*ENROL_CS)
        wait_until_chosen(screen, ENROL_CS)
    with powered(tmp_path) as screen:
        wait_until_chosen(screen, SCAN_CS)
        screen.touch_until_taken(*SCAN_PL)
        wait_until_chosen(screen, SCAN_PL)
        written = kept.stat()
        screen.press_digits("2" + "5081923764" * 8, 0.002)
        screen.press_enter()
        screen.wait_for(VERDICT_HEX[Colour.RED], 30)
        screen.touch_until_taken(*VERDICT_DE)
        wait_until_chosen(screen, VERDICT_DE, TOLD)
        assert kept.stat() == written
    with powered(tmp_path) as screen:
        wait_until_chosen(screen, SCAN_PL)
