"""What the decision needs to know of a product or point of an event file, once the import has given out numbers."""

from __future__ import annotations

from collections.abc import Mapping

from common import questions as asked
from common.ids import AreaNo, PointNo, ProductNo
from common.rules import PointRules, ProductRules
from syncserver.services.event_file.model import (
    Ask,
    AskChoice,
    AskDate,
    AskedAt,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    Point,
    Product,
)


def product_rules(product: Product, number: ProductNo) -> ProductRules:
    """The rules of one product under its number."""
    admission, questions = product.admission, _questions(product, AskedAt.REDEMPTION)
    return ProductRules(
        product=number,
        kind=product.kind,
        usage=admission.usage,
        windows=admission.windows,
        first_windows=admission.first_windows,
        later_windows=admission.later_windows,
        min_gap_minutes=admission.min_gap_minutes,
        first_use_minutes=admission.first_use_minutes,
        per_area=admission.per_area,
        lane=product.lane,
        needs_paid=product.price_minor > 0,
        questions=questions,
        purchase_questions=_questions(product, AskedAt.PURCHASE),
        asks_questions=bool(questions),
        attention=product.attention is not None,
        offline=product.offline,
    )


def _questions(product: Product, asked_at: AskedAt) -> tuple[asked.Question, ...]:
    """The questions put then."""
    put = (one for one in product.questions if one.asked_at is asked_at)
    return tuple(asked.Question(one.key, _ask(one.ask), one.required) for one in put)


def _ask(ask: Ask) -> asked.Ask:
    """The kind of question as kiosks know it: options by their keys alone."""
    match ask:
        case AskText():
            return asked.AskText(ask.max_chars)
        case AskNumber():
            return asked.AskNumber(ask.least, ask.most)
        case AskYesNo():
            return asked.AskYesNo()
        case AskChoice():
            return asked.AskChoice(tuple(option.key for option in ask.options), ask.several)
        case AskDate():
            return asked.AskDate()
        case AskTime():
            return asked.AskTime()
        case AskMail():
            return asked.AskMail()


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
