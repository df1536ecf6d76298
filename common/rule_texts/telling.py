"""A statement in a language. Moments, days, times of day, numbers and names are put in words by whoever asks."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from itertools import pairwise
from typing import Final, Protocol, assert_never

from common.ids import EventDay
from common.questions import (
    Ask,
    AskChoice,
    AskDate,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    UnknownAsk,
)
from common.rule_texts import cs, de, en, fr, it, pl
from common.rule_texts.naming import Called
from common.rule_texts.statements import (
    Area,
    Asked,
    Count,
    Lanes,
    Minutes,
    Name,
    Products,
    Statement,
    TimeOfDay,
    Times,
    Value,
)
from common.rules import Window
from common.unbroken import unbroken

LANGUAGES: Final = ("cs", "en", "de", "fr", "it", "pl")
FALLBACK: Final = "en"
BETWEEN: Final = " · "  # between the parts of one window

_MODULES: Final = {"cs": cs, "en": en, "de": de, "fr": fr, "it": it, "pl": pl}
CATALOGUES: Final[Mapping[str, Mapping[str, str]]] = {
    language: {key: unbroken(text, language) for key, text in _MODULES[language].TEXTS.items()}
    for language in LANGUAGES
}


class Part(StrEnum):
    """Words that statements are filled with."""

    OR = "part_or"
    ALWAYS = "part_always"
    FROM = "part_from"
    UNTIL = "part_until"
    BETWEEN_TIMES = "part_between_times"
    OVER_MIDNIGHT = "part_over_midnight"
    AT_NO_TIME = "part_at_no_time"
    DAYS = "part_days"
    ON_FOOT = "part_walking"
    WITH_MOTORCYCLE = "part_riding"
    TEXT = "part_text"
    NUMBER = "part_number"
    YES_NO = "part_yes_no"
    ONE_OF = "part_choice"
    ANY_OF = "part_several"
    DATE = "part_date"
    TIME = "part_time"
    MAIL = "part_mail"


class Speaker(Protocol):
    """Puts values in words, in one language and the event's zone."""

    @property
    def language(self) -> str:
        """One of LANGUAGES; any other reads as English."""
        ...

    @property
    def called(self) -> Called:
        """What things are called."""
        ...

    def moment(self, at_ms: int) -> str:
        """Date and time of an instant in ms UTC."""
        ...

    def day(self, day: EventDay) -> str:
        """The date an event day is named by."""
        ...

    def time_of_day(self, minute: int) -> str:
        """Minutes since local midnight, 0..1440."""
        ...

    def number(self, number: int) -> str:
        """A number with the language's separators."""
        ...


def told(statement: Statement, speaker: Speaker) -> str:
    """The statement in the speaker's language."""
    words = CATALOGUES.get(speaker.language, CATALOGUES[FALLBACK])
    return words[statement.rule.value].format_map(_filled(statement.value, words, speaker))


def _filled(value: Value | None, words: Mapping[str, str], speaker: Speaker) -> dict[str, str]:
    """What stands in braces, by its name."""
    match value:
        case None:
            return {}
        case Count(n):
            return {"n": speaker.number(n)}
        case Minutes(n):
            return {"length": _length(n, speaker)}
        case TimeOfDay(minute):
            return {"time": speaker.time_of_day(minute)}
        case Times(windows):
            return {"times": words[Part.OR].join(_window(one, words, speaker) for one in windows)}
        case Lanes(kinds):
            return {"lanes": ", ".join(words[f"part_{kind}"] for kind in kinds)}
        case Area(area):
            return {"area": speaker.called.area(area, speaker.language)}
        case Products(products):
            return {"products": ", ".join(speaker.called.product(one, speaker.language) for one in products)}
        case Asked() | Name():
            return _named(value, words, speaker)
    assert_never(value)


def _named(value: Asked | Name, words: Mapping[str, str], speaker: Speaker) -> dict[str, str]:
    if isinstance(value, Name):
        return {"name": value.name}
    asked = speaker.called.question(value.product, value.question.key, speaker.language)
    return {"question": asked, "answer": _answer(value, value.question.ask, words, speaker)}


def _length(minutes: int, speaker: Speaker) -> str:
    """The units are written alike in all six languages."""
    hours, rest = divmod(minutes, 60)
    return f"{speaker.number(hours)} h" if hours and not rest else f"{speaker.number(minutes)} min"


def _window(window: Window, words: Mapping[str, str], speaker: Speaker) -> str:
    parts = [
        ", ".join(_days(window.days, words, speaker)),
        "" if window.from_ms is None else words[Part.FROM].format(value=speaker.moment(window.from_ms)),
        "" if window.until_ms is None else words[Part.UNTIL].format(value=speaker.moment(window.until_ms)),
        _hours(window.from_minute, window.until_minute, words, speaker),
    ]
    return BETWEEN.join(part for part in parts if part) or words[Part.ALWAYS]


def _days(days: tuple[EventDay, ...], words: Mapping[str, str], speaker: Speaker) -> list[str]:
    """Days in a row as first and last of them."""
    ordered = sorted(set(days))
    breaks = [at for at, (one, other) in enumerate(pairwise(ordered), start=1) if other != one + 1]
    rows = [ordered[start:end] for start, end in pairwise([0, *breaks, len(ordered)])]
    return [_row_of_days(row, words, speaker) for row in rows if row]


def _row_of_days(row: list[EventDay], words: Mapping[str, str], speaker: Speaker) -> str:
    first, last = speaker.day(row[0]), speaker.day(row[-1])
    return first if len(row) == 1 else words[Part.DAYS].format(first=first, last=last)


def _hours(first: int | None, last: int | None, words: Mapping[str, str], speaker: Speaker) -> str:
    if first is None:
        return "" if last is None else words[Part.UNTIL].format(value=speaker.time_of_day(last))
    if last is None:
        return words[Part.FROM].format(value=speaker.time_of_day(first))
    part = Part.BETWEEN_TIMES if first < last else Part.OVER_MIDNIGHT if first > last else Part.AT_NO_TIME
    return words[part].format(first=speaker.time_of_day(first), last=speaker.time_of_day(last))


def _answer(asked: Asked, ask: Ask, words: Mapping[str, str], speaker: Speaker) -> str:
    match ask:
        case AskText(most):
            return words[Part.TEXT].format(n=speaker.number(most))
        case AskNumber(least, most):
            return words[Part.NUMBER].format(least=speaker.number(least), most=speaker.number(most))
        case AskYesNo():
            return words[Part.YES_NO]
        case AskChoice(options, several):
            names = (speaker.called.option(asked.product, asked.question.key, one, speaker.language) for one in options)
            return words[Part.ANY_OF if several else Part.ONE_OF].format(options=", ".join(names))
        case AskDate():
            return words[Part.DATE]
        case AskTime():
            return words[Part.TIME]
        case AskMail():
            return words[Part.MAIL]
        case UnknownAsk(name):
            return name
    assert_never(ask)
