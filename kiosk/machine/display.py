"""The display: how large it is, asked of SDL before Kivy opens its window there. No window, no Kivy."""

from __future__ import annotations

import ctypes
import logging
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

_VIDEO: Final = 0x20  # SDL_INIT_VIDEO
_FIRST_DISPLAY: Final = 0  # where a window opens that is told no place


class _Rectangle(ctypes.Structure):
    """SDL_Rect."""

    _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_int), ("w", ctypes.c_int), ("h", ctypes.c_int))


def display_size() -> tuple[int, int] | None:
    """Width and height of the display a window opens on; None where they cannot be had, and the log says why."""
    try:
        return _asked(_sdl())
    except (OSError, AttributeError) as error:  # no such library, no such function in it, no display
        log.warning("the display's size cannot be had (%s): the window opens in its own size", error)
        return None


def _asked(sdl: ctypes.CDLL) -> tuple[int, int]:
    sdl.SDL_GetError.restype = ctypes.c_char_p
    if sdl.SDL_InitSubSystem(_VIDEO) != 0:
        raise OSError(_trouble(sdl))
    try:
        found = _Rectangle()
        if sdl.SDL_GetDisplayBounds(_FIRST_DISPLAY, ctypes.byref(found)) != 0:
            raise OSError(_trouble(sdl))
    finally:
        sdl.SDL_QuitSubSystem(_VIDEO)
    return found.w, found.h


def _trouble(sdl: ctypes.CDLL) -> str:
    said: bytes = sdl.SDL_GetError()
    return said.decode(errors="replace")


def _sdl() -> ctypes.CDLL:
    """What Kivy draws its window with: what its extension is linked to, or on Windows the DLL of the process."""
    if sys.platform == "win32":
        return ctypes.CDLL("SDL2.dll")  # its folder is known once `kivy` was imported
    return ctypes.CDLL(str(_extension()))


def _extension() -> Path:
    """Kivy's extension that opens windows; not imported, since its package opens one."""
    kivy = find_spec("kivy")
    if kivy is None or kivy.origin is None:
        raise OSError("Kivy is not installed")
    folder = Path(kivy.origin).parent / "core" / "window"
    for suffix in EXTENSION_SUFFIXES:
        if (path := folder / f"_window_sdl2{suffix}").exists():
            return path
    raise OSError(f"{folder} has no _window_sdl2")
