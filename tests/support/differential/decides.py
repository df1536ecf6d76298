"""Which rules decided a case: those without which the naive answer would be another one.

That a product has a rule says little: its window is open, or the pass is refused before anybody looks at it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from typing import Final

from common.decision import Direction
from common.questions import (
    Ask,
    AskChoice,
    AskDate,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    Question,
    UnknownAsk,
)
from common.rules import (
    AtMost,
    ConfirmMode,
    InOut,
    OfflinePolicy,
    Once,
    OncePerDay,
    PointRules,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    UsageRule,
)
from tests.support.differential import naive
from tests.support.differential.told import Case, Event, Ticket

OfProduct = Callable[[ProductRules], ProductRules]
OfPoint = Callable[[PointRules], PointRules]
OfCase = Callable[[Event, Case], Case]

_USAGES: Final[tuple[type[UsageRule], ...]] = (Once, OncePerDay, InOut, AtMost, Quantity, UnknownRule)
_ASKS: Final[tuple[type[Ask], ...]] = (
    *(AskText, AskNumber, AskYesNo, AskChoice, AskDate, AskTime, AskMail, UnknownAsk),
)
# What is looked at before any product: without a product's rules these answers are the same.
_BEFORE_PRODUCTS: Final = frozenset(naive.ORDER[: naive.ORDER.index("history_incomplete")])


def _ruled(kind: type[UsageRule], otherwise: UsageRule) -> OfProduct:
    return lambda rules: replace(rules, usage=otherwise) if isinstance(rules.usage, kind) else rules


def _limited(kind: type[AtMost | Quantity], name: str) -> OfProduct:
    def change(rules: ProductRules) -> ProductRules:
        if not isinstance(rules.usage, kind):
            return rules
        return replace(rules, usage=replace(rules.usage, **{name: None}))  # type: ignore[arg-type]

    return change


def _field(name: str, value: object) -> OfProduct:
    return lambda rules: replace(rules, **{name: value})  # type: ignore[arg-type]


def _asking(change: Callable[[Question], Question | None]) -> OfProduct:
    def changed(rules: ProductRules) -> ProductRules:
        both = [
            tuple(one for one in map(change, asked) if one is not None)
            for asked in (rules.questions, rules.purchase_questions)
        ]
        return replace(rules, questions=both[0], purchase_questions=both[1])

    return changed


def _without_ask(kind: type[Ask]) -> OfProduct:
    return _asking(lambda one: None if isinstance(one.ask, kind) else one)


OF_PRODUCTS: Final[dict[str, OfProduct]] = {
    **{kind.__name__: _ruled(kind, Unlimited()) for kind in _USAGES},
    "Unlimited": _ruled(Unlimited, Once()),
    **{f"AtMost.{name}": _limited(AtMost, name) for name in ("total", "per_day", "days")},
    "Quantity.per_day": _limited(Quantity, "per_day"),
    **{name: _field(name, ()) for name in ("windows", "first_windows", "later_windows", "purchase_questions")},
    **{name: _field(name, None) for name in ("min_gap_minutes", "first_use_minutes", "lane", "offline")},
    **{name: _field(name, value=False) for name in ("per_area", "attention", "needs_paid")},
    **{kind.__name__: _without_ask(kind) for kind in _ASKS},
    "required": _asking(lambda one: replace(one, required=False)),
    "optional": _asking(lambda one: one if one.required else None),
}


def _at(name: str, value: object, instead: object) -> OfPoint:
    return lambda point: replace(point, **{name: instead}) if getattr(point, name) == value else point  # type: ignore[arg-type]


OF_POINTS: Final[dict[str, OfPoint]] = {
    "point_windows": lambda point: replace(point, windows=()),
    "view_age": lambda point: replace(point, view_age_minutes_max=None),
    "unattended": _at("unattended", value=True, instead=False),
    "override_unpaid": _at("may_override_unpaid", value=True, instead=False),
    "lets_in": _at("lets_in", value=False, instead=True),
    "lets_out": _at("lets_out", value=True, instead=False),
    "confirm_auto": _at("confirm", ConfirmMode.AUTO, ConfirmMode.CONFIRM),
    "confirm_confirm": _at("confirm", ConfirmMode.CONFIRM, ConfirmMode.AUTO),
    "offline_accept": _at("offline", OfflinePolicy.ACCEPT, OfflinePolicy.REFUSE),
    "offline_ask": _at("offline", OfflinePolicy.ASK, OfflinePolicy.ACCEPT),
    "offline_refuse": _at("offline", OfflinePolicy.REFUSE, OfflinePolicy.ACCEPT),
}


def _wish(name: str, value: object) -> OfCase:
    return lambda _, case: replace(case, request=replace(case.request, **{name: value}))  # type: ignore[arg-type]


def _ticket(change: Callable[[Ticket], Ticket]) -> OfCase:
    return lambda _, case: replace(case, ticket=change(case.ticket))


def _alone(_: Event, case: Case) -> Case:
    """The party is one person."""
    own = {case.ticket.product, case.shown.product}
    shown = {no: count for no, count in case.shown.items.items() if no not in own}
    items = {no: count for no, count in case.ticket.items.items() if no not in own}
    return replace(case, ticket=replace(case.ticket, items=items), shown=replace(case.shown, items=shown))


def _alone_in_and_out(told: Event, case: Case) -> Case:
    return _alone(told, case) if isinstance(told.products[case.ticket.product].usage, InOut) else case


def _leaving_alone(_: Event, case: Case) -> Case:
    uses = [replace(use, quantity=1) if use.kind == "exit" else use for use in case.ticket.uses]
    return replace(case, ticket=replace(case.ticket, uses=uses))


def _attended_purchase(told: Event, case: Case) -> Case:
    """As though the questions of the purchase had been answered, where somebody stands or nobody does."""
    kept = {no: {one.key: "?" for one in rules.purchase_questions} for no, rules in told.products.items()}
    return replace(case, ticket=replace(case.ticket, kept=kept))


def _code_read(_: Event, case: Case) -> Case:
    """The newest code read from the holder's paper, where somebody looked the ticket up."""
    return replace(case, shown=replace(case.shown, what="code")) if case.shown.what == "found" else case


OF_CASES: Final[dict[str, OfCase]] = {
    "exit": _wish("direction", Direction.IN),
    "typed": lambda _, case: replace(case, shown=replace(case.shown, typed=False)),
    "lane_asked": _wish("lane", None),
    "confirmed": _wish("confirmed", value=False),
    "answers": _wish("answers", ()),
    "override": _wish("override", None),
    "answered_for": _wish("answered_for", ()),
    "party": _alone,
    "party_in_out": _alone_in_and_out,
    "exit_of_several": _leaving_alone,
    "purchase_kept": _ticket(lambda one: replace(one, kept={})),
    "purchase_put": _attended_purchase,
    "found": _code_read,
}
NAMES: Final = frozenset((*OF_PRODUCTS, *OF_POINTS, *OF_CASES, "redated", "purchase_unattended"))


class Decides:
    """Asks the naive evaluator about the cases of one event once more, each time without one rule."""

    def __init__(self, told: Event) -> None:
        self.told = told
        self._others = dict(self._changed_events())

    def _changed_events(self) -> Iterator[tuple[str, Event]]:
        told = self.told
        for name, of_product in OF_PRODUCTS.items():
            yield name, replace(told, products={no: of_product(one) for no, one in told.products.items()})
        for name, of_point in OF_POINTS.items():
            yield name, replace(told, points={no: of_point(one) for no, one in told.points.items()})
        yield "redated", replace(told, redated={})

    def of(self, case: Case, answer: naive.Answer, enough: Container[str]) -> set[str]:
        """The rules without which this answer would be another; those that were met often `enough` are not tried."""
        found = {name for name, told in self._events(case, answer, enough) if naive.decide(told, case) != answer}
        for name, of_case in OF_CASES.items():
            if name not in enough and (changed := of_case(self.told, case)) != case:
                found |= {name} if naive.decide(self.told, changed) != answer else set()
        if "purchase_unattended" not in enough and answer == ("admit", "ok"):
            attended = self._others["unattended"]
            found |= {"purchase_unattended"} if _asks_of_purchase(attended, case) else set()
        return found

    def _events(self, case: Case, answer: naive.Answer, enough: Container[str]) -> Iterator[tuple[str, Event]]:
        """What this case could hang on: rules of its point, and of the products it may be about."""
        told = self.told
        if answer[1] in naive.RUBBISH.values():
            return
        products = () if answer[1] in _BEFORE_PRODUCTS else naive.candidates(told, case)
        for name, other in self._others.items():
            if name in enough:
                continue
            is_other = any(other.products[no] != told.products[no] for no in products)
            if is_other or other.points[case.point] != told.points[case.point] or other.redated != told.redated:
                yield name, other


def _asks_of_purchase(told: Event, case: Case) -> bool:
    return naive.decide(told, case) == ("ask", "questions") != naive.decide(told, _attended_purchase(told, case))
