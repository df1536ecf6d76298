"""What is told of the point this kiosk stands at; where people are looked up, if not here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Final

from common.catalogue import Catalogue, CataloguePoint
from common.exchange import FileKind
from common.ids import PointNo
from kiosk.shown import Names, NamesHere, PlaceShown, PointShown
from kiosk.store.snapshots import InUse, file_of
from kiosk.surroundings import Here

ELSEWHERE_MAX: Final = 3  # as many as are read on a screen


def point_shown(here: Here, in_use: Iterable[InUse]) -> PointShown:
    """The point, as front ends tell it."""
    point = here.catalogue.point_by_no[here.point]
    rules, names = point.rules, _names_here(here, tuple(in_use))
    elsewhere = () if names is NamesHere.READY else searching_points(here)
    return PointShown(
        point.names,
        rules.kind,
        rules.lanes,
        rules.lets_in,
        rules.lets_out,
        rules.unattended,
        names,
        elsewhere,
        may_override_unpaid=rules.may_override_unpaid,
    )


def places_shown(catalogue: Catalogue | None, here: PointNo | None) -> tuple[PlaceShown, ...]:
    """Every point of the event, in its own order."""
    points = () if catalogue is None else catalogue.points
    return tuple(PlaceShown(one.rules.point, one.names, one.rules.kind, here=one.rules.point == here) for one in points)


def searching_points(here: Here) -> tuple[Names, ...]:
    """Other points that look people up, nearest first."""
    return _nearest(here, lambda point: point.wants_search)


def nearest(here: Here, points: Collection[PointNo], *, lets_out: bool) -> tuple[Names, ...]:
    """Where a guest is sent, nearest first: those of these points that let in, or out where that is asked for."""
    if not points:  # as after every admission: nobody is sent anywhere
        return ()

    def serves(point: CataloguePoint) -> bool:
        return point.rules.point in points

    def lets(point: CataloguePoint) -> bool:
        return serves(point) and (point.rules.lets_out if lets_out else point.rules.lets_in)

    return _nearest(here, lets) or _nearest(here, serves)


def _nearest(here: Here, fits: Callable[[CataloguePoint], bool]) -> tuple[Names, ...]:
    """Those of the same area first, then as they stand in the catalogue; a few: a paragraph of names is not read."""
    points = here.catalogue.points
    at = next(no for no, one in enumerate(points) if one.rules.point == here.point)
    area = points[at].rules.area
    found = [(no, one) for no, one in enumerate(points) if no != at and fits(one)]
    near_first = sorted(found, key=lambda each: (each[1].rules.area != area, abs(each[0] - at)))
    return tuple(one.names for _, one in near_first[:ELSEWHERE_MAX])


def _names_here(here: Here, in_use: tuple[InUse, ...]) -> NamesHere:
    if not here.catalogue.point_by_no[here.point].wants_search:
        return NamesHere.ELSEWHERE
    if any(one.search is not None for one in in_use):
        return NamesHere.READY
    newest = next(reversed(in_use), None)
    is_offered = newest is not None and file_of(newest.file.manifest, FileKind.SEARCH) is not None
    return NamesHere.COMING if is_offered else NamesHere.LATER
