"""Where and when, for buyers: by area, numbered through, hours in the reader's words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from common.ids import EventDay
from common.rules import PointKind, Window
from syncserver.services.places import Point, places, when_words
from syncserver.services.translations import translator


def point(key: str, area: str, at: tuple[float, float] | None = (0.0, 0.0), *, is_on_plan: bool = False) -> Point:
    return Point(key, key.title(), PointKind.STAND, area, area.title(), at, is_on_plan, ())


def at(hour: int, day: int = 6) -> int:
    return round(datetime(2028, 7, day, hour - 2, tzinfo=UTC).timestamp() * 1000)


POINTS = {
    one.key: one
    for one in (
        point("gate", "grounds"), point("shower", "camp"), point("bar", "grounds", (90.0, 90.0)),
        point("van", "grounds", None), point("desk", "grounds", (500.0, 500.0), is_on_plan=True),
    )
}  # fmt: skip


def test_points_come_by_area_in_the_files_order_and_are_numbered_through() -> None:
    found = places(POINTS, ("bar", "shower", "gate"))
    assert [(area.key, [(n, one.key) for n, one in area.points]) for area in found] == [
        ("grounds", [(1, "gate"), (2, "bar")]),
        ("camp", [(3, "shower")]),
    ]
    assert found[0].map is not None
    assert [pin.number for pin in found[0].map.pins] == [1, 2]


def test_a_point_without_a_position_stands_in_the_list_alone() -> None:
    [area] = places(POINTS, ("van",))
    assert area.map is None
    [area] = places(POINTS, ("van", "gate", "desk"))
    assert len(area.points) == 3
    assert area.map is not None
    assert [pin.key for pin in area.map.pins] == ["gate"]


@pytest.mark.parametrize(
    ("windows", "text"),
    [
        ((), ""),
        ((Window(),), ""),
        ((Window(from_minute=480, until_minute=1380),), "daily 08:00–23:00"),
        ((Window(from_minute=600),), "daily 10:00–24:00"),
        ((Window(from_ms=at(18), until_ms=at(23)),), "6 July 2028, 18:00–23:00"),
        ((Window(from_ms=at(18), until_ms=at(10, 8)),), "6 Jul 2028, 18:00 – 8 Jul 2028, 10:00"),
        ((Window(from_ms=at(18)),), "from 6 Jul 2028, 18:00"),
        ((Window(until_ms=at(18)),), "until 6 Jul 2028, 18:00"),
        ((Window(days=(EventDay(21_371), EventDay(21_372)), from_minute=60),), "6 July 2028, 7 July 2028, 01:00–24:00"),
        ((Window(days=(EventDay(21_371),)), Window(from_minute=60, until_minute=90)), "6 July 2028; daily 01:00–01:30"),
    ],
)
def test_windows_are_told_in_words(windows: tuple[Window, ...], text: str) -> None:
    assert when_words(translator("en"), "Europe/Prague", windows) == text
