"""Maps of points: every pin inside the drawing, apart from the others, near its place; the scale is true."""

from __future__ import annotations

import math
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncserver.services.point_map import APART, EDGE, HEIGHT_MAX, HEIGHT_MIN, WIDTH, PointMap, Spot, draw, metres

COORDINATES = st.floats(-500_000, 500_000, allow_nan=False)
PLACES = st.lists(st.tuples(COORDINATES, COORDINATES), min_size=1, max_size=25)


def map_of(places: list[tuple[float, float]], numbered: int, *, is_plan: bool = False) -> PointMap:
    spots = [Spot(f"p{at}", x, y) for at, (x, y) in enumerate(places)]
    return draw(spots, {f"p{at}": at + 1 for at in range(numbered)}, is_plan=is_plan)


@given(PLACES, st.integers(0, 25))
def test_every_point_is_drawn_once_and_inside(places: list[tuple[float, float]], numbered: int) -> None:
    drawn = map_of(places, min(numbered, len(places)))
    assert HEIGHT_MIN <= drawn.height <= HEIGHT_MAX
    assert len(drawn.pins) + len(drawn.dots) == len(places)
    assert [pin.number for pin in drawn.pins] == list(range(1, len(drawn.pins) + 1))
    spots = [*((pin.x, pin.y) for pin in drawn.pins), *((pin.at_x, pin.at_y) for pin in drawn.pins), *drawn.dots]
    assert all(0 <= x <= WIDTH and 0 <= y <= drawn.height for x, y in spots)


@given(PLACES)
def test_the_same_points_make_the_same_map(places: list[tuple[float, float]]) -> None:
    assert map_of(places, len(places)) == map_of(places, len(places))


@given(st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=2, max_size=12))
def test_a_dozen_pins_on_one_spot_end_side_by_side(places: list[tuple[float, float]]) -> None:
    drawn = map_of([*places, (-1_000.0, -1_000.0), (1_000.0, 1_000.0)], len(places))
    for one, other in combinations(drawn.pins, 2):
        assert math.hypot(one.x - other.x, one.y - other.y) > 0.8 * APART
    assert all(math.hypot(pin.x - pin.at_x, pin.y - pin.at_y) < 6 * APART for pin in drawn.pins)


def test_a_pin_alone_stands_where_its_point_is() -> None:
    drawn = map_of([(0.0, 0.0), (1_000.0, 500.0)], 2)
    assert not any(pin.is_moved for pin in drawn.pins)
    assert [(pin.x, pin.y) for pin in drawn.pins] == [(EDGE, EDGE), (WIDTH - EDGE, drawn.height - EDGE)]


@pytest.mark.parametrize(("wide", "scale_metres"), [(1_000.0, 200), (300_000.0, 100_000), (10.0, 50), (2_900.0, 500)])
def test_the_scale_is_a_round_length_as_long_as_it_says(wide: float, scale_metres: int) -> None:
    drawn = map_of([(0.0, 0.0), (wide, 0.0)], 2)
    assert drawn.scale is not None
    length_m, length = drawn.scale
    assert length_m == scale_metres
    first, last = drawn.pins
    assert length / length_m == pytest.approx((last.at_x - first.at_x) / wide, rel=0.02)


def test_a_plan_has_no_scale() -> None:
    assert map_of([(0.0, 0.0), (900.0, 900.0)], 1, is_plan=True).scale is None


def test_east_is_right_and_north_is_up() -> None:
    towns = ((50.087, 14.421), (49.195, 16.608), (52.52, 13.405))
    prague, brno, berlin = (metres(lat, lon, 50.0) for lat, lon in towns)
    assert brno[0] > prague[0] > berlin[0]
    assert brno[1] > prague[1] > berlin[1]
    assert math.dist(prague, brno) == pytest.approx(185_000, rel=0.05)
