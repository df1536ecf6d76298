"""The rules that hold where this kiosk stands, as values: the point's own, then those of each product it serves."""

from __future__ import annotations

from dataclasses import dataclass

from common.catalogue import Catalogue
from common.decision import Fault
from common.ids import ProductNo
from common.rule_texts import Called, Statement, called_in, point_statements, product_statements
from common.rules import ProductKind, ProductRules, UnknownRule
from kiosk.shown import Names
from kiosk.surroundings import Here


@dataclass(frozen=True, slots=True)
class ProductRulesShown:
    """One product that is served here, with its rules."""

    product: ProductNo
    names: Names
    rules: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class RulesShown:
    """All rules of this place; no rules where there is no place yet. `called`: what rules speak of, by language."""

    point: Names
    rules: tuple[Statement, ...]
    products: tuple[ProductRulesShown, ...]
    called: Called
    zone: str


NO_RULES = RulesShown({}, (), (), Called(), "UTC")


def rules_here(here: Here | Fault) -> RulesShown:
    """The rules of this place, products in the point's order."""
    if isinstance(here, Fault):
        return NO_RULES
    catalogue, point = here.catalogue, here.catalogue.point_by_no[here.point]
    own = point_statements(point.rules, catalogue.days)
    products = tuple(_product(catalogue, product) for product in point.rules.serves)
    return RulesShown(point.names, own, products, called_in(catalogue), catalogue.days.zone)


def _product(catalogue: Catalogue, product: ProductNo) -> ProductRulesShown:
    """What the catalogue does not have is judged by a rule nobody can evaluate, and reads as one."""
    found = catalogue.product_by_no.get(product)
    if found is None:
        unknown = ProductRules(product, ProductKind.ITEM, UnknownRule(f"#{product}"))
        return ProductRulesShown(product, {"en": f"#{product}"}, product_statements(unknown))
    return ProductRulesShown(product, found.names, product_statements(found.rules))
