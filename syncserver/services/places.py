"""Where and when things are redeemed, for buyers: points by area with hours in words, and a map of each area."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import Row

from common.days import date_of_day
from common.rules import PointKind, Window
from syncserver.services.point_map import PointMap, Spot, draw, metres
from syncserver.services.translations import Translator, local


@dataclass(frozen=True, slots=True)
class Point:
    """A redemption point as buyers know it. `at` is None where the event file gives no position."""

    key: str
    name: str
    kind: PointKind
    area_key: str
    area_name: str
    at: tuple[float, float] | None  # degrees north and east; on a plan thousandths from the left and from the top
    is_on_plan: bool
    hours: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class AreaPlaces:
    """The points of an area that were asked for, numbered, with their map."""

    key: str
    name: str
    points: tuple[tuple[int, Point], ...]
    map: PointMap | None


def point_of(row: Row[*tuple[Any, ...]], name: str, area_name: str) -> Point:
    """From the table's row."""
    position = json.loads(row.position) if row.position else None
    is_on_plan = position is not None and "x_permille" in position
    at = None
    if position is not None:
        at = (
            (float(position["x_permille"]), float(position["y_permille"]))
            if is_on_plan
            else (position["lat_microdeg"] / 1e6, position["lon_microdeg"] / 1e6)
        )
    hours = windows_of(json.loads(row.hours))
    return Point(row.key, name, PointKind(row.kind), row.area_key, area_name, at, is_on_plan, hours)


def windows_of(stored: object) -> tuple[Window, ...]:
    """Windows of a JSON column."""
    return msgspec.convert(stored, tuple[Window, ...])


def places(points: Mapping[str, Point], chosen: Sequence[str]) -> tuple[AreaPlaces, ...]:
    """The chosen points by area in the order of the event file, numbered through."""
    numbers = {key: number for number, key in enumerate(_by_area(points, chosen), 1)}
    areas = dict.fromkeys(points[key].area_key for key in numbers)
    return tuple(_area(points, numbers, area) for area in areas)


def _by_area(points: Mapping[str, Point], chosen: Sequence[str]) -> Iterable[str]:
    wanted = set(chosen)
    areas = dict.fromkeys(point.area_key for point in points.values())
    return [key for area in areas for key, point in points.items() if point.area_key == area and key in wanted]


def _area(points: Mapping[str, Point], numbers: dict[str, int], area: str) -> AreaPlaces:
    inside = [point for point in points.values() if point.area_key == area]
    mine = {point.key: numbers[point.key] for point in inside if point.key in numbers}
    is_plan = all(point.is_on_plan for point in inside if point.at is not None)
    # Positions on Earth and on a plan have no common measure: what is of the other kind stands in the list alone.
    spots = _spots([one for one in inside if one.is_on_plan == is_plan], is_plan=is_plan)
    drawn = draw(spots, mine, is_plan=is_plan) if any(spot.key in mine for spot in spots) else None
    shown = tuple((number, points[key]) for key, number in mine.items())
    return AreaPlaces(area, inside[0].area_name, shown, drawn)


def _spots(points: Sequence[Point], *, is_plan: bool) -> list[Spot]:
    known = [(point.key, point.at) for point in points if point.at is not None]
    if is_plan or not known:
        return [Spot(key, *at) for key, at in known]
    middle = sum(lat for _, (lat, _) in known) / len(known)
    return [Spot(key, *metres(lat, lon, middle)) for key, (lat, lon) in known]


def when_words(words: Translator, zone: str, windows: Sequence[Window]) -> str:
    """Windows for people, in the event's zone; empty where it is always."""
    return "; ".join(text for text in (_window(words, zone, window) for window in windows) if text)


def _window(words: Translator, zone: str, window: Window) -> str:
    hours = _hours(window)
    if window.days:
        days = ", ".join(words.day(date_of_day(day)) for day in window.days)
        return f"{days}, {hours}" if hours else days
    if window.from_ms is not None and window.until_ms is not None:
        since, until = local(window.from_ms, zone), local(window.until_ms, zone)
        if since.date() == until.date():
            return f"{words.day(since.date())}, {since:%H:%M}–{until:%H:%M}"
        return f"{words.moment(window.from_ms, zone)} – {words.moment(window.until_ms, zone)}"
    if window.from_ms is not None:
        return words.text("from %(moment)s", moment=words.moment(window.from_ms, zone))
    if window.until_ms is not None:
        return words.text("until %(moment)s", moment=words.moment(window.until_ms, zone))
    return words.text("daily %(hours)s", hours=hours) if hours else ""


def _hours(window: Window) -> str:
    if window.from_minute is None and window.until_minute is None:
        return ""
    since, until = window.from_minute or 0, 1440 if window.until_minute is None else window.until_minute
    return f"{since // 60:02d}:{since % 60:02d}–{until // 60:02d}:{until % 60:02d}"
