"""How the server puts the values of rules in words: moments in the event's zone, dates, times, numbers, names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time

from babel.dates import format_time

from common.days import date_of_day
from common.ids import EventDay
from common.rule_texts import Called, Statement, told
from syncserver.services.translations import Translator


@dataclass(frozen=True, slots=True)
class RuleWords:
    """Speaks the translator's language."""

    words: Translator
    zone: str
    called: Called

    @property
    def language(self) -> str:
        """The translator's."""
        return self.words.language

    def moment(self, at_ms: int) -> str:
        """Date and time of an instant."""
        return self.words.moment(at_ms, self.zone)

    def day(self, day: EventDay) -> str:
        """The date an event day is named by."""
        return self.words.day(date_of_day(day))

    def time_of_day(self, minute: int) -> str:
        """Hours and minutes; the end of a day is 24:00."""
        hours, minutes = divmod(minute, 60)
        if hours >= 24:
            return f"{hours}:{minutes:02d}"
        return str(format_time(time(hours, minutes), "short", locale=self.words.locale))

    def number(self, number: int) -> str:
        """A number with this language's separators."""
        return self.words.number(number)

    def lines(self, statements: Iterable[Statement]) -> tuple[str, ...]:
        """A line for each rule."""
        return tuple(told(one, self) for one in statements)
