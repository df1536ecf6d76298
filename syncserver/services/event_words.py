"""An event's own texts in one language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventWords:
    """Texts by subject, key, field and language; where one is missing, the event's own language stands in."""

    texts: Mapping[tuple[str, str, str, str], str]
    language: str
    fallback: str

    def get(self, subject: str, key: str, field: str) -> str:
        """The text in this language, else in the event's own, else nothing."""
        wanted = self.texts.get((subject, key, field, self.language))
        return wanted or self.texts.get((subject, key, field, self.fallback), "")
