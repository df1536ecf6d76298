"""A speaker for tests: values as they are, so that two different ones never read the same."""

from __future__ import annotations

from dataclasses import dataclass

from common.ids import AreaNo, EventDay, ProductNo


@dataclass(frozen=True, slots=True)
class PlainSpeaker:
    """Numbers as digits, names by number or key."""

    language: str = "en"

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

    def area(self, area: AreaNo) -> str:
        """Its number."""
        return f"area {area}"

    def product(self, product: ProductNo) -> str:
        """Its number."""
        return f"product {product}"

    def question(self, product: ProductNo, key: str) -> str:
        """Its key."""
        return f"{key} of {product}"

    def option(self, product: ProductNo, key: str, option: str) -> str:
        """Its key."""
        return f"{option} of {key} of {product}"
