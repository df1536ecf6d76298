"""Where a guest is sent: the nearest few, and only where they can go in, or out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.catalogue import CataloguePoint
from common.ids import AreaNo, PointNo
from common.rules import PointKind, PointRules
from kiosk.point_here import nearest
from kiosk.surroundings import Here
from tests.support.kiosk_world import RALLY, catalogue

HERE = PointNo(5)


def here(*others: CataloguePoint) -> Here:
    mine = _gate(5, area=1)
    points = tuple(sorted((mine, *others), key=lambda one: one.rules.point))
    known = replace(catalogue(), points=points)
    place = known.place(HERE)
    assert place is not None
    return Here(HERE, place, known)


def _gate(number: int, area: int = 1, *, lets_in: bool = True, lets_out: bool = True) -> CataloguePoint:
    rules = PointRules(PointNo(number), PointKind.GATE, AreaNo(area), (RALLY,), lets_in=lets_in, lets_out=lets_out)
    return CataloguePoint(rules, {"en": f"Gate {number}"})


def names(found: tuple[object, ...]) -> list[str]:
    return [one["en"] for one in found if isinstance(one, dict)]


def test_the_nearest_three_of_the_same_area_come_first() -> None:
    gates = [_gate(number) for number in (1, 2, 3, 4, 6, 9)] + [_gate(7, area=2)]
    numbers = [gate.rules.point for gate in gates]
    assert names(nearest(here(*gates), numbers, lets_out=False)) == ["Gate 4", "Gate 6", "Gate 3"]


@pytest.mark.parametrize(("lets_out", "expected"), [(False, ["Gate 6"]), (True, ["Gate 4"])])
def test_nobody_is_sent_in_through_an_exit_or_out_through_an_entrance(lets_out: bool, expected: list[str]) -> None:
    gates = [_gate(4, lets_in=False), _gate(6, lets_out=False)]
    assert names(nearest(here(*gates), [PointNo(4), PointNo(6)], lets_out=lets_out)) == expected


def test_other_points_than_those_that_serve_it_are_not_named() -> None:
    assert names(nearest(here(_gate(4), _gate(6)), [PointNo(6)], lets_out=False)) == ["Gate 6"]


def test_where_none_fits_those_that_serve_it_are_named_all_the_same() -> None:
    assert names(nearest(here(_gate(4, lets_in=False)), [PointNo(4)], lets_out=False)) == ["Gate 4"]
