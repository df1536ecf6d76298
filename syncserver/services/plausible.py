"""Whether one person can have made two uses: how far apart the points lie, and how fast that would have been. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import msgspec

EARTH_M = 6_371_000
MICRODEGREES = 1_000_000


class Pace(StrEnum):
    """What it takes to be at both points in that time."""

    SAME_PLACE = "same_place"
    WALK = "walk"
    RUN = "run"
    VEHICLE = "vehicle"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"  # a position is not on the map


# Up to so many metres a second: 6 km/h, 20 km/h, 130 km/h.
_UP_TO = ((1.7, Pace.WALK), (5.6, Pace.RUN), (36.2, Pace.VEHICLE))
_SAME_PLACE_M = 25  # what the map's positions are good for


@dataclass(frozen=True, slots=True)
class Plausibility:
    """`seconds` between the uses, `metres` between the points (None: not both on the map)."""

    seconds: int
    metres: int | None
    pace: Pace


class _Geo(msgspec.Struct, frozen=True):
    lat_microdeg: int
    lon_microdeg: int


def plausibility(one: str | None, other: str | None, apart_ms: int) -> Plausibility:
    """Judge two uses by the positions of their points as stored and the time between them."""
    seconds = abs(apart_ms) // 1000
    metres = _distance_m(_geo(one), _geo(other))
    return Plausibility(seconds, metres, _pace(seconds, metres))


def _pace(seconds: int, metres: int | None) -> Pace:
    if metres is None:
        return Pace.UNKNOWN
    if metres <= _SAME_PLACE_M:
        return Pace.SAME_PLACE
    speed = metres / max(1, seconds)
    return next((pace for most, pace in _UP_TO if speed <= most), Pace.IMPOSSIBLE)


def _geo(stored: str | None) -> _Geo | None:
    """The position on Earth; None for a place on a plan, which has no scale."""
    if stored is None:
        return None
    try:
        return msgspec.json.decode(stored, type=_Geo)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def _distance_m(one: _Geo | None, other: _Geo | None) -> int | None:
    """The haversine formula: good to half a percent, whatever the distance."""
    if one is None or other is None:
        return None
    lat_a, lat_b = (math.radians(each.lat_microdeg / MICRODEGREES) for each in (one, other))
    lon = math.radians((one.lon_microdeg - other.lon_microdeg) / MICRODEGREES)
    half = math.sin((lat_a - lat_b) / 2) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(lon / 2) ** 2
    return round(2 * EARTH_M * math.asin(min(1.0, math.sqrt(half))))
