"""Questions to a ledger: counts, who is inside, and which uses are one too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.facts import Standing, UseFact, UseKind
from common.ids import AreaNo, EventDay
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, ProductRules, Quantity, Unlimited, UsageRule
from common.usage import admissions, conflicts, counts_by_day, earlier_use, is_inside, limits_of, proven, quantity_of
from common.usage_rules import Asked, choice_of, usage_findings
from tests.support.scans import DAYS, ENTRY, NOON, SHIRT, TODAY, ledger, use

YESTERDAY = EventDay(TODAY - 1)
EXIT = UseKind.EXIT
OVERRIDE = UseKind.OVERRIDE


def rules(usage: UsageRule, *, per_area: bool = False) -> ProductRules:
    return ProductRules(ENTRY, ProductKind.TICKET, usage, per_area=per_area)


def test_counts_are_per_product_area_and_day_and_exits_count_nothing() -> None:
    uses = ledger(use(1), use(2, quantity=2), use(3, kind=EXIT), use(4, area=AreaNo(2)), use(5, day=YESTERDAY))
    assert counts_by_day(uses) == {
        (ENTRY, AreaNo(1), TODAY): 3,
        (ENTRY, AreaNo(2), TODAY): 1,
        (ENTRY, AreaNo(1), YESTERDAY): 1,
    }
    assert quantity_of(admissions(uses.counted, ENTRY)) == 5
    assert quantity_of(admissions(uses.counted, ENTRY, AreaNo(1), TODAY)) == 3
    assert admissions(uses.counted, SHIRT) == ()


@pytest.mark.parametrize(
    ("uses", "inside"),
    [
        ((), False),
        ((use(1),), True),
        ((use(1, kind=OVERRIDE),), True),
        ((use(1), use(2, kind=EXIT)), False),
        ((use(1), use(2, kind=EXIT), use(3)), True),
        ((use(1, day=YESTERDAY),), False),
        ((use(1, area=AreaNo(2)),), False),
        ((use(1), use(2, kind=EXIT, area=AreaNo(2))), True),
    ],
)
def test_inside_is_who_came_in_last_to_this_area_on_this_day(uses: tuple[UseFact, ...], inside: bool) -> None:
    assert is_inside(ledger(*uses), ENTRY, AreaNo(1), TODAY) is inside


def test_only_proven_uses_are_left_of_a_ledger() -> None:
    claimed = use(2, standing=Standing.CLAIMED)
    assert proven(ledger(use(1), claimed, use(3, standing=Standing.UNPROVEN))) == ledger(use(1))


def test_an_earlier_use_has_the_time_redates_give_it() -> None:
    assert earlier_use(ledger(use(1)), use(1)).time_ms == use(1).time_ms


ONE, TWO, THREE = use(1), use(2), use(3)


@pytest.mark.parametrize(
    ("rule", "bought", "uses", "beyond"),
    [
        (Once(), 1, (ONE, TWO, THREE), (TWO, THREE)),
        (Once(), 2, (ONE, TWO, THREE), (THREE,)),
        (OncePerDay(), 1, (use(1, day=YESTERDAY), TWO, THREE), (THREE,)),
        (InOut(), 1, (ONE, TWO), (TWO,)),
        (InOut(), 1, (ONE, use(2, kind=EXIT), THREE), ()),
        (Unlimited(), 1, (ONE, TWO, THREE), ()),
        (AtMost(total=2), 1, (ONE, TWO, THREE), (THREE,)),
        (AtMost(days=1), 1, (use(1, day=YESTERDAY), TWO), (TWO,)),
        (Quantity(), 3, (use(1, quantity=2), use(2, quantity=2), THREE), (use(2, quantity=2),)),
        (Quantity(per_day=1), 3, (ONE, TWO), (TWO,)),
        (Once(), 1, (ONE, use(2, kind=OVERRIDE)), ()),
        (Once(), 1, (use(1, kind=OVERRIDE), TWO), (TWO,)),
        (Once(), 1, (ONE, use(2, product=SHIRT)), ()),
    ],
)
def test_conflicts_are_the_uses_beyond_what_was_bought(
    rule: UsageRule, bought: int, uses: tuple[UseFact, ...], beyond: tuple[UseFact, ...]
) -> None:
    assert conflicts(ledger(*uses), rules(rule), bought) == beyond


def test_areas_are_apart_only_if_the_product_says_so() -> None:
    uses = ledger(ONE, use(2, area=AreaNo(2)))
    assert conflicts(uses, rules(Once()), 1) == (use(2, area=AreaNo(2)),)
    assert conflicts(uses, rules(Once(), per_area=True), 1) == ()


RULES = st.one_of(
    st.sampled_from([Once(), OncePerDay(), InOut(), Unlimited()]),
    st.builds(AtMost, *[st.none() | st.integers(1, 4)] * 3),
    st.builds(Quantity, st.none() | st.integers(1, 4)),
)
MOVES = st.lists(
    st.tuples(
        st.sampled_from([UseKind.REDEEM, UseKind.REDEEM, EXIT]), st.integers(1, 3), st.sampled_from([YESTERDAY, TODAY])
    ),
    max_size=12,
)


@given(RULES, st.integers(1, 3), MOVES, st.booleans())
def test_who_decides_with_full_knowledge_makes_no_conflict(
    rule: UsageRule, bought: int, moves: list[tuple[UseKind, int, EventDay]], per_area: bool
) -> None:
    """A device that hears everything writes only what the decision allows, and nothing of it is beyond."""
    written: list[UseFact] = []
    product = rules(rule, per_area=per_area)
    for number, (kind, quantity, day) in enumerate(sorted(moves, key=lambda move: move[2]), start=1):
        asked = Asked(product, bought, quantity, AreaNo(1), day, NOON, DAYS, ledger(*written))
        if kind is EXIT or next(usage_findings(asked), None) is None:
            written.append(use(number, kind=kind, quantity=quantity, day=day))
    assert conflicts(ledger(*written), product, bought) == ()


@given(RULES, st.integers(1, 3), MOVES)
def test_what_is_left_can_be_had_and_no_more(
    rule: UsageRule, bought: int, moves: list[tuple[UseKind, int, EventDay]]
) -> None:
    uses = ledger(*(use(n, kind=kind, quantity=quantity, day=day) for n, (kind, quantity, day) in enumerate(moves, 1)))

    def asked(quantity: int) -> Asked:
        return Asked(rules(rule), bought, quantity, AreaNo(1), TODAY, NOON, DAYS, uses)

    choice = choice_of(asked(1))
    left = min((n for n in (choice.left, choice.left_today) if n is not None), default=None)
    if left is not None:
        assert next(usage_findings(asked(left + 1)), None) is not None
        by_count = {"nothing_left", "already_today", "limit_today"}
        assert left == 0 or not {finding.reason.value for finding in usage_findings(asked(left))} & by_count


def test_two_bought_have_the_rule_twice_but_days_do_not_grow() -> None:
    limits = limits_of(AtMost(total=3, per_day=1, days=2), 2)
    assert (limits.total, limits.per_day, limits.days) == (6, 2, 2)
