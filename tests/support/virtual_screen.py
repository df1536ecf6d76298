"""A screen nobody sees (Xvfb): its pixels can be read and its keys pressed."""

from __future__ import annotations

import os
import subprocess
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from Xlib import XK, X, display
from Xlib.ext import xtest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
else:
    Pixels = Any

Rgb = tuple[int, int, int]
LEFT_SHIFT = 50  # X keycode
NEAR = 12  # difference a channel may have


class VirtualScreen:
    """One Xvfb. It chooses its own number, so none is taken twice. Use as a context."""

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        reading, writing = os.pipe()
        size = ["-screen", "0", f"{width}x{height}x24"]
        # -noreset: else a keyboard layout is undone when the last client leaves.
        command = ["Xvfb", "-displayfd", str(writing), *size, "-nolisten", "tcp", "-noreset"]
        self._xvfb = subprocess.Popen(command, pass_fds=(writing,), stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as answer:
            self.name = f":{answer.readline().strip()}"
        self._display = display.Display(self.name)
        self._root = self._display.screen().root

    def pixel(self, x: int = 5, y: int = 5) -> Rgb:
        """Red, green and blue at a place, from the top left."""
        blue, green, red = self._root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF).data[:3]
        return (red, green, blue)

    def picture(self) -> Pixels:
        """All that is seen: (height, width, 3), red, green and blue."""
        size = self._root.get_geometry()
        data = self._root.get_image(0, 0, size.width, size.height, X.ZPixmap, 0xFFFFFFFF).data
        return np.frombuffer(data, dtype=np.uint8).reshape(size.height, size.width, 4)[:, :, 2::-1]

    def windows(self) -> list[tuple[int, int, int, int]]:
        """Left, top, width and height of every window that is open here, whether or not they lie on the screen."""
        opened = [one for one in self._root.query_tree().children if one.get_attributes().map_state == X.IsViewable]
        return [(at.x, at.y, at.width, at.height) for at in (one.get_geometry() for one in opened)]

    def wait_for(self, hexadecimal: str, seconds: float = 10.0, at: tuple[int, int] = (5, 5)) -> float:
        """Seconds until the pixel at a place has that colour; raises TimeoutError."""
        wanted = tuple(int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
        began_s = time.monotonic()
        while any(abs(seen - want) > NEAR for seen, want in zip(self.pixel(*at), wanted, strict=True)):
            if time.monotonic() - began_s > seconds:
                raise TimeoutError(f"{self.pixel(*at)} at {at}, not {hexadecimal}, after {seconds} s")
            time.sleep(0.002)
        return time.monotonic() - began_s

    def press_digits(self, digits: str, gap_s: float, *, keypad: bool = False, shift: bool = False) -> float:
        """Press the physical digit keys, as a scanner does, whatever layout is set; the longest gap made, in seconds.

        With `shift` each with Shift, as scanners do that were set to a French or Czech board.
        A busy machine may stop this process in the middle, which no scanner does: whoever tests a speed looks at it.
        """
        main = {digit: code for code, digit in enumerate("1234567890", start=10)}  # X keycodes of the main row
        pad = {"1": 87, "2": 88, "3": 89, "4": 83, "5": 84, "6": 85, "7": 79, "8": 80, "9": 81, "0": 90}
        longest_s, last_s = 0.0, time.monotonic()
        for digit in digits:
            self.press((pad if keypad else main)[digit], shift=shift)
            now_s = time.monotonic()
            longest_s, last_s = max(longest_s, now_s - last_s), now_s
            time.sleep(gap_s)
        return longest_s

    def press_enter(self) -> None:
        """Press Enter."""
        self.press(36)

    def press_key(self, name: str) -> None:
        """Press a key by its X name, for example "BackSpace"."""
        self.press(self._display.keysym_to_keycode(XK.string_to_keysym(name)))

    def press(self, keycode: int, *, shift: bool = False) -> None:
        """Press and release one key, with Shift around it or not."""
        if shift:
            xtest.fake_input(self._display, X.KeyPress, LEFT_SHIFT)
        xtest.fake_input(self._display, X.KeyPress, keycode)
        xtest.fake_input(self._display, X.KeyRelease, keycode)
        if shift:
            xtest.fake_input(self._display, X.KeyRelease, LEFT_SHIFT)
        self._display.sync()

    def touch(self, x: int, y: int) -> None:
        """Touch a place."""
        xtest.fake_input(self._display, X.MotionNotify, x=x, y=y)
        xtest.fake_input(self._display, X.ButtonPress, 1)
        self._display.sync()
        time.sleep(0.05)
        xtest.fake_input(self._display, X.ButtonRelease, 1)
        self._display.sync()

    def touch_until_taken(self, x: int, y: int, watched: tuple[int, int] | None = None, seconds: float = 30.0) -> None:
        """Touch a place until something changes there, or where it is watched; raises TimeoutError.

        What has just come up takes no touch for a moment, which is longer where the machine is busy.
        """
        at, end_s = watched or (x, y), time.monotonic() + seconds
        while time.monotonic() < end_s:
            before, again_s = self._around(*at), time.monotonic() + 2.0
            self.touch(x, y)
            while time.monotonic() < again_s:
                if self._around(*at) != before:
                    return
                time.sleep(0.005)
        raise TimeoutError(f"touched at {(x, y)} for {seconds} s, and nothing changed at {at}")

    def _around(self, x: int, y: int) -> bytes:
        """The pixels of a small square around a place."""
        square = self._root.get_image(x - 20, y - 20, 40, 40, X.ZPixmap, 0xFFFFFFFF)
        return bytes(square.data)

    def layout(self, name: str) -> None:
        """Set the keyboard layout ("cz", "de", "fr")."""
        subprocess.run(["setxkbmap", "-display", self.name, name], check=True)

    def __enter__(self) -> Self:
        """The screen is there already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        self._display.close()
        self._xvfb.terminate()
        self._xvfb.wait(10)
