"""What areas, products, questions and options are called, as rules in words need it."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.catalogue import Catalogue, Names
from common.ids import AreaNo, ProductNo


@dataclass(frozen=True, slots=True)
class Called:
    """Names by language of whatever rules speak of; what has none is called by its number or key."""

    areas: dict[AreaNo, Names] = field(default_factory=dict)
    products: dict[ProductNo, Names] = field(default_factory=dict)
    questions: dict[tuple[ProductNo, str], Names] = field(default_factory=dict)
    options: dict[tuple[ProductNo, str, str], Names] = field(default_factory=dict)
    default_language: str = "en"


def called_in(catalogue: Catalogue) -> Called:
    """All names of a catalogue."""
    asked = [(one.rules.product, words) for one in catalogue.products for words in one.questions]
    return Called(
        areas={one.area: one.names for one in catalogue.areas},
        products={one.rules.product: one.names for one in catalogue.products},
        questions={(product, words.key): words.names for product, words in asked},
        options={
            (product, words.key, option): names for product, words in asked for option, names in words.options.items()
        },
        default_language=catalogue.default_language,
    )
