"""How a kiosk puts the values of rules in words: moments in the event's zone, dates, times of day, numbers, names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time
from babel.numbers import format_decimal

from common.days import date_of_day
from common.ids import EventDay
from common.questions import ask_to_list
from common.rule_texts import Called, Statement, told
from common.rule_texts.statements import Asked, Value
from common.rule_texts.telling import FALLBACK, LANGUAGES
from common.unbroken import UNBROKEN
from common.verdict_json import plain
from kiosk.rules_here import RulesShown

# English as read in Europe: 14:45, not 2:45 PM; day before month.
_LOCALES: Final = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class RuleWords:
    """Speaks one language; an unknown one reads as English."""

    language: str
    zone: str
    called: Called

    def moment(self, at_ms: int) -> str:
        """Date and time of an instant."""
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(self.zone))
        return f"{self._date(at)}{UNBROKEN}{format_time(at, 'short', locale=self._locale)}"

    def day(self, day: EventDay) -> str:
        """A date, with its day of the week."""
        return self._date(datetime.combine(date_of_day(day), time.min))

    def time_of_day(self, minute: int) -> str:
        """Hours and minutes; the end of a day is 24:00."""
        hours, minutes = divmod(minute, 60)
        if hours >= 24:
            return f"{hours}:{minutes:02d}"
        return str(format_time(time(hours, minutes), "short", locale=self._locale))

    def number(self, number: int) -> str:
        """A number with this language's separators."""
        return str(format_decimal(number, locale=self._locale))

    def _date(self, at: datetime) -> str:
        """In one piece: a line does not end within a date."""
        return str(format_skeleton("yMMMEd", at, locale=self._locale)).replace(" ", UNBROKEN)

    @property
    def _locale(self) -> str:
        language = self.language if self.language in LANGUAGES else FALLBACK
        return _LOCALES.get(language, language)


def rules_told(statements: tuple[Statement, ...], rules: RulesShown, language: str) -> tuple[str, ...]:
    """These statements in a language."""
    speaker = RuleWords(language, rules.zone, rules.called)
    return tuple(told(one, speaker) for one in statements)


def plain_rules(rules: RulesShown, language: str) -> dict[str, object]:
    """All of it for JSON: each rule with its key, its value and its words in a language."""
    return {
        "language": language if language in LANGUAGES else FALLBACK,
        "point": dict(rules.point),
        "zone": rules.zone,
        "rules": _plain_statements(rules.rules, rules, language),
        "products": [
            {
                "product": one.product,
                "names": dict(one.names),
                "rules": _plain_statements(one.rules, rules, language),
            }
            for one in rules.products
        ],
    }


def _plain_statements(statements: tuple[Statement, ...], rules: RulesShown, language: str) -> list[dict[str, object]]:
    texts = rules_told(statements, rules, language)
    return [
        {"rule": one.rule.value, "value": _plain_value(one.value), "text": text}
        for one, text in zip(statements, texts, strict=True)
    ]


def _plain_value(value: Value | None) -> object:
    """A question's kind as the catalogue has it, since values alone do not tell it."""
    if not isinstance(value, Asked):
        return plain(value)
    question = value.question
    return {
        "product": value.product,
        "key": question.key,
        "ask": ask_to_list(question.ask),
        "required": question.required,
    }
