"""What the rules of a point or a product say, one typed statement each, in the order in which people read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias, assert_never

from common.ids import AreaNo, ProductNo
from common.questions import Question, UnknownAsk
from common.rules import (
    AtMost,
    ConfirmMode,
    DayRule,
    InOut,
    LaneKind,
    OfflinePolicy,
    Once,
    OncePerDay,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    UsageRule,
    Window,
)


class Rule(StrEnum):
    """What a statement is about: the key of its words."""

    GATE = "gate"
    STAND = "stand"
    IN_ONLY = "in_only"
    IN_AND_OUT = "in_and_out"
    OUT_ONLY = "out_only"
    NO_WAY = "no_way"
    UNATTENDED = "unattended"
    HOURS = "hours"
    ANY_HOUR = "any_hour"
    DAY_ENDS = "day_ends"
    AREA = "area"
    LANES = "lanes"
    NO_LANE = "no_lane"
    SERVES = "serves"
    SERVES_NOTHING = "serves_nothing"
    CONFIRM = "confirm"
    UNPAID_ANSWERED = "unpaid_answered"
    OFFLINE_ACCEPT = "offline_accept"
    OFFLINE_ASK = "offline_ask"
    OFFLINE_REFUSE = "offline_refuse"
    VIEW_AGE = "view_age"
    TICKET = "ticket"
    ITEM = "item"
    ONCE = "once"
    ONCE_PER_DAY = "once_per_day"
    IN_OUT = "in_out"
    UNLIMITED = "unlimited"
    NO_LIMIT = "no_limit"
    IN_ALL = "in_all"
    PER_DAY = "per_day"
    ON_DAYS = "on_days"
    QUANTITY = "quantity"
    QUANTITY_PER_DAY = "quantity_per_day"
    UNKNOWN_RULE = "unknown_rule"
    TIMES = "times"
    ANY_TIME = "any_time"
    FIRST_TIMES = "first_times"
    LATER_TIMES = "later_times"
    MIN_GAP = "min_gap"
    FIRST_USE = "first_use"
    PER_AREA = "per_area"
    WALKING = "walking"
    RIDING = "riding"
    PAID = "paid"
    UNPAID_TOO = "unpaid_too"
    ASKED = "asked"
    ASKED_OPTIONAL = "asked_optional"
    ASKED_UNKNOWN = "asked_unknown"
    ASKED_BEFORE = "asked_before"
    ASKED_BEFORE_OPTIONAL = "asked_before_optional"
    ASKS_SOMETHING = "asks_something"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Count:
    """How many; of times, uses or days."""

    n: int


@dataclass(frozen=True, slots=True)
class Minutes:
    """A length of time."""

    n: int


@dataclass(frozen=True, slots=True)
class TimeOfDay:
    """Minutes since local midnight, 0..1440."""

    minute: int


@dataclass(frozen=True, slots=True)
class Times:
    """Windows of which any one will do; at least one. Their instants are ms UTC, their days event days."""

    windows: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Kinds of lanes, at least one."""

    kinds: tuple[LaneKind, ...]


@dataclass(frozen=True, slots=True)
class Area:
    """An area by its number."""

    area: AreaNo


@dataclass(frozen=True, slots=True)
class Products:
    """Products by their numbers, at least one."""

    products: tuple[ProductNo, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a product: the question's words and those of its options stand in the catalogue."""

    product: ProductNo
    question: Question


@dataclass(frozen=True, slots=True)
class Name:
    """A word of another version, as it came."""

    name: str


Value: TypeAlias = Count | Minutes | TimeOfDay | Times | Lanes | Area | Products | Asked | Name


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule: what it is about and, where there is one, its value."""

    rule: Rule
    value: Value | None = None


_OFFLINE: Final = {
    OfflinePolicy.ACCEPT: Rule.OFFLINE_ACCEPT,
    OfflinePolicy.ASK: Rule.OFFLINE_ASK,
    OfflinePolicy.REFUSE: Rule.OFFLINE_REFUSE,
}
_WAYS: Final = {
    (True, False): Rule.IN_ONLY,
    (True, True): Rule.IN_AND_OUT,
    (False, True): Rule.OUT_ONLY,
    (False, False): Rule.NO_WAY,
}
_ON_FOOT: Final = (LaneKind.WALKING,)


def point_statements(rules: PointRules, days: DayRule) -> tuple[Statement, ...]:
    """All rules of a point but its number; `days` says when a day ends there."""
    return tuple(_of_point(rules, days))


def product_statements(rules: ProductRules) -> tuple[Statement, ...]:
    """All rules of a product but its number."""
    return tuple(_of_product(rules))


def _of_point(rules: PointRules, days: DayRule) -> Iterator[Statement]:
    yield Statement(Rule.GATE if rules.kind is PointKind.GATE else Rule.STAND)
    yield from _ways(rules)
    if rules.unattended:
        yield Statement(Rule.UNATTENDED)
    yield Statement(Rule.HOURS, Times(rules.windows)) if rules.windows else Statement(Rule.ANY_HOUR)
    yield Statement(Rule.DAY_ENDS, TimeOfDay(days.border_minute))
    yield Statement(Rule.AREA, Area(rules.area))
    yield from _lanes(rules)
    yield Statement(Rule.SERVES, Products(rules.serves)) if rules.serves else Statement(Rule.SERVES_NOTHING)
    if rules.confirm is ConfirmMode.CONFIRM:
        yield Statement(Rule.CONFIRM)
    if rules.may_override_unpaid:
        yield Statement(Rule.UNPAID_ANSWERED)
    yield Statement(_OFFLINE[rules.offline])
    if rules.view_age_minutes_max is not None:
        yield Statement(Rule.VIEW_AGE, Minutes(rules.view_age_minutes_max))


def _ways(rules: PointRules) -> Iterator[Statement]:
    """Nobody goes in or out of a usual stand: only what is unusual there is worth a word."""
    ways = _WAYS[rules.lets_in, rules.lets_out]
    if rules.kind is PointKind.GATE or ways is not Rule.IN_ONLY:
        yield Statement(ways)


def _lanes(rules: PointRules) -> Iterator[Statement]:
    if not rules.lanes:
        yield Statement(Rule.NO_LANE)
    elif rules.kind is PointKind.GATE or rules.lanes != _ON_FOOT:
        yield Statement(Rule.LANES, Lanes(rules.lanes))


def _of_product(rules: ProductRules) -> Iterator[Statement]:
    yield Statement(Rule.TICKET if rules.kind is ProductKind.TICKET else Rule.ITEM)
    yield from _usage(rules.usage)
    yield from _times(rules)
    if rules.min_gap_minutes is not None:
        yield Statement(Rule.MIN_GAP, Minutes(rules.min_gap_minutes))
    if rules.first_use_minutes is not None:
        yield Statement(Rule.FIRST_USE, Minutes(rules.first_use_minutes))
    if rules.per_area:
        yield Statement(Rule.PER_AREA)
    if rules.lane is not None:
        yield Statement(Rule.RIDING if rules.lane is LaneKind.RIDING else Rule.WALKING)
    yield Statement(Rule.PAID if rules.needs_paid else Rule.UNPAID_TOO)
    yield from _questions(rules)
    if rules.attention:
        yield Statement(Rule.LOOK)
    if rules.offline is not None:
        yield Statement(_OFFLINE[rules.offline])


def _usage(usage: UsageRule) -> Iterator[Statement]:
    match usage:
        case Once():
            yield Statement(Rule.ONCE)
        case OncePerDay():
            yield Statement(Rule.ONCE_PER_DAY)
        case InOut():
            yield Statement(Rule.IN_OUT)
        case Unlimited():
            yield Statement(Rule.UNLIMITED)
        case AtMost():
            yield from _at_most(usage)
        case Quantity(per_day):
            yield Statement(Rule.QUANTITY)
            if per_day is not None:
                yield Statement(Rule.QUANTITY_PER_DAY, Count(per_day))
        case UnknownRule(name):
            yield Statement(Rule.UNKNOWN_RULE, Name(name))
        case _:
            assert_never(usage)


def _at_most(usage: AtMost) -> Iterator[Statement]:
    limits = ((Rule.IN_ALL, usage.total), (Rule.PER_DAY, usage.per_day), (Rule.ON_DAYS, usage.days))
    set_ = [Statement(rule, Count(limit)) for rule, limit in limits if limit is not None]
    yield from set_ or [Statement(Rule.NO_LIMIT)]


def _times(rules: ProductRules) -> Iterator[Statement]:
    sets = (
        (Rule.TIMES, rules.windows),
        (Rule.FIRST_TIMES, rules.first_windows),
        (Rule.LATER_TIMES, rules.later_windows),
    )
    bound = [Statement(rule, Times(windows)) for rule, windows in sets if windows]
    yield from bound or [Statement(Rule.ANY_TIME)]


def _questions(rules: ProductRules) -> Iterator[Statement]:
    for question in rules.questions:
        rule = Rule.ASKED if question.required else Rule.ASKED_OPTIONAL
        if isinstance(question.ask, UnknownAsk):
            rule = Rule.ASKED_UNKNOWN
        yield Statement(rule, Asked(rules.product, question))
    for question in rules.purchase_questions:
        rule = Rule.ASKED_BEFORE if question.required else Rule.ASKED_BEFORE_OPTIONAL
        yield Statement(rule, Asked(rules.product, question))
    if rules.asks_questions and not rules.questions:
        yield Statement(Rule.ASKS_SOMETHING)
