"""The catalogue as a kiosk needs it: rules and names of products and points, and the event's day rule.

Travels in a snapshot as one CBOR map, keyed by field names: keys a later version adds are passed over, a rule of usage
not known here becomes UnknownRule, which refuses. Prices and sale texts are the shop's business and stay there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import msgspec

from common import cbor
from common.decision import Place
from common.ids import AreaNo, EventUid, PointNo, ProductNo
from common.questions import Question, ask_of_list, ask_to_list
from common.rules import (
    AtMost,
    DayRule,
    InOut,
    LaneKind,
    OfflinePolicy,
    Once,
    OncePerDay,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    UsageRule,
    Window,
)
from common.studied import studied

CATALOGUE_BYTES_MAX = 8 * 1024 * 1024

Names = dict[str, str]  # language -> text
_BY_TURN = "by_turn"  # before a rule of usage: windows of the first and of later uses go with it


class CatalogueFault(StrEnum):
    """Why bytes are no catalogue."""

    NOT_CBOR = "not_cbor"
    WRONG_SHAPE = "wrong_shape"


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """What a question and its options are called; `labels`: what its answer is called, where that is shorter."""

    key: str
    names: Names
    options: dict[str, Names] = field(default_factory=dict)
    labels: Names = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CatalogueVariant:
    """A size, colour or departure of a product; entries name it by its key."""

    key: str
    names: Names


@dataclass(frozen=True, slots=True)
class CatalogueProduct:
    """A product: its rules, names, what is to be done or handed out, and the SHA-256 of its picture."""

    rules: ProductRules
    names: Names
    handouts: Names = field(default_factory=dict)
    picture: bytes | None = None
    attention: str | None = None  # what to look at, such as check_age; a kiosk says nothing of one it does not know
    questions: tuple[QuestionWords, ...] = ()  # the words of its rules' questions, those of the purchase too
    variants: tuple[CatalogueVariant, ...] = ()  # in the shop's order; they never bear on a verdict
    handout_daily: bool | None = None  # see common.handout; None: nothing is said

    def words_of(self, question: str) -> QuestionWords:
        """The words of a question by its key; none where the catalogue has none."""
        return next((one for one in self.questions if one.key == question), QuestionWords(question, {}))


@dataclass(frozen=True, slots=True)
class CataloguePoint:
    """A redemption point: its rules and names; `wants_holders`, `wants_search`: which files it takes."""

    rules: PointRules
    names: Names
    wants_holders: bool = True
    wants_search: bool = False


@dataclass(frozen=True, slots=True)
class CatalogueArea:
    """An area's names."""

    area: AreaNo
    names: Names


@dataclass(frozen=True)
class Catalogue:
    """All of it. `version` is what a CatalogueChanged statement names."""

    version: int
    event: EventUid
    names: Names
    languages: tuple[str, ...]
    default_language: str
    days: DayRule
    starts_ms: int
    ends_ms: int
    products: tuple[CatalogueProduct, ...]
    points: tuple[CataloguePoint, ...]
    areas: tuple[CatalogueArea, ...]
    is_test: bool = False

    @cached_property
    def product_by_no(self) -> dict[ProductNo, CatalogueProduct]:
        """Products by number."""
        return {product.rules.product: product for product in self.products}

    @cached_property
    def point_by_no(self) -> dict[PointNo, CataloguePoint]:
        """Points by number."""
        return {point.rules.point: point for point in self.points}

    def place(self, point: PointNo) -> Place | None:
        """All the decision needs at this point; None if there is no such point."""
        here = self.point_by_no.get(point)
        if here is None:
            return None
        served_at: dict[ProductNo, tuple[PointNo, ...]] = {}
        for other in self.points:
            for product in other.rules.serves:
                served_at[product] = (*served_at.get(product, ()), other.rules.point)
        products = {no: product.rules for no, product in self.product_by_no.items()}
        areas = {no: other.rules.area for no, other in self.point_by_no.items()}
        return Place(here.rules, products, areas, served_at, self.days)


class _QuestionWire(msgspec.Struct, frozen=True):
    key: str
    ask: list[str | int]
    required: bool
    names: Names
    options: dict[str, Names] = {}
    labels: Names = {}


class _ProductWire(msgspec.Struct, frozen=True):
    product: ProductNo
    kind: ProductKind
    usage: list[str | int | None]
    windows: tuple[Window, ...]
    min_gap_minutes: int | None
    first_use_minutes: int | None
    per_area: bool
    lane: LaneKind | None
    needs_paid: bool
    asks_questions: bool
    attention: bool
    offline: OfflinePolicy | None
    names: Names
    handouts: Names = {}
    picture: bytes | None = None
    attention_to: str | None = None
    first_windows: tuple[Window, ...] = ()
    later_windows: tuple[Window, ...] = ()
    questions: tuple[_QuestionWire, ...] = ()
    purchase_questions: tuple[_QuestionWire, ...] = ()
    variants: tuple[CatalogueVariant, ...] = ()
    handout_daily: bool | None = None


class _CatalogueWire(msgspec.Struct, frozen=True):
    version: int
    event: EventUid
    names: Names
    languages: tuple[str, ...]
    default_language: str
    days: DayRule
    starts_ms: int
    ends_ms: int
    products: tuple[_ProductWire, ...]
    points: tuple[CataloguePoint, ...]
    areas: tuple[CatalogueArea, ...]
    is_test: bool = False


_ALIKE = ("version", "event", "names", "languages", "default_language", "days", "starts_ms", "ends_ms")
_RULES = (
    *(name for name in _ProductWire.__struct_fields__[:12] if name != "usage"),
    "first_windows",
    "later_windows",
)


studied(_CatalogueWire)


def encode_catalogue(catalogue: Catalogue) -> bytes:
    """The catalogue as CBOR."""
    wire = _CatalogueWire(
        **{name: getattr(catalogue, name) for name in _ALIKE},
        products=tuple(_product_to_wire(product) for product in catalogue.products),
        points=catalogue.points,
        areas=catalogue.areas,
        is_test=catalogue.is_test,
    )
    return cbor.encode(msgspec.to_builtins(wire, builtin_types=(bytes,)))


def decode_catalogue(raw: bytes) -> Catalogue | CatalogueFault:
    """The catalogue in these bytes, or why there is none. Never raises."""
    plain = cbor.decode(raw, CATALOGUE_BYTES_MAX)
    if isinstance(plain, cbor.CborFault):
        return CatalogueFault.NOT_CBOR
    try:
        wire = msgspec.convert(plain, _CatalogueWire, builtin_types=(bytes,))
    except msgspec.ValidationError:
        return CatalogueFault.WRONG_SHAPE
    return Catalogue(
        **{name: getattr(wire, name) for name in _ALIKE},
        products=tuple(_product_of_wire(product) for product in wire.products),
        points=wire.points,
        areas=wire.areas,
        is_test=wire.is_test,
    )


def _product_to_wire(product: CatalogueProduct) -> _ProductWire:
    rules = product.rules
    return _ProductWire(
        **{name: getattr(rules, name) for name in _RULES},
        usage=_usage_to_wire(rules),
        names=product.names,
        handouts=product.handouts,
        picture=product.picture,
        attention_to=product.attention,
        questions=tuple(_question_to_wire(one, product.words_of(one.key)) for one in rules.questions),
        purchase_questions=tuple(_question_to_wire(one, product.words_of(one.key)) for one in rules.purchase_questions),
        variants=product.variants,
        handout_daily=product.handout_daily,
    )


def _usage_to_wire(rules: ProductRules) -> list[str | int | None]:
    """A kiosk of 0.1.0 passes over windows by turn: to it the rule is unknown, and refuses."""
    usage = usage_to_list(rules.usage)
    return [_BY_TURN, *usage] if rules.first_windows or rules.later_windows else usage


def _question_to_wire(question: Question, words: QuestionWords) -> _QuestionWire:
    ask = ask_to_list(question.ask)
    return _QuestionWire(question.key, ask, question.required, words.names, words.options, words.labels)


def _product_of_wire(wire: _ProductWire) -> CatalogueProduct:
    usage = wire.usage[1:] if wire.usage[:1] == [_BY_TURN] else wire.usage
    both = (*wire.questions, *wire.purchase_questions)
    words = tuple(QuestionWords(one.key, one.names, one.options, one.labels) for one in both)
    alike = {name: getattr(wire, name) for name in _RULES}
    at_use, at_purchase = _questions(wire.questions), _questions(wire.purchase_questions)
    rules = ProductRules(**alike, usage=usage_of_list(usage), questions=at_use, purchase_questions=at_purchase)
    return CatalogueProduct(
        rules,
        wire.names,
        wire.handouts,
        wire.picture,
        wire.attention_to,
        words,
        wire.variants,
        wire.handout_daily,
    )


def _questions(wires: tuple[_QuestionWire, ...]) -> tuple[Question, ...]:
    return tuple(Question(one.key, ask_of_list(one.ask), one.required) for one in wires)


def usage_to_list(rule: UsageRule) -> list[str | int | None]:
    """A rule of usage as its name and its numbers."""
    match rule:
        case Once():
            return ["once"]
        case OncePerDay():
            return ["once_per_day"]
        case InOut():
            return ["in_out"]
        case Unlimited():
            return ["unlimited"]
        case AtMost():
            return ["at_most", rule.total, rule.per_day, rule.days]
        case Quantity():
            return ["quantity", rule.per_day]
        case UnknownRule():
            return [rule.name]


def usage_of_list(plain: list[str | int | None]) -> UsageRule:
    """The rule of usage; whatever is not understood becomes UnknownRule. Never raises."""
    match plain:
        case ["once"]:
            return Once()
        case ["once_per_day"]:
            return OncePerDay()
        case ["in_out"]:
            return InOut()
        case ["unlimited"]:
            return Unlimited()
        case ["at_most", int() | None as total, int() | None as per_day, int() | None as days]:
            return AtMost(total, per_day, days)
        case ["quantity", int() | None as per_day]:
            return Quantity(per_day)
    return UnknownRule(str(plain[0])[:40] if plain else "")
