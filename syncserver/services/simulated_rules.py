"""The rules beside a simulated verdict: the point's and those of the ticket's products, the deciding ones marked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from common.decision import NotVerified, Reason, TicketView, Verdict
from common.ids import ProductNo
from common.rights import is_heard_of, rights_of, ticket_product_of
from common.rule_texts import RULES_BEHIND, Rule, Statement, called_in, point_statements, product_statements, told
from common.rule_texts.statements import Asked, Times
from common.rules import ProductRules
from common.usage import admissions, proven
from common.windows import window_finding
from syncserver.services.decider import Decided
from syncserver.services.rule_words import RuleWords
from syncserver.services.translations import Translator


@dataclass(frozen=True, slots=True)
class ToldRule:
    """One rule in words; `decides`: it stands behind the verdict's reason."""

    text: str
    decides: bool


@dataclass(frozen=True, slots=True)
class ToldRules:
    """The rules of the point (`product` None) or of one product."""

    product: ProductNo | None
    rules: tuple[ToldRule, ...]


def told_rules(decided: Decided, deciding: ProductNo | None, words: Translator) -> tuple[ToldRules, ...]:
    """Point first, then the ticket's own product, then its items; `deciding`: whose check gave the reason."""
    place, catalogue = decided.place, decided.catalogue
    speaker = RuleWords(words, catalogue.days.zone, called_in(catalogue))
    sections: list[tuple[ProductNo | None, tuple[Statement, ...]]] = [
        (None, point_statements(place.point, place.days)),
        *((rules.product, product_statements(rules)) for rules in _products(decided)),
    ]
    return tuple(
        ToldRules(
            product,
            tuple(ToldRule(told(one, speaker), _decides(one, product, deciding, decided)) for one in statements),
        )
        for product, statements in sections
    )


def _products(decided: Decided) -> Iterator[ProductRules]:
    """What the ticket gives a right to; what else was asked for comes last."""
    scan, view = decided.scan, decided.folded.view
    bought: dict[ProductNo, int] = {}
    if not isinstance(scan, NotVerified):
        own, rights = ticket_product_of(scan, view), rights_of(scan, view)
        bought = {product: rights[product] for product in sorted(rights, key=lambda one: (one != own, one))}
    asked = (decided.wish.request.product, decided.explanation.verdict.product)
    for product in dict.fromkeys((*bought, *asked)):
        if product is not None and product in decided.place.products:
            yield decided.place.products[product]


def _decides(statement: Statement, section: ProductNo | None, deciding: ProductNo | None, decided: Decided) -> bool:
    """Whether this rule stands behind the reason: of the point, or of the product whose check it was."""
    reason = decided.explanation.verdict.reason
    if deciding is None or section not in {None, deciding}:
        return False
    if statement.rule not in RULES_BEHIND.get(reason, ()):
        return False
    rules = decided.place.products.get(deciding)
    return rules is not None and _is_at_work(statement, reason, rules, decided)


def _is_at_work(statement: Statement, reason: Reason, rules: ProductRules, decided: Decided) -> bool:
    """Of several rules that could give a reason, whether this one does."""
    match reason:
        case Reason.WRONG_DAY | Reason.WRONG_TIME:
            return _closes(statement, reason, rules, decided)
        case Reason.WRONG_POINT:
            is_served = rules.product in decided.place.point.serves
            return not is_served if statement.rule in {Rule.SERVES, Rule.SERVES_NOTHING} else True
        case Reason.WRONG_LANE:
            return _keeps_out(statement, rules, decided)
        case Reason.HISTORY_INCOMPLETE:
            return _is_policy(statement, rules, decided.folded.view)
        case Reason.QUESTIONS:
            return _is_put(statement, decided.explanation.verdict)
    return True


def _closes(statement: Statement, reason: Reason, rules: ProductRules, decided: Decided) -> bool:
    """Whether these times are not open now, and for this reason; those of another turn bind nobody."""
    if not isinstance(statement.value, Times):
        return False
    area = decided.place.point.area if rules.per_area else None
    is_used = bool(admissions(proven(decided.folded.ledger).counted, rules.product, area))
    if statement.rule is (Rule.FIRST_TIMES if is_used else Rule.LATER_TIMES):
        return False
    found = window_finding(statement.value.windows, decided.wish.now_ms, decided.place.days)
    return found is not None and found.reason is reason


def _keeps_out(statement: Statement, rules: ProductRules, decided: Decided) -> bool:
    lanes, asked = decided.place.point.lanes, decided.wish.request.lane
    has_lane = bool(lanes) if asked is None else asked in lanes
    if statement.rule in {Rule.WALKING, Rule.RIDING}:
        return has_lane
    return not has_lane or rules.lane not in lanes


def _is_policy(statement: Statement, rules: ProductRules, view: TicketView | None) -> bool:
    """A product's policy outranks the point's; the age of the view matters where the ticket was heard of."""
    if statement.rule is Rule.VIEW_AGE:
        return is_heard_of(view)
    return True if rules.offline is None else statement in product_statements(rules)


def _is_put(statement: Statement, verdict: Verdict) -> bool:
    put = {one.question.key for one in verdict.questions}
    return not put or (isinstance(statement.value, Asked) and statement.value.question.key in put)
