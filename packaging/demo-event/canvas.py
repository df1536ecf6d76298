"""A small drawing surface in picture units (640 x 480), drawn three times as large so that edges come out smooth."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT, OVERSIZE = 640, 480, 3

Point = tuple[float, float]
Ink = str | tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """What varies between two pictures of one kind."""

    main: str
    accent: str
    mark: str = ""


Icon = Callable[["Canvas", Look], None]


def shade(ink: str, by: float) -> str:
    """The colour `#rrggbb` made darker (`by` below 1) or lighter (above 1, at most 2)."""
    parts = [int(ink[at : at + 2], 16) for at in (1, 3, 5)]
    mixed = [part * by if by <= 1 else part + (255 - part) * (by - 1) for part in parts]
    return "#" + "".join(f"{min(255, round(part)):02x}" for part in mixed)


def see_through(ink: str, alpha: int) -> tuple[int, int, int, int]:
    """The colour with an opacity of 0 to 255."""
    red, green, blue = (int(ink[at : at + 2], 16) for at in (1, 3, 5))
    return (red, green, blue, alpha)


class Canvas:
    """Shapes in picture units; later ones lie over earlier ones."""

    def __init__(self, top: str, bottom: str) -> None:
        self._image = _sky(top, bottom)
        self._draw = ImageDraw.Draw(self._image, "RGBA")

    def poly(self, points: Sequence[Point], ink: Ink) -> None:
        """A filled polygon."""
        self._draw.polygon([_big(point) for point in points], fill=ink)

    def oval(self, x: float, y: float, rx: float, ry: float, ink: Ink) -> None:
        """A filled ellipse around x, y."""
        self._draw.ellipse([_big((x - rx, y - ry)), _big((x + rx, y + ry))], fill=ink)

    def disc(self, x: float, y: float, r: float, ink: Ink) -> None:
        """A filled circle."""
        self.oval(x, y, r, r, ink)

    def ring(self, x: float, y: float, r: float, wide: float, ink: Ink) -> None:
        """A circle line whose outer radius is r."""
        frame = [_big((x - r, y - r)), _big((x + r, y + r))]
        self._draw.ellipse(frame, outline=ink, width=round(wide * OVERSIZE))

    def box(self, x0: float, y0: float, x1: float, y1: float, ink: Ink, round_by: float = 0) -> None:
        """A filled rectangle, with rounded corners if asked for."""
        self._draw.rounded_rectangle([_big((x0, y0)), _big((x1, y1))], round_by * OVERSIZE, fill=ink)

    def line(self, points: Sequence[Point], ink: Ink, wide: float) -> None:
        """A line with round ends and joints."""
        self._draw.line([_big(point) for point in points], fill=ink, width=round(wide * OVERSIZE), joint="curve")
        for x, y in (points[0], points[-1]):
            self.disc(x, y, wide / 2, ink)

    def slice(self, x: float, y: float, r: float, start: float, end: float, ink: Ink) -> None:
        """A slice of a circle between two angles in degrees, clockwise from the right."""
        self._draw.pieslice([_big((x - r, y - r)), _big((x + r, y + r))], start, end, fill=ink)

    def arc(self, x: float, y: float, rx: float, ry: float, start: float, end: float, ink: Ink, wide: float) -> None:
        """A part of an ellipse's line."""
        frame = [_big((x - rx, y - ry)), _big((x + rx, y + ry))]
        self._draw.arc(frame, start, end, fill=ink, width=round(wide * OVERSIZE))

    def word(self, x: float, y: float, text: str, size: float, ink: Ink) -> None:
        """Text in the middle of x, y."""
        font = ImageFont.load_default(size * OVERSIZE)
        self._draw.text(_big((x, y)), text, fill=ink, font=font, anchor="mm")

    def star(self, x: float, y: float, r: float, ink: Ink, tips: int = 5) -> None:
        """A star with so many tips."""
        radii = [r if tip % 2 == 0 else r * 0.45 for tip in range(2 * tips)]
        angles = [math.pi * tip / tips - math.pi / 2 for tip in range(2 * tips)]
        self.poly([(x + a * math.cos(t), y + a * math.sin(t)) for a, t in zip(radii, angles, strict=True)], ink)

    def shadow(self, wide: float, y: float = 412) -> None:
        """A soft shadow on the ground under the thing."""
        for step in range(6):
            self.oval(320, y, wide - step * 8, 20 - step * 2.4, (20, 24, 32, 16))

    def wheel(self, x: float, y: float, r: float, ink: str = "#1e2430") -> None:
        """A spoked wheel with tyre, rim and hub: also the rally's sign."""
        self.ring(x, y, r, r * 0.22, ink)
        self.ring(x, y, r * 0.76, r * 0.07, "#c9ced6")
        for spoke in range(10):
            turn = math.pi * spoke / 5
            end = (x + r * 0.7 * math.cos(turn), y + r * 0.7 * math.sin(turn))
            self.line([(x, y), end], "#aeb5c0", max(1.0, r * 0.035))
        self.disc(x, y, r * 0.16, "#c9ced6")

    def small(self) -> Image.Image:
        """The finished picture at its real size."""
        return self._image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


def _big(point: Point) -> tuple[float, float]:
    return point[0] * OVERSIZE, point[1] * OVERSIZE


def _sky(top: str, bottom: str) -> Image.Image:
    """A vertical gradient with a pale disc behind the thing."""
    gradient = Image.linear_gradient("L").resize((WIDTH * OVERSIZE, HEIGHT * OVERSIZE))
    sky = Image.composite(Image.new("RGB", gradient.size, bottom), Image.new("RGB", gradient.size, top), gradient)
    glow = ImageDraw.Draw(sky, "RGBA")
    for step in range(3):
        r = 218 - step * 34
        glow.ellipse([_big((320 - r, 238 - r)), _big((320 + r, 238 + r))], fill=(255, 255, 255, 20))
    return sky
