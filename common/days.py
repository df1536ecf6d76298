"""Event days: local dates of the event's zone that change at the border hour, not at midnight.

The border is wall-clock time, on DST days too, which makes days of 23 and 25 hours. Days count from 1970-01-01.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from common.ids import EventDay
from common.rules import DayRule

_EPOCH = date(1970, 1, 1).toordinal()
_DAY_MIN = date(2, 1, 1).toordinal() - _EPOCH
_DAY_MAX = date(9998, 12, 31).toordinal() - _EPOCH
_DAY_MS = 86_400_000
_HOUR_S = 3600


def event_day(instant_ms: int, rule: DayRule) -> EventDay:
    """The event day an instant lies in, for years 2 to 9998 (others give the nearest of these).

    `day_bounds_ms(event_day(t))` always holds t: where a border is passed twice, in autumn, the second time counts;
    where it is skipped, in spring, the day starts at the jump.
    """
    guess = EventDay(min(max(instant_ms // _DAY_MS, _DAY_MIN), _DAY_MAX))
    day = EventDay(guess + 1)
    while day > _DAY_MIN and day_start_ms(day, rule) > instant_ms:
        day = EventDay(day - 1)
    return day


def day_bounds_ms(day: EventDay, rule: DayRule) -> tuple[int, int]:
    """First instant of an event day and first instant after it, ms UTC."""
    return day_start_ms(day, rule), day_start_ms(EventDay(day + 1), rule)


def local_minute(instant_ms: int, rule: DayRule) -> int:
    """Minutes since local midnight on the wall clock, 0..1439."""
    local = _local(instant_ms, rule)
    return local.hour * 60 + local.minute


def wall_ms(day: EventDay, minute: int, rule: DayRule) -> int:
    """The instant within an event day at which the wall clock shows `minute` (0..1440) since local midnight.

    Minutes before the border belong to the morning after the day's date.
    """
    later = day if minute >= rule.border_minute else day + 1
    return _instant_ms(later, minute, rule)


def day_of_date(local_date: date) -> EventDay:
    """The event day that has this local date as its name."""
    return EventDay(local_date.toordinal() - _EPOCH)


def date_of_day(day: EventDay) -> date:
    """The local date an event day is named by."""
    return date.fromordinal(day + _EPOCH)


@lru_cache(maxsize=4096)
def day_start_ms(day: EventDay, rule: DayRule) -> int:
    """The instant of the border that opens an event day, ms UTC."""
    return _instant_ms(day, rule.border_minute, rule)


def _instant_ms(day: int, minute: int, rule: DayRule) -> int:
    zone = ZoneInfo(rule.zone)
    wanted = datetime.fromordinal(day + _EPOCH) + timedelta(minutes=minute)
    # fold=1 is the second of two such times; for a time that is skipped it gives an instant before the jump.
    second = round(wanted.replace(tzinfo=zone, fold=1).timestamp())
    if datetime.fromtimestamp(second, zone).replace(tzinfo=None) == wanted:
        return second * 1000
    return _jump_s(second, zone) * 1000


def _jump_s(before_s: int, zone: ZoneInfo) -> int:
    """The second at which the zone's offset changes, at most a day after `before_s`."""
    low, high = before_s, before_s + 24 * _HOUR_S
    offset = datetime.fromtimestamp(low, zone).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return high


def _local(instant_ms: int, rule: DayRule) -> datetime:
    start_ms, end_ms = _DAY_MIN * _DAY_MS, _DAY_MAX * _DAY_MS
    clamped = min(max(instant_ms, start_ms), end_ms)
    return (datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=clamped)).astimezone(ZoneInfo(rule.zone))
