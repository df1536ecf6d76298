"""Every rule there is has its words in every language, and two different rules never read the same."""

from __future__ import annotations

import unicodedata
from dataclasses import fields, replace
from typing import Any, get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from common.catalogue import Catalogue, CatalogueArea, CatalogueProduct, QuestionWords
from common.decision import Reason
from common.ids import AreaNo, EventDay, EventUid, PointNo, ProductNo
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
from common.reason_texts import fields_of
from common.rule_texts import (
    CATALOGUES,
    LANGUAGES,
    RULES_BEHIND,
    Part,
    Rule,
    called_in,
    point_statements,
    product_statements,
    told,
)
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
from tests.support.plain_speaker import PlainSpeaker
from tests.unit.common.test_reason_texts import LETTERS

DAYS = DayRule("Europe/Prague")
PRODUCT = ProductRules(ProductNo(1), ProductKind.TICKET, Once())
POINT = PointRules(PointNo(1), PointKind.GATE, AreaNo(1), (ProductNo(1),))
NAMED_BY_HEADING = {"product", "point"}  # whoever shows the rules says whose they are

# For each field some values that must all read differently. A field that is not here has no words yet.
WINDOWS = ((), (Window(from_minute=600),), (Window(from_minute=600), Window(until_minute=90)))
SIZE = Question("size", AskChoice(("s", "l")))
OF_PRODUCT: dict[str, tuple[Any, ...]] = {
    "kind": tuple(ProductKind),
    "usage": (
        Once(),
        OncePerDay(),
        InOut(),
        Unlimited(),
        AtMost(),
        AtMost(total=3),
        AtMost(per_day=3),
        AtMost(days=3),
        AtMost(3, 2, 1),
        Quantity(),
        Quantity(per_day=3),
        UnknownRule("lunar"),
        UnknownRule("solar"),
    ),
    "windows": WINDOWS,
    "first_windows": WINDOWS,
    "later_windows": WINDOWS,
    "min_gap_minutes": (None, 0, 5),
    "first_use_minutes": (None, 0, 5),
    "per_area": (False, True),
    "lane": (None, *LaneKind),
    "needs_paid": (False, True),
    "questions": ((), (SIZE,), (SIZE, replace(SIZE, key="colour")), (replace(SIZE, required=False),)),
    "purchase_questions": ((), (SIZE,), (replace(SIZE, required=False),), (SIZE, replace(SIZE, key="colour"))),
    "asks_questions": (False, True),
    "attention": (False, True),
    "offline": (None, *OfflinePolicy),
}
OF_POINT: dict[str, tuple[Any, ...]] = {
    "kind": tuple(PointKind),
    "area": (AreaNo(1), AreaNo(2)),
    "serves": ((), (ProductNo(1),), (ProductNo(2), ProductNo(1)), (ProductNo(1), ProductNo(2))),
    "lanes": ((), (LaneKind.WALKING,), (LaneKind.RIDING,), tuple(LaneKind)),
    "lets_out": (False, True),
    "lets_in": (False, True),
    "windows": WINDOWS,
    "offline": tuple(OfflinePolicy),
    "view_age_minutes_max": (None, 0, 5),
    "confirm": tuple(ConfirmMode),
    "may_override_unpaid": (False, True),
    "unattended": (False, True),
}
OF_WINDOW: dict[str, tuple[Any, ...]] = {
    "from_ms": (None, 0, 1_846_500_300_000),
    "until_ms": (None, 0, 1_846_500_300_000),
    "from_minute": (None, 0, 600, 1440),
    "until_minute": (None, 0, 600, 1440),
    "days": ((), (EventDay(5),), (EventDay(5), EventDay(6)), (EventDay(5), EventDay(6), EventDay(8))),
}
ASKS: tuple[Ask, ...] = (
    AskText(20),
    AskText(21),
    AskNumber(1, 5),
    AskNumber(1, 6),
    AskNumber(0, 5),
    AskYesNo(),
    AskChoice(("a", "b")),
    AskChoice(("a", "b"), several=True),
    AskChoice(("a", "c")),
    AskDate(),
    AskTime(),
    AskMail(),
    UnknownAsk("song"),
    UnknownAsk("dance"),
)


def read(rules: ProductRules | PointRules, language: str = "en") -> tuple[str, ...]:
    made = product_statements(rules) if isinstance(rules, ProductRules) else point_statements(rules, DAYS)
    return tuple(told(one, PlainSpeaker(language)) for one in made)


# --- every rule is told ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values"), [(ProductRules, OF_PRODUCT), (PointRules, OF_POINT), (Window, OF_WINDOW)], ids=str
)
def test_every_field_of_the_rules_has_values_to_be_told(kind: type, values: dict[str, tuple[Any, ...]]) -> None:
    """A field without an entry has no words: give it a statement in `common/rule_texts`, then values here."""
    assert {one.name for one in fields(kind)} - NAMED_BY_HEADING == set(values)


def test_every_kind_of_usage_and_of_question_is_among_the_values() -> None:
    assert {type(one) for one in OF_PRODUCT["usage"]} == set(get_args(UsageRule))
    assert {type(one) for one in ASKS} == set(get_args(Ask))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", OF_PRODUCT)
def test_whatever_differs_in_a_product_reads_differently(field: str, language: str) -> None:
    texts = {read(replace(PRODUCT, **{field: value}), language) for value in OF_PRODUCT[field]}
    assert len(texts) == len(OF_PRODUCT[field])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", PointKind)
@pytest.mark.parametrize("field", OF_POINT)
def test_whatever_differs_in_a_point_reads_differently(field: str, kind: PointKind, language: str) -> None:
    texts = {read(replace(POINT, **{"kind": kind, field: value}), language) for value in OF_POINT[field]}
    assert len(texts) == len(OF_POINT[field])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("field", OF_WINDOW)
def test_whatever_differs_in_a_window_reads_differently(field: str, language: str) -> None:
    base = Window(from_minute=540) if field != "from_minute" else Window()
    windows = [replace(base, **{field: value}) for value in OF_WINDOW[field]]
    assert len({read(replace(PRODUCT, windows=(one,)), language) for one in windows}) == len(windows)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_answer_reads_differently(language: str) -> None:
    questions = [Question("key", ask) for ask in ASKS]
    assert len({read(replace(PRODUCT, questions=(one,)), language) for one in questions}) == len(ASKS)


def test_every_key_of_a_statement_is_said_of_some_rules() -> None:
    made = {
        statement.rule
        for field, values in OF_PRODUCT.items()
        for value in values
        for statement in product_statements(replace(PRODUCT, **{field: value}))
    }
    made |= {
        one.rule for ask in ASKS for one in product_statements(replace(PRODUCT, questions=(Question("key", ask),)))
    }
    made |= {
        statement.rule
        for kind in PointKind
        for field, values in OF_POINT.items()
        for value in values
        for statement in point_statements(replace(POINT, **{"kind": kind, field: value}), DAYS)
    }
    made |= {one.rule for one in point_statements(replace(POINT, lets_in=False, lets_out=True), DAYS)}
    assert made == set(Rule)


def test_a_usual_gate_and_a_usual_ticket_read_like_this() -> None:
    ticket = replace(
        PRODUCT,
        usage=AtMost(days=3),
        windows=(Window(days=(EventDay(1), EventDay(2)), from_minute=540),),
        lane=LaneKind.RIDING,
    )
    assert read(replace(POINT, lets_out=True, view_age_minutes_max=30)) == (
        "A gate: people are admitted here",
        "In and out",
        "Open at any time",
        "A day of the event ends at 05:00",
        "Area: #1",
        "Lanes: on foot",
        "Served here: #1",
        "If earlier uses may be unknown here: the pass is accepted and noted",
        "Earlier uses count as unknown after 30 min without news",
    )
    assert read(ticket) == (
        "A ticket: it admits people",
        "Different days: at most 3",
        "Times: day 1 to day 2 · from 09:00",
        "Only with a motorcycle",
        "Only once it is paid",
    )


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (540, 1080, "Times: 09:00–18:00"),
        (1320, 240, "Times: 22:00–04:00 past midnight"),
        (540, 540, "Times: at no time (09:00–09:00)"),
        (None, 1440, "Times: until 24:00"),
        (None, None, "Times: at any time"),
    ],
)
def test_times_of_the_day_say_where_they_pass_midnight(first: int | None, last: int | None, said: str) -> None:
    assert said in read(replace(PRODUCT, windows=(Window(from_minute=first, until_minute=last),)))


def test_a_name_of_another_version_is_shown_as_it_came_whatever_it_holds() -> None:
    assert "A rule this version does not know ({n} {): refused" in read(replace(PRODUCT, usage=UnknownRule("{n} {")))


# --- any rules ------------------------------------------------------------------------------------

minutes = st.none() | st.integers(0, 1440)
instants = st.none() | st.integers(0, 4_000_000_000_000)
windows = st.builds(
    Window,
    instants,
    instants,
    minutes,
    minutes,
    st.lists(st.integers(20_000, 20_009).map(EventDay), max_size=5).map(tuple),
)
some_windows = st.lists(windows, max_size=3).map(tuple)
limits = st.none() | st.integers(0, 99)
keys = st.text("abc", min_size=1, max_size=3)
usages: st.SearchStrategy[UsageRule] = st.one_of(
    st.builds(Once), st.builds(OncePerDay), st.builds(InOut), st.builds(Unlimited),
    st.builds(AtMost, limits, limits, limits), st.builds(Quantity, limits), st.builds(UnknownRule, keys),
)  # fmt: skip
options = st.lists(keys, min_size=1, max_size=3, unique=True).map(tuple)
asks: st.SearchStrategy[Ask] = st.one_of(
    st.builds(AskText, st.integers(1, 500)), st.builds(AskNumber, st.integers(-9, 9), st.integers(-9, 9)),
    st.builds(AskYesNo), st.builds(AskChoice, options, st.booleans()),
    st.builds(AskDate), st.builds(AskTime), st.builds(AskMail), st.builds(UnknownAsk, keys),
)  # fmt: skip
lanes = st.lists(st.sampled_from(LaneKind), max_size=2, unique=True).map(tuple)
questions = st.lists(st.builds(Question, keys, asks, st.booleans()), max_size=2).map(tuple)
PRODUCT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(ProductKind),
    "usage": usages,
    "windows": some_windows,
    "first_windows": some_windows,
    "later_windows": some_windows,
    "min_gap_minutes": limits,
    "first_use_minutes": limits,
    "per_area": st.booleans(),
    "lane": st.none() | st.sampled_from(LaneKind),
    "needs_paid": st.booleans(),
    "questions": questions,
    "purchase_questions": questions,
    "asks_questions": st.booleans(),
    "attention": st.booleans(),
    "offline": st.none() | st.sampled_from(OfflinePolicy),
}
POINT_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(PointKind),
    "area": st.integers(1, 3).map(AreaNo),
    "serves": st.lists(st.integers(1, 9).map(ProductNo), max_size=3, unique=True).map(tuple),
    "lanes": lanes,
    "lets_out": st.booleans(),
    "lets_in": st.booleans(),
    "windows": some_windows,
    "offline": st.sampled_from(OfflinePolicy),
    "view_age_minutes_max": limits,
    "confirm": st.sampled_from(ConfirmMode),
    "may_override_unpaid": st.booleans(),
    "unattended": st.booleans(),
}
products = st.builds(ProductRules, product=st.just(ProductNo(1)), **PRODUCT_FIELDS)
points = st.builds(PointRules, point=st.just(PointNo(1)), **POINT_FIELDS)


def meaning(rules: ProductRules | PointRules) -> ProductRules | PointRules:
    """The same rules without what makes no difference to any decision."""
    if isinstance(rules, PointRules):
        return replace(rules, windows=_plain(rules.windows))
    asked = tuple(replace(one, required=isinstance(one.ask, UnknownAsk) or one.required) for one in rules.questions)
    return replace(
        rules,
        windows=_plain(rules.windows),
        first_windows=_plain(rules.first_windows),
        later_windows=_plain(rules.later_windows),
        questions=asked,
        asks_questions=rules.asks_questions or bool(asked),
    )


def _plain(every: tuple[Window, ...]) -> tuple[Window, ...]:
    return tuple(replace(one, days=tuple(sorted(set(one.days)))) for one in every)


@given(products, points, st.sampled_from(LANGUAGES))
def test_any_rules_give_whole_texts(product: ProductRules, point: PointRules, language: str) -> None:
    for text in (*read(product, language), *read(point, language)):
        assert text.strip()
        assert not {"{", "}"} & set(text)


@given(st.data(), st.sampled_from(LANGUAGES))
def test_two_different_rules_never_read_the_same(data: st.DataObject, language: str) -> None:
    """Rules and the same with another value in one or two fields, where what differs is easily lost."""
    rules: ProductRules | PointRules = data.draw(products | points)
    drawn = PRODUCT_FIELDS if isinstance(rules, ProductRules) else POINT_FIELDS
    changed = data.draw(st.lists(st.sampled_from(sorted(drawn)), min_size=1, max_size=2, unique=True))
    other = replace(rules, **{name: data.draw(drawn[name]) for name in changed})
    assume(meaning(rules) != meaning(other))
    assert read(rules, language) != read(other, language)


def test_the_fields_drawn_are_all_fields() -> None:
    assert PRODUCT_FIELDS.keys() == OF_PRODUCT.keys()
    assert POINT_FIELDS.keys() == OF_POINT.keys()


# --- six languages --------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_statement_and_for_nothing_else(language: str) -> None:
    assert set(CATALOGUES[language]) == {*(one.value for one in Rule), *(one.value for one in Part)}
    assert all(text.strip() for text in CATALOGUES[language].values())


@pytest.mark.parametrize("key", [*Rule, *Part])
def test_texts_hold_the_same_fields_in_every_language(key: Rule | Part) -> None:
    assert len({fields_of(CATALOGUES[language][key]) for language in LANGUAGES}) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_statements_begin_with_a_capital_and_are_no_sentences(language: str) -> None:
    for one in Rule:
        text = CATALOGUES[language][one]
        assert text[0].isupper()
        assert not text.endswith(".")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_keys_share_a_text(language: str) -> None:
    texts = [CATALOGUES[language][one] for one in Rule]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_written_with_the_letters_of_their_language(language: str) -> None:
    words = " ".join(CATALOGUES[language].values())
    assert unicodedata.is_normalized("NFC", words)
    letters = {letter for letter in words.lower() if letter.isalpha()}
    assert letters - set("abcdefghijklmnopqrstuvwxyz") <= set(LETTERS[language])


def test_an_unknown_language_reads_as_english() -> None:
    assert read(PRODUCT, "xx") == read(PRODUCT, "en")


# --- beside a verdict, and with names -------------------------------------------------------------


def test_every_rule_that_can_refuse_or_ask_stands_behind_a_reason() -> None:
    without = {
        *(Rule.GATE, Rule.UNATTENDED, Rule.ANY_HOUR, Rule.DAY_ENDS, Rule.AREA, Rule.UNPAID_ANSWERED, Rule.IN_AND_OUT),
        *(Rule.OFFLINE_ACCEPT, Rule.TICKET, Rule.ITEM, Rule.UNLIMITED, Rule.NO_LIMIT, Rule.ANY_TIME, Rule.PER_AREA),
        *(Rule.UNPAID_TOO, Rule.ASKED_BEFORE_OPTIONAL),
    }
    assert set(Rule) - without == {rule for rules in RULES_BEHIND.values() for rule in rules}


def test_of_the_reasons_of_places_times_and_usage_three_have_no_rule_behind_them() -> None:
    in_order = list(Reason)
    about_rules = set(in_order[in_order.index(Reason.WRONG_POINT) :])
    assert about_rules - RULES_BEHIND.keys() == {Reason.PROOF_MISSING, Reason.CHOOSE, Reason.NEEDS_SUPERVISOR}


def test_names_of_a_catalogue_are_found_by_what_statements_speak_of() -> None:
    rules = replace(PRODUCT, questions=(SIZE,))
    words = QuestionWords("size", {"en": "Which size?"}, {"s": {"en": "small"}})
    product = CatalogueProduct(rules, {"en": "Shirt"}, questions=(words,))
    area = CatalogueArea(AreaNo(7), {"en": "Camp"})
    catalogue = Catalogue(1, EventUid(b"e" * 8), {}, ("en",), "en", DAYS, 0, 1, (product,), (), (area,))
    called = called_in(catalogue)
    assert called.areas == {7: {"en": "Camp"}}
    assert called.products == {1: {"en": "Shirt"}}
    assert called.questions == {(1, "size"): {"en": "Which size?"}}
    assert called.options == {(1, "size", "s"): {"en": "small"}}
