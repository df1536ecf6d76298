"""The rules of a busy point for screen tests: nearly everything there is to say, with the longest names."""

from __future__ import annotations

from datetime import date

from common.days import day_of_date, wall_ms
from common.ids import AreaNo, EventDay, PointNo, ProductNo
from common.questions import AskChoice, AskNumber, AskText, Question
from common.rule_texts import Called, point_statements, product_statements
from common.rules import (
    AtMost,
    ConfirmMode,
    DayRule,
    LaneKind,
    OfflinePolicy,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
    UnknownRule,
    Window,
)
from kiosk.rules_here import ProductRulesShown, RulesShown
from kiosk.shown import Names
from tests.support.fake_names import EVENT, GATE, LUNCH, SHIRT, TICKET
from tests.support.longest_texts import longest

DAYS = DayRule("Europe/Prague")
FIRST = day_of_date(date(2028, 7, 6))
EVERY_DAY = tuple(EventDay(FIRST + at) for at in range(4))
HOURS = tuple(
    Window(days=(EventDay(FIRST + at),), from_minute=(8 + at) * 60, until_minute=(21 + at) * 60) for at in range(4)
)
TICKETS, SHIRTS, LUNCHES, MUGS = (ProductNo(no) for no in range(1, 5))
SIZE = Question("size", AskChoice(("s", "m", "l", "xl", "xxl")))
ALLERGY = Question("allergy", AskText(200), required=False)
MEAL = Question("meal", AskChoice(("meat", "none")))
AGE = Question("age", AskNumber(18, 120))
NAMES: dict[ProductNo, Names] = {TICKETS: TICKET, SHIRTS: SHIRT, LUNCHES: LUNCH, MUGS: longest("item")[0]}

POINT = PointRules(
    PointNo(1),
    PointKind.GATE,
    AreaNo(1),
    tuple(NAMES),
    lanes=tuple(LaneKind),
    lets_out=True,
    windows=HOURS,
    offline=OfflinePolicy.ASK,
    view_age_minutes_max=90,
    confirm=ConfirmMode.CONFIRM,
    may_override_unpaid=True,
    unattended=True,
)
PRODUCTS = (
    ProductRules(
        TICKETS,
        ProductKind.TICKET,
        AtMost(12, 2, 3),
        windows=(Window(wall_ms(FIRST, 480, DAYS), wall_ms(EventDay(FIRST + 3), 1320, DAYS)),),
        first_windows=HOURS[:2],
        later_windows=(Window(from_minute=1080, until_minute=240, days=EVERY_DAY),),
        min_gap_minutes=15,
        first_use_minutes=1440,
        per_area=True,
        lane=LaneKind.RIDING,
        attention=True,
        offline=OfflinePolicy.REFUSE,
    ),
    ProductRules(SHIRTS, ProductKind.ITEM, Quantity(per_day=2), questions=(SIZE,), needs_paid=False),
    ProductRules(LUNCHES, ProductKind.ITEM, Quantity(), HOURS, questions=(ALLERGY, AGE), purchase_questions=(MEAL,)),
    ProductRules(MUGS, ProductKind.ITEM, UnknownRule("once_per_moon"), asks_questions=True),
)
CALLED = Called(
    areas={AreaNo(1): dict(EVENT)},
    products={no: dict(names) for no, names in NAMES.items()},
    questions={
        (SHIRTS, "size"): {"cs": "Jakou velikost si přejete?", "en": "Which size would you like?"},
        (LUNCHES, "allergy"): {"cs": "Máte alergii nebo jiné omezení v jídle?", "en": "Any allergy or diet?"},
        (LUNCHES, "meal"): {"cs": "Maso, nebo bez masa?", "en": "With meat or without?"},
        (LUNCHES, "age"): {"cs": "Kolik je vám let?", "en": "How old are you?"},
    },
)
RULES = RulesShown(
    GATE,
    point_statements(POINT, DAYS),
    tuple(ProductRulesShown(one.product, NAMES[one.product], product_statements(one)) for one in PRODUCTS),
    CALLED,
    DAYS.zone,
)
