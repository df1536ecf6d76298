"""A speaker for tests: values as they are, so that two different ones never read the same."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.ids import EventDay
from common.rule_texts import Called


@dataclass(frozen=True, slots=True)
class PlainSpeaker:
    """Numbers as digits, names by number or key."""

    language: str = "en"
    called: Called = field(default_factory=Called)

    def moment(self, at_ms: int) -> str:
        """Its number."""
        return f"@{at_ms}"

    def day(self, day: EventDay) -> str:
        """Its number."""
        return f"day {day}"

    def time_of_day(self, minute: int) -> str:
        """Hours and minutes."""
        return f"{minute // 60:02d}:{minute % 60:02d}"

    def number(self, number: int) -> str:
        """Digits."""
        return str(number)
