"""What the decision needs to know of a product or point of an event file, once the import has given out numbers."""

from __future__ import annotations

from collections.abc import Mapping

from common.ids import AreaNo, PointNo, ProductNo
from common.rules import PointRules, ProductRules, UnknownRule, UsageRule
from syncserver.services.event_file.model import AskedAt, Point, Product


def product_rules(product: Product, number: ProductNo) -> ProductRules:
    """The rules of one product under its number."""
    admission = product.admission
    return ProductRules(
        product=number,
        kind=product.kind,
        usage=_usage(product),
        windows=admission.windows,
        min_gap_minutes=admission.min_gap_minutes,
        first_use_minutes=admission.first_use_minutes,
        per_area=admission.per_area,
        lane=product.lane,
        needs_paid=product.price_minor > 0,
        asks_questions=any(question.asked_at is AskedAt.REDEMPTION for question in product.questions),
        attention=product.attention is not None,
        offline=product.offline,
    )


def _usage(product: Product) -> UsageRule:
    """Windows of the first or later uses have no place in ProductRules yet: to drop them would admit wrongly."""
    if product.admission.first_windows or product.admission.later_windows:
        return UnknownRule("first_or_later_windows")
    return product.admission.usage


def point_rules(
    point: Point, number: PointNo, areas: Mapping[str, AreaNo], products: Mapping[str, ProductNo]
) -> PointRules:
    """The rules of one point, with the numbers of areas and products by key."""
    return PointRules(
        point=number,
        kind=point.kind,
        area=areas[point.area],
        serves=tuple(products[key] for key in point.products),
        lanes=tuple(lanes.kind for lanes in point.lanes),
        lets_out=point.lets_out,
        lets_in=point.lets_in,
        windows=point.hours,
        offline=point.offline,
        view_age_minutes_max=point.view_age_minutes_max,
        confirm=point.confirm,
        may_override_unpaid=point.allows_unpaid,
        unattended=point.is_unattended,
    )
