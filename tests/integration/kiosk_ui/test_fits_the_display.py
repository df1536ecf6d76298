"""The real window on displays of several sizes: all of it is on the display, with nobody there to move or size it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.driven_window import Window
from tests.support.virtual_screen import VirtualScreen

pytestmark = [pytest.mark.window, pytest.mark.slow]

NIGHT = "#0d1117"


@pytest.mark.parametrize(
    ("display", "options", "wanted"),
    [
        ((1024, 600), (), (0, 0, 1024, 600)),
        ((1024, 600), ("--fullscreen",), (0, 0, 1024, 600)),
        ((800, 600), (), (0, 0, 800, 600)),
        ((1920, 1080), (), (320, 140, 1280, 800)),
        ((1920, 1080), ("--fullscreen",), (0, 0, 1920, 1080)),
    ],
    ids=lambda value: "x".join(map(str, value)) or "window",
)
def test_the_whole_window_is_on_the_display(
    tmp_path: Path, display: tuple[int, int], options: tuple[str, ...], wanted: tuple[int, int, int, int]
) -> None:
    with VirtualScreen(*display) as screen:
        window = Window(tmp_path, screen, *options)
        try:
            left, top, _, _ = wanted
            screen.wait_for(NIGHT, 60, at=(left + 5, top + 5))
            assert screen.windows() == [wanted]
        finally:
            assert window.close() == 0
