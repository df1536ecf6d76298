"""How large the window is made for a display. No Kivy."""

from __future__ import annotations


def window_size(wanted: tuple[int, int], display: tuple[int, int] | None, *, fullscreen: bool) -> tuple[int, int]:
    """The wanted size where the display has room around it, else the display's own.

    Fullscreen begins with that size too: without a window manager X leaves a window as large as it was made.
    """
    if display is None:
        return wanted
    has_room = wanted[0] < display[0] and wanted[1] < display[1]
    return wanted if has_room and not fullscreen else display
