"""What a good file becomes, and the same event on other dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.ids import AreaNo, EventDay, PointNo, ProductNo
from common.questions import ask_to_list
from common.rules import AtMost, InOut, LaneKind, OncePerDay, Quantity, UsageRule, Window
from syncserver.services.event_file.model import AskChoice, AskedAt, Geo, Lanes, OnPlan, PriceChange
from syncserver.services.event_file.moments import event_date, parse_scaled, parse_time_span, to_local
from syncserver.services.event_file.rules_of import point_rules, product_rules
from syncserver.services.event_file.shift import shift_to
from tests.unit.syncserver.services.event_file.samples import SMALL, complaints, good

_ZONE = ZoneInfo("Europe/Prague")


def test_moments_are_local_and_amounts_are_minor_units() -> None:
    event_file = good()
    starts = datetime(2028, 7, 6, 6, 0, tzinfo=UTC)  # 08:00 in Prague's summer
    assert event_file.event.starts_ms == starts.timestamp() * 1000
    assert [product.price_minor for product in event_file.products] == [62500, 18950]
    assert (event_file.event.first_day, event_file.event.last_day) == (date(2028, 7, 6), date(2028, 7, 9))


def test_a_plain_text_stands_in_every_language_and_a_table_in_the_events_order() -> None:
    gate, stand = good().points
    assert gate.name.pairs == (("en", "Gate 1"), ("cs", "Gate 1"))
    assert good().products[1].name.pairs == (("en", "Lunch"), ("cs", "Oběd"))
    assert (stand.name.get("de"), stand.name.best("de", "cs")) == (None, "Kitchen")


def test_a_category_stands_for_its_products_and_an_item_needs_any_ticket() -> None:
    event_file = good()
    assert event_file.points[0].products == ("four_days",)
    assert [product.requires for product in event_file.products] == [(), ("four_days",)]


@pytest.mark.parametrize(
    ("use", "rule"),
    [
        ('use = "once_per_day"', OncePerDay()),
        ('use = "limited"\ntotal = 5\ndays = 2', AtMost(total=5, days=2)),
        ('use = "in_out"', InOut()),
    ],
)
def test_rules_of_use_are_those_of_the_decision(use: str, rule: UsageRule) -> None:
    product = good(SMALL.replace('use = "in_out"', use)).products[0]
    assert product_rules(product, ProductNo(1)).usage == rule


def test_windows_reach_the_decision_as_written() -> None:
    event_file = good()
    ticket = product_rules(event_file.products[0], ProductNo(1))
    assert ticket.windows == (Window(days=(EventDay(21371), EventDay(21372))),)
    assert date(1970, 1, 1) + timedelta(days=21371) == date(2028, 7, 6)
    numbers = {"four_days": ProductNo(1), "lunch": ProductNo(2)}
    stand = point_rules(event_file.points[1], PointNo(2), {"grounds": AreaNo(1)}, numbers)
    assert (stand.windows, stand.serves) == ((Window(from_minute=660, until_minute=1320),), (2,))


def test_windows_of_the_first_and_of_later_uses_reach_the_decision_as_written() -> None:
    more = 'use = "in_out"\nfirst_windows = "08:00-12:00"\nlater_windows = "08:00-24:00"'
    rules = product_rules(good(SMALL.replace('use = "in_out"', more)).products[0], ProductNo(1))
    assert rules.first_windows == (Window(from_minute=480, until_minute=720),)
    assert rules.later_windows == (Window(from_minute=480, until_minute=1440),)


def test_questions_reach_the_decision_those_of_the_purchase_apart() -> None:
    more = """
questions.size = { text = "Size", kind = "choice", asked_at = "redemption", options.s.name = "S", options.l.name = "L" }
questions.note = { text = "Note", kind = "text", chars_max = 40, required = false, asked_at = "redemption" }
questions.age = { text = "Age", kind = "number", least = 18, most = 99, asked_at = "redemption" }
questions.club = { text = "What is your club?", label = "Club", kind = "text" }
"""
    product = good(SMALL.replace("[products.lunch]", "[products.lunch]" + more)).products[1]
    rules = product_rules(product, ProductNo(2))
    assert [(one.key, ask_to_list(one.ask), one.required) for one in rules.questions] == [
        ("size", ["choice", "s", "l"], True),
        ("note", ["text", 40], False),
        ("age", ["number", 18, 99], True),
    ]
    assert [(one.key, ask_to_list(one.ask), one.required) for one in rules.purchase_questions] == [
        ("club", ["text", 80], True)
    ]
    assert [one.label.pairs[0][1] if one.label else "" for one in product.questions] == ["", "", "", "Club"]


def test_every_side_of_a_product_is_read() -> None:
    more = """
variants.small = { name = "S", quotas = ["people"] }
variants.large = { name = "L", price = 220, price_changes = [{ from = "2028-07-01", price = 230 }] }
price_changes = [{ from = "2028-07-01", price = 199 }]
limit_per_ticket = 3
requires = []
pieces = 5
refund = { until = "2028-07-01", percent = 80, fee = 20 }
attention = "check_age"
offline = "refuse"
questions.menu = { text = "?", kind = "choice", asked_at = "redemption", options = { a.name = "A", b.name = "B" } }

[points.gate]"""
    lunch = good(SMALL.replace("\n[points.gate]", more, 1)).products[1]
    assert [(variant.key, variant.price_minor, variant.quotas) for variant in lunch.variants] == [
        ("small", None, ("people",)),
        ("large", 22000, ()),
    ]
    assert lunch.price_changes == (PriceChange(1846015200000, 19900),)
    assert [one.price_changes for one in lunch.variants] == [(), (PriceChange(1846015200000, 23000),)]
    assert (lunch.limits.per_ticket, lunch.requires, lunch.pieces, lunch.admission.usage) == (3, (), 5, Quantity())
    assert lunch.refund is not None
    assert (lunch.refund.share_bp, lunch.refund.fee_minor) == (8000, 2000)
    [menu] = lunch.questions
    assert isinstance(menu.ask, AskChoice)
    assert (menu.asked_at, [option.key for option in menu.ask.options]) == (AskedAt.REDEMPTION, ["a", "b"])


@pytest.mark.parametrize(
    ("written", "read"), [("", None), ("handout_daily = true", True), ("handout_daily = false", False)]
)
def test_what_a_ticket_hands_out_daily_is_said_or_not(written: str, read: bool | None) -> None:
    text = SMALL.replace('quotas = ["people"]', f'handout = "The programme of the day"\n{written}', 1)
    assert good(text).products[0].handout_daily is read


def test_every_side_of_a_point_is_read() -> None:
    gate = good().points[0]
    assert gate.lanes == (Lanes(LaneKind.WALKING, 2), Lanes(LaneKind.RIDING, 1))
    assert (gate.lets_in, gate.lets_out, gate.hours) == (True, True, ())
    text = SMALL.replace('hours = "11:00-22:00"', "position = { lat = 50.105501, lon = -14.4 }\nlets_out = true")
    stand = good(text).points[1]
    assert (stand.position, stand.lets_out) == (Geo(50105501, -14400000), True)
    plan = good(SMALL.replace('hours = "11:00-22:00"', "position = { x = 10, y = 990 }")).points[1]
    assert plan.position == OnPlan(10, 990)


@pytest.mark.parametrize(("value", "scaled"), [("1.10", 110), (0.29, 29), (375, 37500), ("1e3", 100000), ("nan", None)])
def test_amounts_are_exact(value: str | float, scaled: int | None) -> None:
    assert parse_scaled(value, 2) == scaled


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("22:00-02:00", (1320, 120)),
        ("00:00-24:00", (0, 1440)),
        ("24:01-25:00", None),
        ("10", None),
        ("8:00 - 9:30", (480, 570)),
    ],
)
def test_spans_of_a_day(text: str, span: tuple[int, int] | None) -> None:
    assert parse_time_span(text) == span


# --- other dates ----------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_a_shifted_event_keeps_its_wall_clock_and_begins_on_the_day_asked_for(day: date) -> None:
    before = good()
    after = shift_to(before, day)
    for old, new in ((before.event.starts_ms, after.event.starts_ms), (before.event.ends_ms, after.event.ends_ms)):
        was, now = to_local(old, _ZONE), to_local(new, _ZONE)
        assert (now.time(), now.date() - was.date()) == (was.time(), day - before.event.first_day)
    assert event_date(after.event.starts_ms, _ZONE, 300) == day == after.event.first_day
    [window] = after.products[0].admission.windows
    assert window.days[0] == (day - date(1970, 1, 1)).days


def test_shifting_there_and_back_changes_nothing() -> None:
    event_file = good()
    there = shift_to(event_file, date(2026, 11, 22))
    assert there != event_file
    assert shift_to(there, event_file.event.first_day) == event_file


def test_a_tax_rate_keeps_its_date() -> None:
    text = SMALL.replace("percent = 21", 'percent = 21\nchanges = [{ from = "2028-01-01", percent = 22 }]')
    event_file = good(text)
    assert shift_to(event_file, date(2030, 1, 1)).vat_rates == event_file.vat_rates


DAY = """
[products.day]
kind = "ticket"
category = "tickets"
name = "A day"
sentence = "One day."
price = 375
vat = "standard"
upgrades_to = ["four_days", "night"]
[products.night]
kind = "ticket"
category = "tickets"
name = "A night"
sentence = "One night."
price = 400
vat = "standard"
"""


def test_a_ticket_says_what_it_can_become_in_the_order_of_the_file() -> None:
    event_file = good(SMALL + DAY)
    assert {product.key: product.upgrades_to for product in event_file.products} == {
        "four_days": (), "lunch": (), "day": ("four_days", "night"), "night": (),
    }  # fmt: skip
    by_category = good(SMALL + DAY.replace('["four_days", "night"]', '["night", "night"]'))
    assert next(product for product in by_category.products if product.key == "day").upgrades_to == ("night",)


@pytest.mark.parametrize("whose", ["price = 375", "price = 400"])
def test_a_ticket_for_several_is_changed_into_none_and_comes_of_none(whose: str) -> None:
    told = complaints(SMALL + DAY.replace(whose, f"{whose}\npieces = 4"))
    assert len(told) == 1
    assert "admits several (pieces): such a ticket cannot be changed. Leave it out" in told[0]
