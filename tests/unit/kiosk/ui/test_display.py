"""How large the window is made for a display."""

from __future__ import annotations

import pytest

from kiosk.machine.display import display_size
from kiosk.ui.display import window_size
from kiosk.ui.launch import SIZE


@pytest.mark.parametrize(
    ("display", "window"),
    [
        ((1920, 1080), SIZE),
        ((1281, 801), SIZE),
        (SIZE, SIZE),
        ((1024, 600), (1024, 600)),
        ((800, 600), (800, 600)),
        ((800, 1280), (800, 1280)),
        ((1366, 768), (1366, 768)),
        ((1920, 720), (1920, 720)),
    ],
)
def test_a_window_has_its_own_size_where_there_is_room_around_it_else_the_displays(
    display: tuple[int, int], window: tuple[int, int]
) -> None:
    assert window_size(SIZE, display, fullscreen=False) == window
    assert window_size(SIZE, display, fullscreen=True) == display


def test_a_display_that_tells_no_size_gets_a_window_all_the_same(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "there-is-none")
    assert display_size() is None
    assert "there-is-none not available" in caplog.text
    assert window_size(SIZE, None, fullscreen=True) == SIZE


def test_the_displays_size_is_asked_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    sizes = {display_size() for _ in range(3)}
    assert sizes == {(1024, 768)}, "what SDL says without a display"
