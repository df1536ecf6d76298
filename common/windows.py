"""When something is admitted: windows of instants, of event days and of minutes on the wall clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from common.days import day_bounds_ms, event_day, local_minute, wall_ms
from common.decision import Finding, Hint, Reason
from common.ids import EventDay
from common.rules import DayRule, Window

_DAY_MINUTES = 1440
DAYS_AHEAD_MAX = 14  # how far a hint looks for the next opening of a window that is open every day


def window_finding(windows: Sequence[Window], now_ms: int, rule: DayRule) -> Finding | None:
    """None if any window admits now (or there is none); else WRONG_DAY or WRONG_TIME with the next opening.

    WRONG_TIME: some window is open at another time of this event day.
    """
    if not windows or any(_is_open(window, now_ms, rule) for window in windows):
        return None
    today = event_day(now_ms, rule)
    is_todays = any(_spans(window, today, rule) for window in windows)
    reason = Reason.WRONG_TIME if is_todays else Reason.WRONG_DAY
    return Finding(reason, hint=_next_opening(windows, now_ms, rule))


def _is_open(window: Window, now_ms: int, rule: DayRule) -> bool:
    after = window.from_ms is None or window.from_ms <= now_ms
    before = window.until_ms is None or now_ms < window.until_ms
    on_day = not window.days or event_day(now_ms, rule) in window.days
    return after and before and on_day and _is_within_minutes(window, now_ms, rule)


def _is_within_minutes(window: Window, now_ms: int, rule: DayRule) -> bool:
    if window.from_minute is None and window.until_minute is None:
        return True
    minute = local_minute(now_ms, rule)
    first = 0 if window.from_minute is None else window.from_minute
    last = 1440 if window.until_minute is None else window.until_minute
    if last < first:
        return minute >= first or minute < last
    return first <= minute < last


def _spans(window: Window, day: EventDay, rule: DayRule) -> tuple[tuple[int, int], ...]:
    """From when until when a window is open within an event day, ms UTC; at most two spans, none if not at all."""
    if window.days and day not in window.days:
        return ()
    spans = (_clipped(window, *span) for span in _daily_spans(window, day, rule))
    return tuple((opens, closes) for opens, closes in spans if opens < closes)


def _clipped(window: Window, opens: int, closes: int) -> tuple[int, int]:
    opens = opens if window.from_ms is None else max(opens, window.from_ms)
    return opens, closes if window.until_ms is None else min(closes, window.until_ms)


def _daily_spans(window: Window, day: EventDay, rule: DayRule) -> tuple[tuple[int, int], ...]:
    """The minutes of a window as instants of an event day, which runs from border to border.

    Counted from the border, a window open over the border hour is one span at the day's start and one at its end.
    """
    if window.from_minute is None and window.until_minute is None:
        return (day_bounds_ms(day, rule),)
    first = 0 if window.from_minute is None else window.from_minute
    last = _DAY_MINUTES if window.until_minute is None else window.until_minute
    length = last - first if last >= first else last - first + _DAY_MINUTES
    opens = (first - rule.border_minute) % _DAY_MINUTES
    closes = opens + length
    if closes <= _DAY_MINUTES:
        return ((_instant(opens, day, rule), _instant(closes, day, rule)),)
    start_ms, end_ms = day_bounds_ms(day, rule)
    return (start_ms, _instant(closes - _DAY_MINUTES, day, rule)), (_instant(opens, day, rule), end_ms)


def _instant(since_border: int, day: EventDay, rule: DayRule) -> int:
    start_ms, end_ms = day_bounds_ms(day, rule)
    if since_border in (0, _DAY_MINUTES):
        return start_ms if since_border == 0 else end_ms
    return wall_ms(day, (since_border + rule.border_minute) % _DAY_MINUTES, rule)


def _next_opening(windows: Iterable[Window], now_ms: int, rule: DayRule) -> Hint:
    today = event_day(now_ms, rule)
    spans = [span for window in windows for day in _days_of(window, today, rule) for span in _spans(window, day, rule)]
    coming = min((span for span in spans if span[0] > now_ms), default=None)
    if coming is not None:
        return Hint(from_ms=coming[0], until_ms=coming[1])
    past = max((span[1] for span in spans if span[1] <= now_ms), default=None)
    return Hint(until_ms=past)


def _days_of(window: Window, today: EventDay, rule: DayRule) -> Iterable[EventDay]:
    """The event days worth looking at for a hint: those named, else today and some from the window's start on."""
    if window.days:
        return window.days
    first = today
    if window.from_ms is not None:
        first = max(today, event_day(window.from_ms, rule))
    elif window.until_ms is not None:
        first = min(today, event_day(window.until_ms - 1, rule))
    last_known = today if window.until_ms is None else event_day(window.until_ms - 1, rule)
    return {today, last_known, *(EventDay(first + ahead) for ahead in range(DAYS_AHEAD_MAX))}
