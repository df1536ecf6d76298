"""Colours and sizes of all screens. Dark and calm; the verdict alone is loud."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from kiosk.ui.picture import Colour
from kiosk.ui.status_words import Tone

Rgba = tuple[float, float, float, float]

FONT: Final = "Noto Sans"
FONTS: Final = Path(__file__).parent / "fonts"


def rgba(hexadecimal: str, alpha: float = 1.0) -> Rgba:
    """Four shares of one, from "#rrggbb"."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (red, green, blue, alpha)


# The pixels of a verdict's background; the tour and the tests look for exactly these on the screen.
VERDICT_HEX: Final = {
    Colour.GREEN: "#0b8043",
    Colour.AMBER: "#f6b21b",
    Colour.RED: "#c01722",
    Colour.VIOLET: "#5a2ca0",
    Colour.BLUE: "#1d4f91",
}
VERDICT: Final = {colour: rgba(text) for colour, text in VERDICT_HEX.items()}
# Black on amber (contrast 11 : 1), white on the rest (5 : 1 and more).
INK: Final = {colour: rgba("#14100a" if colour is Colour.AMBER else "#ffffff") for colour in Colour}

NIGHT: Final = rgba("#0d1117")
PANEL: Final = rgba("#171d26")
RAISED: Final = rgba("#232c39")
PRESSED: Final = rgba("#33404f")
EDGE: Final = rgba("#2e3947")
TEXT: Final = rgba("#f3f6f9")
QUIET: Final = rgba("#9fb0c3")
ACCENT: Final = rgba("#2f6fde")
GOOD: Final = rgba("#35c26b")
WARN: Final = rgba("#f6b21b")
BAD: Final = rgba("#ff6b66")
CLEAR: Final = (0.0, 0.0, 0.0, 0.0)
TONES: Final = {Tone.GOOD: GOOD, Tone.WARN: WARN, Tone.BAD: BAD, Tone.QUIET: QUIET}


def scale(width: float, height: float) -> float:
    """How large everything is drawn, 1.0 at 1280x800 and 800x1280; between 0.5 and 3."""
    short, long = sorted((width, height))
    return min(3.0, max(0.5, min(short / 800, long / 1280)))
