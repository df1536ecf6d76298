"""Days, windows and answers as DESIGN.md has them, by looking at every minute; for the naive evaluator."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from common.questions import AskChoice, AskDate, AskMail, AskNumber, AskText, AskTime, AskYesNo, Question, UnknownAsk
from common.rules import ProductRules, Window
from tests.support.differential.told import Case

MINUTE = 60_000


# --- days and windows -----------------------------------------------------------------------------


def wall(at_ms: int, zone: str) -> datetime:
    """The wall clock of a zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))


def day_of(at_ms: int, zone: str, border_minute: int) -> int:
    """The local date, one less before the border hour, as days since 1970."""
    local = wall(at_ms, zone)
    day = (local.date() - date(1970, 1, 1)).days
    return day - 1 if local.hour * 60 + local.minute < border_minute else day


@cache
def minutes_of(day: int, zone: str, border_minute: int) -> list[tuple[int, int]]:
    """(instant, minute on the wall clock) of every minute of an event day: 1,440, or an hour more or less."""
    about = day * 1440 * MINUTE
    around = range(about - 26 * 60 * MINUTE, about + 52 * 60 * MINUTE, MINUTE)
    local = [(at, wall(at, zone)) for at in around if day_of(at, zone, border_minute) == day]
    return [(at, clock.hour * 60 + clock.minute) for at, clock in local]


def is_open(window: Window, at_ms: int, minute: int, day: int) -> bool:
    """Whether a window admits at an instant."""
    if window.from_ms is not None and at_ms < window.from_ms:
        return False
    if window.until_ms is not None and at_ms >= window.until_ms:
        return False
    if window.days and day not in window.days:
        return False
    first = window.from_minute if window.from_minute is not None else 0
    last = window.until_minute if window.until_minute is not None else 1440
    return first <= minute < last if first <= last else (minute >= first or minute < last)


@cache
def opens_on(day: int, zone: str, border_minute: int, windows: tuple[Window, ...]) -> bool:
    """Whether one of them admits at any minute of an event day."""
    minutes = minutes_of(day, zone, border_minute)
    return any(is_open(one, at, minute, day) for one in windows for at, minute in minutes)


# --- answers --------------------------------------------------------------------------------------


def is_good(question: Question, answer: str) -> bool:
    """Whether an answer that is not empty will do."""
    ask = question.ask
    if isinstance(ask, AskText):
        return len(answer) <= ask.characters_max
    if isinstance(ask, AskNumber):
        return re.fullmatch(r"-?[0-9]+", answer) is not None and ask.least <= int(answer) <= ask.most
    if isinstance(ask, AskYesNo):
        return answer in {"yes", "no"}
    if isinstance(ask, AskChoice):
        chosen = answer.split(",")
        return all(one in ask.options for one in chosen) and (ask.several or len(chosen) == 1)
    try:
        if isinstance(ask, AskDate):
            date.fromisoformat(answer)
        if isinstance(ask, AskTime):  # hours and minutes, as on a clock; fromisoformat alone takes hours for a time
            time.fromisoformat(answer if ":" in answer else "")
    except ValueError:
        return False
    return "@" in answer[1:] if isinstance(ask, AskMail) else True


def wants_answers(rules: ProductRules, left_open: list[Question], case: Case) -> bool:
    """Whether questions must still be put: required ones until answered, others once; and what the purchase left."""
    given = dict(case.request.answers)
    questions = [one for one in (*rules.questions, *left_open) if not isinstance(one.ask, UnknownAsk)]
    for question in questions:
        answer = given.get(question.key, "")
        if answer and not is_good(question, answer):
            return True
        if not answer and question.required:
            return True
    was_asked = bool(given) or case.request.confirmed
    return bool(questions) and not was_asked
