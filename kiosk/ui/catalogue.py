"""The screens' own words in six languages; reasons of verdicts have theirs in `common.reason_texts`."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal

from common.unbroken import UNBROKEN, told_whole, unbroken
from kiosk.shown import Names

LANGUAGES: Final = ("cs", "en", "de", "fr", "it", "pl")
FALLBACK: Final = "en"
# English as read in Europe: 14:45, not 2:45 PM; day before month.
_LOCALES: Final = {"en": "en_GB"}
_FOLDER = Path(__file__).parent / "texts"


class Texts:
    """The words of one language. Unknown languages read as English."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else FALLBACK
        self._words = words(self.language)
        self._locale = _LOCALES.get(self.language, self.language)

    def __call__(self, key: str, **values: object) -> str:
        """The text of that key with its fields filled in. Raises KeyError for a key that is not there."""
        return told_whole(self._words[key].format(**values))

    def name(self, names: Names) -> str:
        """A thing's name in this language, else in English, else in any; empty if it has none."""
        for language in (self.language, FALLBACK):
            if names.get(language):
                return unbroken(names[language], language)
        return next(iter(names.values()), "")

    def pair(self, name: str, value: str) -> str:
        """A thing and what there is to say of it: Menu: vegan. Behind a question's mark there is no colon."""
        if name.endswith("?"):
            return f"{name} {value}"
        told = unbroken(f"{name} : {value}", self.language) if self.language == "fr" else f"{name}: {value}"
        return told_whole(told)

    def either(self, names: Sequence[str]) -> str:
        """One of these: M or XL."""
        return str(format_list(names, style="or", locale=self._locale))

    def age(self, milliseconds: int) -> str:
        """A duration for people, in at most two units: 45 s, 12 min, 3 h 5 min, 2 d 4 h."""
        seconds = max(0, milliseconds) // 1000
        minutes, hours = seconds // 60, seconds // 3600
        if minutes < 1:
            return self("age_seconds", n=seconds)
        if hours < 1:
            return self("age_minutes", n=minutes)
        if hours < 24:
            return self("age_hours", h=hours, m=minutes % 60)
        return self("age_days", d=hours // 24, h=hours % 24)

    def clock(self, instant_ms: int, zone: str) -> str:
        """The time of day in that zone, as written in this language."""
        return str(format_time(_local(instant_ms, zone), "short", locale=self._locale))

    def clock_s(self, instant_ms: int, zone: str) -> str:
        """The same to the second."""
        return str(format_time(_local(instant_ms, zone), "medium", locale=self._locale))

    def when(self, instant_ms: int, zone: str, now_ms: int) -> str:
        """A moment as people say it: today and the time, or the day and the time; with the year, if it is another."""
        moment, now, time = _local(instant_ms, zone), _local(now_ms, zone), self.clock(instant_ms, zone)
        if moment.date() == now.date():
            return self("today_at", time=time)
        skeleton = "MMMEd" if moment.year == now.year else "yMMMEd"
        return f"{_whole(format_skeleton(skeleton, moment, locale=self._locale))}{UNBROKEN}{time}"

    def moment(self, instant_ms: int, zone: str) -> str:
        """A day with its year, and the time: for who is asked whether it is that."""
        day = format_date(_local(instant_ms, zone).date(), "long", locale=self._locale)
        return f"{_whole(day)} {self.clock(instant_ms, zone)}"

    def day(self, day: date) -> str:
        """A date as written in this language."""
        return _whole(format_date(day, "medium", locale=self._locale))

    def number(self, value: float) -> str:
        """A number with this language's separators."""
        return str(format_decimal(value, locale=self._locale))

    def size(self, n_bytes: int) -> str:
        """An amount of storage in MB or GB, in octets where they are called that."""
        one = "o" if self.language == "fr" else "B"
        if n_bytes < 1_000_000_000:
            return f"{self.number(n_bytes // 1_000_000)}{UNBROKEN}M{one}"
        return f"{self.number(round(n_bytes / 1_000_000_000, 1))}{UNBROKEN}G{one}"


@functools.cache
def words(language: str) -> Mapping[str, str]:
    """All texts of a language, by key."""
    loaded: dict[str, str] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return {key: unbroken(text, language) for key, text in loaded.items()}


def _whole(date_: str) -> str:
    """A date is read as a whole: no line ends within it."""
    return date_.replace(" ", UNBROKEN)


def _local(instant_ms: int, zone: str) -> datetime:
    return datetime.fromtimestamp(instant_ms / 1000, UTC).astimezone(ZoneInfo(zone))
