"""The emblems, drawn as distance fields: smooth at any size, no pictures to ship. No Kivy here.

Each has its own outline (disc, tag, diamond, octagon, square, disc, lens, triangle) as well as its own sign, so that
it is told apart from two metres, in grey, and by people who do not see red and green.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from kiosk.ui.picture import Shape

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float64]  # signed distance to an outline, negative inside; the picture spans -1 to 1
else:
    Field = Any

SIDE = 512


@functools.cache
def alpha(shape: Shape, side: int = SIDE) -> bytes:
    """How opaque each pixel is, `side` rows of `side` bytes from top to bottom: outline filled, sign cut out."""
    axis = (np.arange(side) + 0.5) / side * 2 - 1
    x, y = np.meshgrid(axis, -axis)
    outline, sign = _EMBLEMS[shape]
    distance = np.maximum(outline(x, y), -sign(x, y))
    opaque = np.clip(0.5 - distance * side / 2, 0, 1)
    return bytes((opaque * 255).astype(np.uint8).tobytes())


def _capsule(x: Field, y: Field, start: tuple[float, float], end: tuple[float, float], radius: float) -> Field:
    """A line with round ends."""
    (ax, ay), (bx, by) = start, end
    dx, dy = bx - ax, by - ay
    along = np.clip(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy), 0, 1)
    return np.hypot(x - ax - along * dx, y - ay - along * dy) - radius


def _box(x: Field, y: Field, half: tuple[float, float], radius: float) -> Field:
    """A box around the middle with rounded corners."""
    qx, qy = np.abs(x) - half[0] + radius, np.abs(y) - half[1] + radius
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    return outside + np.minimum(np.maximum(qx, qy), 0) - radius


def _octagon(x: Field, y: Field) -> Field:
    sides = [x * math.cos(i * math.tau / 8) + y * math.sin(i * math.tau / 8) for i in range(8)]
    return functools.reduce(np.maximum, sides) - 0.93


def _any(*fields: Field) -> Field:
    return functools.reduce(np.minimum, fields)


def _disc(x: Field, y: Field) -> Field:
    return np.hypot(x, y) - 0.97


def _square(x: Field, y: Field) -> Field:
    return _box(x, y, (0.92, 0.92), 0.2)


def _diamond(x: Field, y: Field) -> Field:
    turned_x, turned_y = (x + y) / math.sqrt(2), (y - x) / math.sqrt(2)
    return _box(turned_x, turned_y, (0.7, 0.7), 0.12)


def _tag(x: Field, y: Field) -> Field:
    """A sign that points to the right."""
    sides = [-x - 0.92, np.abs(y) - 0.72, (x + np.abs(y) - 0.97) / math.sqrt(2)]
    return functools.reduce(np.maximum, sides)


def _arrow(x: Field, y: Field) -> Field:
    head = [_capsule(x, y, (0.5, 0), (0.16, side), 0.12) for side in (-0.34, 0.34)]
    return _any(_capsule(x, y, (-0.6, 0), (0.46, 0), 0.12), *head)


def _tick(x: Field, y: Field) -> Field:
    return _any(
        _capsule(x, y, (-0.46, -0.02), (-0.12, -0.38), 0.13), _capsule(x, y, (-0.12, -0.38), (0.48, 0.36), 0.13)
    )


def _cross(x: Field, y: Field) -> Field:
    return _any(_capsule(x, y, (-0.4, -0.4), (0.4, 0.4), 0.14), _capsule(x, y, (-0.4, 0.4), (0.4, -0.4), 0.14))


def _hand(x: Field, y: Field) -> Field:
    """An open palm: stop and look."""
    x, y = x * 1.06 - 0.04, y * 1.06 - 0.04
    fingers = [
        ((-0.27, -0.1), (-0.29, 0.34)),
        ((-0.09, -0.1), (-0.09, 0.5)),
        ((0.09, -0.1), (0.10, 0.46)),
        ((0.26, -0.1), (0.29, 0.3)),
    ]
    parts = [_capsule(x, y, start, end, 0.078) for start, end in fingers]
    palm = _box(x, y + 0.26, (0.345, 0.26), 0.2)
    thumb = _capsule(x, y, (-0.25, -0.3), (-0.5, 0.0), 0.085)
    return _any(palm, thumb, *parts)


def _wrench(x: Field, y: Field) -> Field:
    """A spanner from lower left to upper right."""
    turned_x, turned_y = (x + y) / math.sqrt(2), (y - x) / math.sqrt(2)
    handle = _capsule(turned_x, turned_y, (-0.52, 0), (0.3, 0), 0.13)
    head = np.hypot(turned_x - 0.42, turned_y) - 0.33
    jaw = _box(turned_x - 0.66, turned_y, (0.3, 0.13), 0.04)
    hole = np.hypot(turned_x + 0.52, turned_y) - 0.055
    return np.maximum(np.maximum(_any(handle, head), -jaw), -hole)


def _letter_i(x: Field, y: Field) -> Field:
    return _any(_capsule(x, y, (0, -0.42), (0, 0.1), 0.12), np.hypot(x, y - 0.44) - 0.14)


def _lens(x: Field, y: Field) -> Field:
    """Two arcs that meet left and right."""
    return np.maximum(np.hypot(x, y - 0.42), np.hypot(x, y + 0.42)) - 1.06


def _iris(x: Field, y: Field) -> Field:
    """A ring with a point in it."""
    ring = np.abs(np.hypot(x, y) - 0.36) - 0.1
    return _any(ring, np.hypot(x, y) - 0.13)


def _triangle(x: Field, y: Field) -> Field:
    """One that stands on its side, with round corners."""
    sides = [-y - 0.62, (2 * np.abs(x) + y - 0.62) / math.sqrt(5)]
    return functools.reduce(np.maximum, sides) - 0.2


def _exclamation(x: Field, y: Field) -> Field:
    return _any(_capsule(x, y, (0, 0.28), (0, -0.14), 0.13), np.hypot(x, y + 0.5) - 0.14)


_Outline = Callable[[Field, Field], Field]

_EMBLEMS: dict[Shape, tuple[_Outline, _Outline]] = {
    Shape.TICK: (_disc, _tick),
    Shape.ARROW: (_tag, _arrow),
    Shape.HAND: (_diamond, _hand),
    Shape.CROSS: (_octagon, _cross),
    Shape.WRENCH: (_square, _wrench),
    Shape.DOT: (_disc, _letter_i),
    Shape.EYE: (_lens, _iris),
    Shape.WARNING: (_triangle, _exclamation),
}
