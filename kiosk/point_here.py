"""What is told of the point this kiosk stands at; where people are looked up, if not here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from common.exchange import FileKind
from kiosk.shown import Names, NamesHere, PointShown
from kiosk.store.snapshots import InUse, file_of
from kiosk.surroundings import Here

ELSEWHERE_MAX: Final = 3  # as many as are read on a screen


def point_shown(here: Here, in_use: Iterable[InUse]) -> PointShown:
    """The point, as front ends tell it."""
    point = here.catalogue.point_by_no[here.point]
    rules, names = point.rules, _names_here(here, tuple(in_use))
    elsewhere = () if names is NamesHere.READY else searching_points(here)
    return PointShown(
        point.names, rules.kind, rules.lanes, rules.lets_in, rules.lets_out, rules.unattended, names, elsewhere
    )


def searching_points(here: Here) -> tuple[Names, ...]:
    """Other points that look people up, nearest first: those of the same area, then as they stand in the catalogue."""
    points = here.catalogue.points
    at = next(no for no, one in enumerate(points) if one.rules.point == here.point)
    area = points[at].rules.area
    found = [(no, one) for no, one in enumerate(points) if one.wants_search and no != at]
    nearest = sorted(found, key=lambda each: (each[1].rules.area != area, abs(each[0] - at)))
    return tuple(one.names for _, one in nearest[:ELSEWHERE_MAX])


def _names_here(here: Here, in_use: tuple[InUse, ...]) -> NamesHere:
    if not here.catalogue.point_by_no[here.point].wants_search:
        return NamesHere.ELSEWHERE
    if any(one.search is not None for one in in_use):
        return NamesHere.READY
    newest = next(reversed(in_use), None)
    is_offered = newest is not None and file_of(newest.file.manifest, FileKind.SEARCH) is not None
    return NamesHere.COMING if is_offered else NamesHere.LATER
