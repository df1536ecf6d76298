"""Colours and sizes of all screens, in two themes. Calm grounds; the verdict alone is loud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.ui.picture import Colour, Shape
from kiosk.ui.status_words import Tone

Rgba = tuple[float, float, float, float]

FONT: Final = "Noto Sans"
FONTS: Final = Path(__file__).parent / "fonts"
CLEAR: Final = (0.0, 0.0, 0.0, 0.0)
MARKS: Final = {Tone.WARN: Shape.WARNING.value, Tone.BAD: Shape.CROSS.value}  # read where colours are not


def rgba(hexadecimal: str, alpha: float = 1.0) -> Rgba:
    """Four shares of one, from "#rrggbb"."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return (red, green, blue, alpha)


WHITE: Final = rgba("#ffffff")
BLACK: Final = rgba("#14100a")


@dataclass(frozen=True, slots=True)
class Key:
    """What a key is drawn in."""

    ground: Rgba
    ink: Rgba


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of colours. `verdict` fills the window, `ink` stands on it; the rest is for all other screens."""

    verdict: Mapping[Colour, Rgba]
    ink: Mapping[Colour, Rgba]
    night: Rgba  # the ground of every other screen
    panel: Rgba  # areas that hold things together
    raised: Rgba  # buttons
    pressed: Rgba
    text: Rgba
    quiet: Rgba
    accent: Rgba  # the button that leads on, and what is chosen
    good: Rgba
    warn: Rgba
    bad: Rgba
    flash: Rgba  # over a button while it is touched
    faint: Rgba  # words of a button that cannot be touched now, on a panel
    least: float  # contrast of all words but those

    @property
    def tones(self) -> Mapping[Tone, Rgba]:
        """How good something is, as a colour that can be read on every ground."""
        return {Tone.GOOD: self.good, Tone.WARN: self.warn, Tone.BAD: self.bad, Tone.QUIET: self.quiet}

    def on(self, fill: Rgba) -> Rgba:
        """White or black, whichever is read better on this; what shines through is a verdict's colour darkened."""
        if fill[3] < 1:
            return WHITE
        return max((WHITE, BLACK), key=lambda ink: contrast(ink, fill))

    def weak(self, ground: Rgba) -> Rgba:
        """A key on this verdict's ground that is not the one to be touched: no darker than its words need."""
        return BUTTON if contrast(self.on(BUTTON), over(ground, BUTTON)) > self.least else DEEP_BUTTON

    def off(self, fill: Rgba) -> Key:
        """A key of this colour while it cannot be touched: flat and pale, but read all the same."""
        return Key(BUTTON, OFF_INK) if fill[3] < 1 else Key(self.panel, self.faint)


# On the ground of a verdict: buttons are that ground darkened, so that they never look like another verdict.
MAIN_BUTTON: Final = (0.0, 0.0, 0.0, 0.7)
BUTTON: Final = (0.0, 0.0, 0.0, 0.45)
DEEP_BUTTON: Final = (0.0, 0.0, 0.0, 0.58)  # in the sun, on the light grounds
OFF_INK: Final = (1.0, 1.0, 1.0, 0.7)


def luminance(colour: Rgba) -> float:
    """Relative luminance of WCAG 2.2, 0 to 1."""
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Rgba, other: Rgba) -> float:
    """Contrast ratio of WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def over(ground: Rgba, fill: Rgba) -> Rgba:
    """What is seen where a fill shines through."""
    red, green, blue = (f * fill[3] + g * (1 - fill[3]) for f, g in zip(fill[:3], ground[:3], strict=True))
    return (red, green, blue, 1.0)


def _inks(grounds: Mapping[Colour, str]) -> Mapping[Colour, Rgba]:
    return {colour: BLACK if colour in {Colour.AMBER, Colour.CYAN} else WHITE for colour in grounds}


def _grounds(grounds: Mapping[Colour, str]) -> Mapping[Colour, Rgba]:
    return {colour: rgba(text) for colour, text in grounds.items()}


# The pixels of a verdict's background; the tour and the tests look for exactly these on the screen.
VERDICT_HEX: Final = {
    Colour.GREEN: "#0b8043",
    Colour.AMBER: "#f6b21b",
    Colour.RED: "#c01722",
    Colour.VIOLET: "#5a2ca0",
    Colour.BLUE: "#1d4f91",
    Colour.CYAN: "#8fd3e8",
}
# Deeper and lighter, for 7 : 1 and more: a screen in the sun shows a veil of light over everything.
SUNLIGHT_VERDICT_HEX: Final = {
    Colour.GREEN: "#006635",
    Colour.AMBER: "#ffc42e",
    Colour.RED: "#96000e",
    Colour.VIOLET: "#4b1fa0",
    Colour.BLUE: "#0b3f82",
    Colour.CYAN: "#a2dcee",
}

DARK: Final = Theme(
    verdict=_grounds(VERDICT_HEX),
    ink=_inks(VERDICT_HEX),
    night=rgba("#0d1117"),
    panel=rgba("#171d26"),
    raised=rgba("#202833"),
    pressed=rgba("#33404f"),
    text=rgba("#f3f6f9"),
    quiet=rgba("#9fb0c3"),
    accent=rgba("#2f6fde"),
    good=rgba("#35c26b"),
    warn=rgba("#f6b21b"),
    bad=rgba("#ff6b66"),
    flash=(1.0, 1.0, 1.0, 0.18),
    faint=rgba("#7b8898"),
    least=4.5,
)
SUNLIGHT: Final = Theme(
    verdict=_grounds(SUNLIGHT_VERDICT_HEX),
    ink=_inks(SUNLIGHT_VERDICT_HEX),
    night=rgba("#ffffff"),
    panel=rgba("#eef1f5"),
    raised=rgba("#cfd7e1"),
    pressed=rgba("#b9c4d2"),
    text=rgba("#05080c"),
    quiet=rgba("#2e3947"),
    accent=rgba("#0b4bb3"),
    good=rgba("#005c2c"),
    warn=rgba("#6b3f00"),
    bad=rgba("#a3000f"),
    flash=(0.0, 0.0, 0.0, 0.18),
    faint=rgba("#6b7480"),
    least=7.0,
)
UNTAKEN: Final = rgba("#555555")  # a product that cannot be had so often; in both themes, white on it has 7 : 1
PRACTICE: Final = rgba("#a3005c")  # in both themes; no verdict's and no button's, white on it has 8 : 1
THEMES: Final = {"dark": DARK, "sunlight": SUNLIGHT}


def scale(width: float, height: float) -> float:
    """How large everything is drawn, 1.0 at 1280x800 and 800x1280; between 0.5 and 3."""
    short, long = sorted((width, height))
    return min(3.0, max(0.5, min(short / 800, long / 1280)))
