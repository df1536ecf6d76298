"""The same event on other dates: for trying out an event file before or after its days."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo

from common.ids import EventDay
from common.rules import Window
from syncserver.services.event_file.model import EventFile
from syncserver.services.event_file.moments import to_local, to_ms

Value = TypeVar("Value")


def shift_to(event_file: EventFile, first_day: date) -> EventFile:
    """Move every moment and day of the event by whole days, so that its first event day is `first_day`.

    Wall-clock times stay as they are across changes of daylight saving time. Tax rates are the law's dates and stay.
    To have the gates open now, pass the event day of now (`moments.event_date`), which before the border hour is
    yesterday's date.
    """
    shift = _Shift((first_day - event_file.event.first_day).days, ZoneInfo(event_file.event.zone))
    moved = shift.moved(event_file)
    return replace(moved, vat_rates=event_file.vat_rates)


class _Shift:
    def __init__(self, days: int, zone: ZoneInfo) -> None:
        self._days = days
        self._zone = zone

    def moved(self, value: Value) -> Value:
        """The value with every instant (`*_ms`), date and event day in it moved."""
        if isinstance(value, tuple):
            return cast("Value", tuple(self.moved(inner) for inner in value))
        if isinstance(value, date):
            return cast("Value", value + timedelta(days=self._days))
        if is_dataclass(value) and not isinstance(value, type):
            changes: dict[str, Any] = {item.name: self._field(value, item.name) for item in fields(value)}
            return cast("Value", replace(value, **changes))
        return value

    def _field(self, owner: object, name: str) -> object:
        inner = getattr(owner, name)
        if name.endswith("_ms") and isinstance(inner, int):
            return self._instant(inner)
        if isinstance(owner, Window) and name == "days":
            return tuple(EventDay(day + self._days) for day in owner.days)
        return self.moved(inner)

    def _instant(self, at_ms: int) -> int:
        local = to_local(at_ms, self._zone)
        return to_ms((local.replace(tzinfo=None) + timedelta(days=self._days)).replace(tzinfo=self._zone))
