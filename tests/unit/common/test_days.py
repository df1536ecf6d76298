"""Event days change at the border hour of the wall clock, on days of 23 and 25 hours too."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from common.days import date_of_day, day_bounds_ms, day_of_date, event_day, local_minute, wall_ms
from common.ids import EventDay
from common.rules import DayRule

PRAGUE = DayRule("Europe/Prague")
HOUR_MS = 3_600_000
MOMENTS = st.integers(7_300 * 24 * 60, 33_000 * 24 * 60).map(lambda minute: datetime.fromtimestamp(minute * 60, UTC))
ZONES = ["Europe/Prague", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago"]


def at(text: str, zone: str = "Europe/Prague", fold: int = 0) -> int:
    """The instant of a local time, in ms."""
    local = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return round(local.timestamp() * 1000)


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2028-07-06 05:00", "2028-07-06"),
        ("2028-07-06 23:59:59.999", "2028-07-06"),
        ("2028-07-07 00:00", "2028-07-06"),
        ("2028-07-07 04:59:59.999", "2028-07-06"),
        ("2028-07-07 05:00", "2028-07-07"),
        ("2028-03-26 04:59", "2028-03-25"),
        ("2028-03-26 05:00", "2028-03-26"),
        ("2028-10-29 04:59", "2028-10-28"),
        ("2028-10-29 05:00", "2028-10-29"),
    ],
)
def test_the_day_is_one_less_before_the_border(local: str, day: str) -> None:
    assert date_of_day(event_day(at(local), PRAGUE)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("day", "hours"), [("2028-07-06", 24), ("2028-03-25", 23), ("2028-10-28", 25), ("2028-03-26", 24)]
)
def test_a_day_over_which_the_clocks_change_is_an_hour_shorter_or_longer(day: str, hours: int) -> None:
    start, end = day_bounds_ms(day_of_date(date.fromisoformat(day)), PRAGUE)
    assert end - start == hours * HOUR_MS


def test_a_border_that_is_skipped_is_the_jump_and_one_passed_twice_is_the_second() -> None:
    rule = DayRule("Europe/Prague", border_minute=150)
    assert day_bounds_ms(day_of_date(date(2028, 3, 26)), rule)[0] == at("2028-03-26 03:00")
    assert day_bounds_ms(day_of_date(date(2028, 10, 29)), rule)[0] == at("2028-10-29 02:30", fold=1)


@given(
    MOMENTS,
    st.sampled_from(ZONES),
    st.integers(0, 1439),
)
def test_a_day_holds_the_instants_it_is_the_day_of(moment: datetime, zone: str, border: int) -> None:
    rule, instant = DayRule(zone, border), round(moment.timestamp() * 1000)
    day = event_day(instant, rule)
    start, end = day_bounds_ms(day, rule)
    assert start <= instant < end
    assert event_day(start, rule) == day == event_day(end - 1, rule)
    assert event_day(end, rule) == day + 1


@given(MOMENTS, st.sampled_from(ZONES))
def test_far_from_a_change_of_clocks_the_day_is_the_wall_clocks(moment: datetime, zone: str) -> None:
    around = [(moment + timedelta(hours=hours)).astimezone(ZoneInfo(zone)) for hours in range(-6, 7)]
    assume(len({local.utcoffset() for local in around}) == 1)
    local = around[6]
    want = local.date() - timedelta(days=1 if local.hour < 5 else 0)
    assert date_of_day(event_day(round(local.timestamp() * 1000), DayRule(zone))) == want


def test_minutes_are_the_wall_clocks() -> None:
    assert local_minute(at("2028-07-06 13:07:59"), PRAGUE) == 13 * 60 + 7
    assert local_minute(at("2028-03-26 03:00"), PRAGUE) == 180


def test_a_minute_before_the_border_is_the_next_morning() -> None:
    day = day_of_date(date(2028, 7, 6))
    assert wall_ms(day, 20 * 60, PRAGUE) == at("2028-07-06 20:00")
    assert wall_ms(day, 2 * 60, PRAGUE) == at("2028-07-07 02:00")
    assert wall_ms(day, 1440, PRAGUE) == at("2028-07-07 00:00")


@pytest.mark.parametrize("instant", [-(2**53), 2**53])
def test_instants_of_no_year_give_the_nearest_day(instant: int) -> None:
    day = event_day(instant, PRAGUE)
    assert EventDay(-719_000) < day < EventDay(2_932_897)
    assert 0 <= local_minute(instant, PRAGUE) < 1440


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_tablet_in_another_zone_has_the_events_days(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """05:00 in Prague is the border whatever the tablet's own clock is set to."""
    border = round(datetime(2028, 7, 6, 3, 0, tzinfo=UTC).timestamp() * 1000)
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert event_day(border - 1, PRAGUE) + 1 == event_day(border, PRAGUE) == day_of_date(date(2028, 7, 6))
        assert local_minute(border, PRAGUE) == 300
    finally:
        monkeypatch.undo()
        time.tzset()
