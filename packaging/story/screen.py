"""A screen nobody sees (Xvfb), and a look at its pixels."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass

from PIL import Image
from Xlib import X, display

from story.processes import NotAsTold

START_SECONDS_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Colour:
    """Red, green, blue, 0..255 each."""

    red: int
    green: int
    blue: int

    @classmethod
    def of_hex(cls, text: str) -> Colour:
        """From "#rrggbb"."""
        return cls(int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))

    def is_near(self, other: Colour, most: int = 24) -> bool:
        """Whether no channel differs by more than `most`."""
        pairs = ((self.red, other.red), (self.green, other.green), (self.blue, other.blue))
        return all(abs(a - b) <= most for a, b in pairs)


class Screen:
    """One Xvfb of a given size; its display number is chosen by the server itself, so none is taken twice."""

    def __init__(self, width: int = 1280, height: int = 800) -> None:
        self.width, self.height = width, height
        reading, writing = os.pipe()
        self._xvfb = subprocess.Popen(
            [
                "Xvfb",
                "-displayfd",
                str(writing),
                "-screen",
                "0",
                f"{width}x{height}x24",
                "-nolisten",
                "tcp",
                "-noreset",
            ],
            pass_fds=(writing,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(writing)
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        if not number:
            raise NotAsTold("Xvfb did not start. Install it (apt-get install xvfb) and try again.")
        self.name = f":{number}"
        self._display = display.Display(self.name)
        self._root = self._display.screen().root

    def pixel(self, x: int, y: int) -> Colour:
        """The colour at a place, in pixels from the top left."""
        image = self._root.get_image(x, y, 1, 1, X.ZPixmap, 0xFFFFFFFF)
        blue, green, red = image.data[:3]
        return Colour(red, green, blue)

    def picture(self) -> Image.Image:
        """What the whole screen shows."""
        image = self._root.get_image(0, 0, self.width, self.height, X.ZPixmap, 0xFFFFFFFF)
        return Image.frombytes("RGB", (self.width, self.height), image.data, "raw", "BGRX")

    def wait_for(self, colour: Colour, at: tuple[int, int], seconds: float) -> float:
        """Wait until a pixel has a colour; the seconds it took. Raises NotAsTold after `seconds`."""
        started = time.monotonic()
        while True:
            seen = self.pixel(*at)
            if seen.is_near(colour):
                return time.monotonic() - started
            if time.monotonic() - started > seconds:
                raise NotAsTold(f"the screen did not turn to {colour} within {seconds:g} s; it shows {seen} at {at}")
            time.sleep(0.004)

    def close(self) -> None:
        """Take the screen away."""
        self._display.close()
        self._xvfb.terminate()
        self._xvfb.wait(START_SECONDS_MAX)
