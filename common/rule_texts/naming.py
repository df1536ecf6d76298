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

    def area(self, area: AreaNo, language: str) -> str:
        """What an area is called."""
        return self._name(self.areas.get(area, {}), language) or f"#{area}"

    def product(self, product: ProductNo, language: str) -> str:
        """What a product is called."""
        return self._name(self.products.get(product, {}), language) or f"#{product}"

    def question(self, product: ProductNo, key: str, language: str) -> str:
        """What is asked."""
        return self._name(self.questions.get((product, key), {}), language) or key

    def option(self, product: ProductNo, key: str, option: str, language: str) -> str:
        """What one of a question's options is called."""
        return self._name(self.options.get((product, key, option), {}), language) or option

    def _name(self, names: Names, language: str) -> str:
        return names.get(language) or names.get(self.default_language) or next(iter(names.values()), "")


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
