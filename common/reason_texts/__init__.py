"""Why something was admitted, asked or refused, in words: six languages, one catalogue each.

Each text is a headline of few words, a sentence that is true without knowing more, and for some reasons a detail with
fields: {time} and {point} of the earlier use, or from when and where instead; {from} from when it can be used
again; {left} how many are left today, or can be had now.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Final, TypeAlias

from common.decision import FaultCode, Outcome, Reason
from common.reason_texts import cs, de, en, fr, it, pl
from common.unbroken import unbroken

LANGUAGES: Final = ("cs", "en", "de", "fr", "it", "pl")
FALLBACK: Final = "en"
HEADLINE_CHARACTERS_MAX: Final = 28  # one line of the verdict's screen, readable from two metres
SENTENCE_CHARACTERS_MAX: Final = 120

Cause: TypeAlias = Reason | Outcome | FaultCode

_MODULES: Final = {"cs": cs, "en": en, "de": de, "fr": fr, "it": it, "pl": pl}
_CATALOGUES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    language: {
        cause: tuple(unbroken(text, language) for text in texts) for cause, texts in _MODULES[language].TEXTS.items()
    }
    for language in LANGUAGES
}


@dataclass(frozen=True, slots=True)
class ReasonText:
    """The words for one cause. `detail` is empty where there is nothing more to tell."""

    headline: str
    sentence: str
    detail: str = ""

    def told(self, values: Mapping[str, str]) -> str:
        """The detail with its fields filled, or the sentence if one of them is not known."""
        wanted = fields_of(self.detail)
        return self.detail.format_map(values) if self.detail and wanted <= values.keys() else self.sentence


_NOT_ENOUGH: Final[Mapping[str, ReasonText]] = {
    language: ReasonText(
        unbroken(_MODULES[language].NOT_ENOUGH[0], language),
        _CATALOGUES[language][Reason.NOTHING_LEFT.value][1],
        unbroken(_MODULES[language].NOT_ENOUGH[1], language),
    )
    for language in LANGUAGES
}


def not_enough_text(language: str) -> ReasonText:
    """The words for NOTHING_LEFT where some could be had, and more were asked for: "used up" would send them away."""
    return _NOT_ENOUGH.get(language, _NOT_ENOUGH[FALLBACK])


def reason_text(cause: Cause, language: str) -> ReasonText:
    """The words for a reason, an outcome or a fault; an unknown language reads as English."""
    return ReasonText(*_CATALOGUES.get(language, _CATALOGUES[FALLBACK])[cause.value])


def fields_of(text: str) -> frozenset[str]:
    """The names in braces: replacement fields, as Python calls them."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)
