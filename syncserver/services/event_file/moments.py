"""Dates, times and decimal amounts as organisers write them, into whole numbers; None where they make no sense."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTES_PER_DAY = 1440

_TIME = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)(?::00)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII)
_AMOUNT_CHARS_MAX = 20
_EPOCH = date(1970, 1, 1)


def find_zone(name: str) -> ZoneInfo | None:
    """The time zone of an IANA name; None for an unknown one or for a path."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def parse_date(text: str) -> date | None:
    """`2028-07-06`."""
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def event_day_number(day: date) -> int:
    """Days since 1970-01-01, as `EventDay` counts them."""
    return (day - _EPOCH).days


def parse_instant_ms(text: str, zone: ZoneInfo) -> int | None:
    """`2028-07-06`, `2028-07-06 09:00` or with offset; without one it is local time, and must exist on the wall."""
    if not _INSTANT.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T"))
        return to_ms(moment if moment.tzinfo else _on_the_wall(moment, zone))
    except (ValueError, OverflowError):
        return None


def _on_the_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    local = moment.replace(tzinfo=zone)
    if local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError("the clocks skip this hour")
    return local


def to_ms(moment: datetime) -> int:
    """Milliseconds UTC since 1970 of an aware moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def to_local(at_ms: int, zone: ZoneInfo) -> datetime:
    """Wall time in the zone of an instant."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(zone)


def event_date(at_ms: int, zone: ZoneInfo, border_minute: int) -> date:
    """The event day an instant falls on: the wall's date, one less before the border hour."""
    local = to_local(at_ms, zone)
    before = local.hour * 60 + local.minute < border_minute
    return local.date() - timedelta(days=1 if before else 0)


def parse_minute(text: str) -> int | None:
    """`09:30` as minutes after midnight; `24:00` is the day's end."""
    found = _TIME.fullmatch(text)
    if not found:
        return None
    minute = int(found.group(1)) * 60 + int(found.group(2))
    return minute if minute <= MINUTES_PER_DAY else None


def parse_time_span(text: str) -> tuple[int, int] | None:
    """`10:00-18:00`, or `22:00-02:00` over midnight, as minutes."""
    first, dash, second = text.partition("-")
    since, until = parse_minute(first.strip()), parse_minute(second.strip())
    if not dash or since is None or until is None or since == until:
        return None
    return since, until


def parse_scaled(value: str | float, digits: int) -> int | None:
    """A decimal number times 10 ** digits, exactly; None if it has more decimals than that."""
    text = str(value).strip()
    if len(text) > _AMOUNT_CHARS_MAX:
        return None
    try:
        scaled = Decimal(text).scaleb(digits)
    except InvalidOperation:
        return None
    return int(scaled) if scaled.is_finite() and scaled == scaled.to_integral_value() else None
