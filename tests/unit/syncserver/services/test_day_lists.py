"""On which days tickets sold since are worth a new list."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from common.catalogue import Catalogue, CataloguePoint
from common.days import event_day
from common.ids import AreaNo, EventUid, PointNo
from common.rules import DayRule, PointKind, PointRules, Window
from syncserver.services.day_lists import is_redeemed_soon

DAYS = DayRule("Europe/Prague", 300)


def at(text: str) -> int:
    """An instant by the wall clock of Prague."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Prague")).timestamp() * 1000)


STARTS, ENDS = at("2028-07-06 05:00"), at("2028-07-10 05:00")
DAILY = Window(from_minute=8 * 60, until_minute=20 * 60)
DEALER = Window(
    from_minute=9 * 60, until_minute=17 * 60, days=(event_day(at("2028-06-01 12:00"), DAYS),)
)  # fetches wristbands a month before


def catalogue(*windows: tuple[Window, ...]) -> Catalogue:
    points = tuple(
        CataloguePoint(PointRules(PointNo(no), PointKind.GATE, AreaNo(1), (), windows=some), {})
        for no, some in enumerate(windows, start=1)
    )
    return Catalogue(1, EventUid(b"evnt"), {}, ("en",), "en", DAYS, STARTS, ENDS, (), points, ())


@pytest.mark.parametrize(
    ("windows", "now", "expected"),
    [
        pytest.param((), "2028-07-06 02:00", True, id="always open: three hours before the event"),
        pytest.param((), "2028-07-06 01:59", False, id="always open: earlier"),
        pytest.param((), "2028-07-10 04:59", True, id="always open: until its end"),
        pytest.param((), "2028-07-10 05:00", False, id="always open: no longer"),
        pytest.param((DAILY,), "2028-07-07 04:59", False, id="more than three hours before it opens"),
        pytest.param((DAILY,), "2028-07-07 05:00", True, id="three hours before it opens"),
        pytest.param((DAILY,), "2028-07-07 19:59", True, id="open"),
        pytest.param((DAILY,), "2028-07-07 20:00", False, id="closed for the night"),
        pytest.param((DAILY,), "2028-05-07 12:00", False, id="hours without days, months before"),
        pytest.param((DEALER,), "2028-06-01 06:00", True, id="hours of a day before the event: soon"),
        pytest.param((DEALER,), "2028-06-01 12:00", True, id="hours of a day before the event: open"),
        pytest.param((DEALER,), "2028-06-02 12:00", False, id="hours of a day before the event: over"),
        pytest.param((DEALER,), "2028-07-07 12:00", False, id="a point that is over says nothing of the event's days"),
        pytest.param((DAILY, DEALER), "2028-06-01 12:00", True, id="one of two kinds of hours"),
        pytest.param((Window(until_ms=ENDS),), "2028-07-01 12:00", False, id="an end alone names no day"),
        pytest.param((Window(from_ms=at("2028-07-01 10:00")),), "2028-07-01 07:00", True, id="from an instant on"),
    ],
)
def test_a_list_is_worth_it_where_somebody_is_redeemed_soon(
    windows: tuple[Window, ...], now: str, expected: bool
) -> None:
    assert is_redeemed_soon(catalogue(windows), at(now)) is expected


def test_one_open_point_is_enough_and_none_is_none() -> None:
    assert is_redeemed_soon(catalogue((DEALER,), (DAILY,)), at("2028-07-07 12:00"))
    assert not is_redeemed_soon(catalogue(), at("2028-07-07 12:00"))
