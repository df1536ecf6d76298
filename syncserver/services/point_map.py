"""Maps of points, drawn by ourselves from the positions in the event file: no tiles, no foreign request. Pure.

One map an area, since areas may lie hundreds of kilometres apart. A map shows where the chosen points are among all
points of the area; pins that would cover each other are moved apart and keep a line to where they belong.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

WIDTH, HEIGHT_MIN, HEIGHT_MAX, EDGE = 640.0, 220.0, 460.0, 34.0
APART = 27.0  # between the middles of two pins
ROUNDS = 80
METRES_PER_DEGREE = 111_320.0
LEAST_SPAN = 200.0  # metres, or thousandths of a plan: nothing is drawn larger than this
SCALE_SHARE = 0.3  # of the width, at most


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the map. `x` and `y` are metres from anywhere, or thousandths of a plan; y grows downwards."""

    key: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Pin:
    """A numbered pin, and the place it stands for; in units of the drawing."""

    key: str
    number: int
    x: float
    y: float
    at_x: float
    at_y: float

    @property
    def is_moved(self) -> bool:
        """Whether it stands beside its place."""
        return math.hypot(self.x - self.at_x, self.y - self.at_y) > 3


@dataclass(frozen=True, slots=True)
class PointMap:
    """A drawing. `scale`: (metres, length in the drawing), None on a plan."""

    height: float
    pins: tuple[Pin, ...]
    dots: tuple[tuple[float, float], ...]
    scale: tuple[int, float] | None


def metres(lat: float, lon: float, middle_lat: float) -> tuple[float, float]:
    """A position on Earth (degrees) as metres east and south, true near the middle of the map: enough for a country."""
    return lon * METRES_PER_DEGREE * math.cos(math.radians(middle_lat)), -lat * METRES_PER_DEGREE


def draw(spots: Sequence[Spot], numbers: dict[str, int], *, is_plan: bool) -> PointMap:
    """The map of an area's points, those with a number as pins. Drawn once: positions seldom change."""
    return _draw(tuple(spots), tuple(numbers.items()), is_plan)


@lru_cache(maxsize=1_000)
def _draw(spots: tuple[Spot, ...], numbered: tuple[tuple[str, int], ...], is_plan: bool) -> PointMap:  # noqa: FBT001 - a private step
    numbers = dict(numbered)
    left, top = min(spot.x for spot in spots), min(spot.y for spot in spots)
    wide, high = max(spot.x for spot in spots) - left, max(spot.y for spot in spots) - top
    room_x, room_y = WIDTH - 2 * EDGE, HEIGHT_MAX - 2 * EDGE
    factor = min(room_x / max(wide, LEAST_SPAN), room_y / max(high, 1.0))
    height = round(max(HEIGHT_MIN, high * factor + 2 * EDGE), 1)
    shift_x, shift_y = (WIDTH - wide * factor) / 2, (height - high * factor) / 2
    placed = {spot.key: ((spot.x - left) * factor + shift_x, (spot.y - top) * factor + shift_y) for spot in spots}
    anchors = {key: at for key, at in placed.items() if key in numbers}
    apart = _apart(list(anchors.values()), height)
    pins = [
        Pin(key, numbers[key], round(x, 1), round(y, 1), round(at[0], 1), round(at[1], 1))
        for (key, at), (x, y) in zip(anchors.items(), apart, strict=True)
    ]
    dots = tuple((round(x, 1), round(y, 1)) for key, (x, y) in placed.items() if key not in numbers)
    scale = None if is_plan else _scale(factor)
    return PointMap(height, tuple(sorted(pins, key=lambda pin: pin.number)), dots, scale)


def _apart(places: list[tuple[float, float]], height: float) -> list[tuple[float, float]]:
    """Push what covers each other apart, within the drawing; the same places always end the same."""
    now = list(places)
    for _ in range(ROUNDS):
        moved = False
        for one in range(len(now)):
            for other in range(one + 1, len(now)):
                pushed = _push(now[one], now[other], one + other)
                if pushed is not None:
                    now[one], now[other] = (_within(at, height) for at in pushed)
                    moved = True
        if not moved:
            break
    return now


def _push(
    one: tuple[float, float], other: tuple[float, float], turn: int
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """Both, moved so that they are far enough from each other; None if they are."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    distance = math.hypot(dx, dy)
    if distance >= APART:
        return None
    if distance < 0.01:
        dx, dy, distance = math.cos(turn), math.sin(turn), 1.0
        short = APART / 2
    else:
        short = (APART - distance) / 2 + 0.01
    way_x, way_y = dx / distance * short, dy / distance * short
    return (one[0] - way_x, one[1] - way_y), (other[0] + way_x, other[1] + way_y)


def _within(at: tuple[float, float], height: float) -> tuple[float, float]:
    edge = APART / 2
    return min(max(at[0], edge), WIDTH - edge), min(max(at[1], edge), height - edge)


def _scale(factor: float) -> tuple[int, float]:
    """The largest of 1, 2, 5 times a power of ten metres that fits."""
    most = WIDTH * SCALE_SHARE / factor
    power = 10.0 ** math.floor(math.log10(most)) if most >= 1 else 1.0
    length = max((step * power for step in (1, 2, 5) if step * power <= most), default=power)
    return round(length), round(length * factor, 1)
