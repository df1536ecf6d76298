"""Marks say what the rule of an admission allowed beyond its area and day, and look like no flag."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.bodies import Flag
from common.ids import ProductNo
from common.marks import (
    IN_OUT,
    LACKED_CAUSES,
    TOTAL_MAX,
    Total,
    for_people,
    is_in_out,
    lacked_causes,
    marks_of,
    total_of,
)
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, ProductRules, UnknownRule, Unlimited, UsageRule

BIGGEST_FLAG = max(Flag)


def rules(usage: UsageRule, kind: ProductKind = ProductKind.TICKET, *, per_area: bool = False) -> ProductRules:
    return ProductRules(ProductNo(1), kind, usage, per_area=per_area)


@pytest.mark.parametrize(
    ("usage", "bought", "total"),
    [
        (Once(), 1, Total(1, per_area=False)),
        (Once(), 4, Total(4, per_area=False)),
        (AtMost(total=3), 2, Total(6, per_area=False)),
        (AtMost(per_day=3, days=2), 1, None),
        (OncePerDay(), 1, None),
        (InOut(), 1, None),
        (Unlimited(), 1, None),
        (UnknownRule("moon"), 1, None),
        (Once(), TOTAL_MAX + 1, None),
        (Once(), 0, None),
    ],
)
def test_what_was_allowed_in_all_is_read_back(usage: UsageRule, bought: int, total: Total | None) -> None:
    assert total_of(marks_of(rules(usage), bought)) == total


def test_areas_of_their_own_are_marked_and_items_are_not() -> None:
    assert total_of(marks_of(rules(Once(), per_area=True), 1)) == Total(1, per_area=True)
    assert marks_of(rules(Once(), ProductKind.ITEM), 1) == ()


def test_only_in_and_out_is_marked_as_such() -> None:
    assert is_in_out(marks_of(rules(InOut()), 1))
    assert not is_in_out(marks_of(rules(Once()), 1))


def test_whoever_lacked_something_says_so_to_no_person() -> None:
    assert lacked_causes((IN_OUT, LACKED_CAUSES))
    assert not lacked_causes(marks_of(rules(InOut()), 1))
    assert for_people([LACKED_CAUSES]) == ()


@given(st.lists(st.integers(-5, 5_000)))
def test_people_see_no_mark_and_every_flag(flags: list[int]) -> None:
    assert for_people([*flags, *Flag]) == (*(one for one in flags if one < IN_OUT), *Flag)
    assert BIGGEST_FLAG < IN_OUT


@given(st.lists(st.integers(-(2**40), 2**40)))
def test_any_numbers_can_be_read_and_the_strictest_holds(flags: list[int]) -> None:
    found = total_of(flags)
    assert found == total_of(flags[::-1])
    assert found is None or 1 <= found.count <= TOTAL_MAX
    assert total_of([*flags, *marks_of(rules(Once()), 1)]) == Total(1, per_area=False)
