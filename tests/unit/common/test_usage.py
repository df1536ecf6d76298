"""Questions to a ledger: counts, who is inside, and which uses are one too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.facts import Standing, UseFact, UseKind
from common.ids import AreaNo, EventDay
from common.leaving import LEAVING, leaving, leaving_marks
from common.marks import for_people, total_of
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, ProductRules, Quantity, Unlimited, UsageRule
from common.usage import admissions, counts_by_day, earlier_use, inside, limits_of, proven, quantity_of
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


def out(number: int, quantity: int = 1) -> UseFact:
    return use(number, kind=EXIT, flags=leaving_marks(quantity))


@pytest.mark.parametrize(
    ("bought", "uses", "count"),
    [
        (1, (), 0),
        (1, (use(1),), 1),
        (1, (use(1, kind=OVERRIDE),), 1),
        (1, (use(1), out(2)), 0),
        (1, (use(1), out(2), use(3)), 1),
        (1, (use(1, day=YESTERDAY),), 0),
        (1, (use(1, area=AreaNo(2)),), 0),
        (1, (use(1), use(2, kind=EXIT, area=AreaNo(2))), 1),
        (4, (use(1, quantity=3),), 3),
        (4, (use(1, quantity=3), use(2)), 4),
        (4, (use(1, quantity=4), out(2)), 3),
        (4, (use(1, quantity=4), out(2, 3)), 1),
        (4, (use(1, quantity=2), out(2, 3), use(3)), 1),
        (4, (use(1, quantity=4), use(2, quantity=2, kind=OVERRIDE), out(3)), 3),
        (1, (use(1), use(2, kind=OVERRIDE), out(3)), 0),
        (2, (out(1), use(2, quantity=2)), 2),
    ],
)
def test_as_many_are_inside_as_came_in_to_this_area_on_this_day_and_did_not_leave(
    bought: int, uses: tuple[UseFact, ...], count: int
) -> None:
    found = inside(uses, ENTRY, AreaNo(1), TODAY, bought)
    assert found.count == count
    assert (found.entered is not None) is (count > 0)


@given(st.integers(1, 999))
def test_an_exit_says_how_many_leave_and_to_who_cannot_read_it_that_somebody_does(quantity: int) -> None:
    marks = leaving_marks(quantity)
    assert leaving(marks) == quantity
    assert leaving((1, 64, 1_004, 2_004, *marks)) == quantity
    assert for_people((4, *marks)) == (4,)
    assert total_of(marks) is None
    assert leaving(()) == 1


def test_of_two_numbers_of_one_exit_the_lower_holds() -> None:
    assert leaving((LEAVING + 4, LEAVING + 2)) == 2


def test_only_proven_uses_are_left_of_a_ledger() -> None:
    claimed = use(2, standing=Standing.CLAIMED)
    assert proven(ledger(use(1), claimed, use(3, standing=Standing.UNPROVEN))) == ledger(use(1))


def test_an_earlier_use_has_the_time_redates_give_it() -> None:
    assert earlier_use(ledger(use(1)), use(1)).time_ms == use(1).time_ms


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


def is_within(rule: UsageRule, bought: int, uses: list[UseFact]) -> bool:
    """Whether these uses are no more than a rule gives for so many, counted one by one."""
    came = [one for one in uses if one.kind is not EXIT]
    per_day = {day: sum(one.quantity for one in came if one.day == day) for day in (YESTERDAY, TODAY)}
    within = [all(one.quantity <= bought for one in came)]
    match rule:
        case Once() | Quantity(None):
            within.append(sum(per_day.values()) <= bought)
        case Quantity(int(limit)):
            within += [sum(per_day.values()) <= bought, max(per_day.values()) <= limit]
        case OncePerDay():
            within.append(max(per_day.values()) <= bought)
        case AtMost(total, limit, days):
            within.append(total is None or sum(per_day.values()) <= total * bought)
            within.append(limit is None or max(per_day.values()) <= limit * bought)
            within.append(days is None or sum(count > 0 for count in per_day.values()) <= days)
        case InOut():
            within += [most_inside(uses, day) <= bought for day in per_day]
    return all(within)


def most_inside(uses: list[UseFact], day: EventDay) -> int:
    """The most persons that were inside at once."""
    counts, count = [0], 0
    for one in uses:
        if one.day == day:
            count = max(0, count - leaving(one.flags)) if one.kind is EXIT else count + one.quantity
            counts.append(count)
    return max(counts)


@given(RULES, st.integers(1, 4), MOVES, st.booleans())
def test_who_decides_with_full_knowledge_gives_no_more_than_the_rule(
    rule: UsageRule, bought: int, moves: list[tuple[UseKind, int, EventDay]], per_area: bool
) -> None:
    """A device that hears everything writes only what the decision allows, and nothing of it is beyond."""
    written: list[UseFact] = []
    product = rules(rule, per_area=per_area)
    for number, (kind, quantity, day) in enumerate(sorted(moves, key=lambda move: move[2]), start=1):
        asked = Asked(product, bought, quantity, AreaNo(1), day, NOON, DAYS, ledger(*written))
        if kind is EXIT:
            written.append(use(number, kind=kind, day=day, flags=leaving_marks(quantity)))
        elif next(usage_findings(asked), None) is None:
            written.append(use(number, kind=kind, quantity=quantity, day=day))
        assert is_within(rule, bought, written)


@given(RULES, st.integers(1, 3), MOVES)
def test_what_is_left_can_be_had_and_no_more(
    rule: UsageRule, bought: int, moves: list[tuple[UseKind, int, EventDay]]
) -> None:
    uses = ledger(*(use(n, kind=kind, quantity=quantity, day=day) for n, (kind, quantity, day) in enumerate(moves, 1)))
    counted = {"nothing_left", "already_today", "limit_today", "already_inside"}

    def asked(quantity: int) -> Asked:
        return Asked(rules(rule), bought, quantity, AreaNo(1), TODAY, NOON, DAYS, uses)

    choice = choice_of(asked(1))
    left = min((n for n in (choice.left, choice.left_today) if n is not None), default=None)
    if left is not None:
        assert next(usage_findings(asked(left + 1)), None) is not None
        at_most = min(left, bought)  # whatever a rule leaves, no more come at once than were bought
        assert left == 0 or not {finding.reason.value for finding in usage_findings(asked(at_most))} & counted


def test_two_bought_have_the_rule_twice_but_days_do_not_grow() -> None:
    limits = limits_of(AtMost(total=3, per_day=1, days=2), 2)
    assert (limits.total, limits.per_day, limits.days) == (6, 2, 2)
