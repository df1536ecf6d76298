"""A ticket that became another product: its uses count as uses of what it is, whichever of the two the judge knows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.became import as_one_product
from common.decision import Direction, Ledger, Outcome, Reason, TicketView, VerifiedPass
from common.facts import EntitleFact, IssueFact, UseFact, UseKind
from common.ids import Cause, CodeHash, ProductNo, TicketId
from common.rules import AtMost, InOut, Once, OncePerDay, ProductKind, ProductRules, UsageRule
from common.ticket_view import AboutTicket, view_of
from tests.support.fact_worlds import device, ref_of
from tests.support.scans import (
    ENTRY,
    ENTRY_RULES,
    HOUR_MS,
    NOON,
    PASS,
    SHIRT,
    SHIRT_RULES,
    TODAY,
    VIEW,
    Scene,
    ledger,
    use,
)

DAYS = ProductNo(90)  # what ENTRY, good once, was changed into
CHANGED_MS = NOON - HOUR_MS // 2
OLD, NEW = PASS, replace(PASS, product=DAYS, signed_s=CHANGED_MS // 1000 + 1)
UNHEARD, HEARD = VIEW, replace(VIEW, product=DAYS, product_ms=CHANGED_MS, formers=(ENTRY,))
YESTERDAY = {"day": TODAY - 1, "time_ms": NOON - 24 * HOUR_MS}


def scene(scan: VerifiedPass, view: TicketView | None, days: UsageRule, *uses: UseFact) -> Scene:
    """At a gate that serves both."""
    rules = (ENTRY_RULES, SHIRT_RULES, ProductRules(DAYS, ProductKind.TICKET, days))
    return Scene(scan, view, ledger(*uses), products=rules).at_point(serves=(ENTRY, DAYS))


def reason(scan: VerifiedPass, view: TicketView | None, days: UsageRule, *uses: UseFact) -> Reason:
    return scene(scan, view, days, *uses).verdict().reason


@pytest.mark.parametrize(
    ("scan", "view", "product"),
    [
        (OLD, UNHEARD, ENTRY),
        (NEW, UNHEARD, DAYS),
        (OLD, HEARD, DAYS),
        (NEW, HEARD, DAYS),
        (NEW, None, DAYS),
        (OLD, None, ENTRY),
    ],
    ids=["old unheard", "new unheard", "old heard", "new heard", "new, nothing heard", "old, nothing heard"],
)
def test_the_newer_of_pass_and_statement_says_what_the_ticket_is(
    scan: VerifiedPass, view: TicketView | None, product: ProductNo
) -> None:
    verdict = scene(scan, view, OncePerDay()).verdict()
    assert (verdict.outcome, verdict.product) == (Outcome.ADMIT, product)


TODAY_USED, BEFORE = use(1), use(1, **YESTERDAY)


@pytest.mark.parametrize(
    ("days", "used", "expected"),
    [
        (OncePerDay(), TODAY_USED, Reason.ALREADY_TODAY),
        (OncePerDay(), BEFORE, Reason.OK),
        (InOut(), TODAY_USED, Reason.ALREADY_INSIDE),
        (InOut(), BEFORE, Reason.OK),
        (Once(), BEFORE, Reason.NOTHING_LEFT),
        (AtMost(days=2), BEFORE, Reason.OK),
        (AtMost(days=1), BEFORE, Reason.DAYS_USED_UP),
        (AtMost(total=4, per_day=1), TODAY_USED, Reason.LIMIT_TODAY),
        (AtMost(total=1), BEFORE, Reason.NOTHING_LEFT),
    ],
)
@pytest.mark.parametrize(("scan", "view"), [(NEW, UNHEARD), (OLD, HEARD), (NEW, HEARD), (NEW, None)])
def test_a_day_used_with_the_old_pass_is_used_for_what_the_ticket_became(
    scan: VerifiedPass, view: TicketView | None, days: UsageRule, used: UseFact, expected: Reason
) -> None:
    assert reason(scan, view, days, used) is expected


@pytest.mark.parametrize("view", [UNHEARD, None])
def test_a_use_of_the_new_pass_uses_up_the_old_one_where_the_change_was_not_heard(view: TicketView | None) -> None:
    assert reason(OLD, view, OncePerDay(), use(1, product=DAYS)) is Reason.NOTHING_LEFT


def test_who_went_in_with_one_goes_out_with_the_other() -> None:
    inside = scene(NEW, HEARD, InOut(), use(1)).asking(direction=Direction.OUT)
    assert (inside.verdict().reason, inside.verdict().flags) == (Reason.OK, ())
    out = use(2, product=DAYS, kind=UseKind.EXIT, time_ms=NOON - HOUR_MS // 4)
    assert reason(NEW, HEARD, InOut(), use(1), out) is Reason.OK


def test_items_are_counted_as_before() -> None:
    handed = use(1, product=SHIRT)
    held = scene(NEW, HEARD, OncePerDay(), handed)
    assert held.verdict().reason is Reason.OK
    shirts = held.at_point(serves=(SHIRT,)).asking(product=SHIRT).verdict()
    assert [(one.product, one.left) for one in shirts.choices] == [(SHIRT, 2)]


def test_a_gap_counts_from_a_use_of_before() -> None:
    gap = scene(NEW, HEARD, OncePerDay(), BEFORE).ruled(DAYS, min_gap_minutes=25 * 60)
    assert gap.verdict().reason is Reason.TOO_SOON


def test_a_ledger_without_such_uses_stays_the_same_object() -> None:
    own = ledger(use(1), use(2, product=SHIRT))
    assert as_one_product(OLD, UNHEARD, own, {ENTRY: ENTRY_RULES, SHIRT: SHIRT_RULES}, {ENTRY, SHIRT}) is own
    assert as_one_product(NEW, UNHEARD, Ledger(), {}, {DAYS}) == Ledger()
    both = as_one_product(NEW, HEARD, own, {}, {DAYS, ENTRY})
    assert both is own, "a right of its own beside the ticket's counts by itself"


# --- the statements ---------------------------------------------------------------------------------

TICKET = TicketId(b"ticket-1")


def issue(number: int, product: ProductNo, time_ms: int, items: tuple[tuple[ProductNo, int], ...] = ()) -> IssueFact:
    code, cause = CodeHash(b"code-hash-12"), Cause(bytes([number]) * 16)
    return IssueFact(ref_of(device(9), number), TICKET, cause, code, 0, product, items, paid=True, time_ms=time_ms)


def test_issued_once_more_it_is_the_new_product_with_all_its_items_and_the_same_code() -> None:
    first, later = issue(1, ENTRY, 1_000, ((SHIRT, 2),)), issue(2, DAYS, 5_000)
    before, after = view_of(TICKET, [first]), view_of(TICKET, [first, later])
    assert before is not None
    assert after == replace(before, product=DAYS, product_ms=5_000, formers=(ENTRY,))
    assert view_of(TICKET, [later, first]) == after


@given(st.permutations(range(6)), st.lists(st.integers(0, 5), max_size=6))
def test_the_latest_issue_says_what_the_ticket_is_whatever_the_order_and_repetition(
    order: list[int], again: list[int]
) -> None:
    """Equal sets of statements give equal views, as every kiosk must have."""
    grant = EntitleFact(ref_of(device(9), 40), TICKET, Cause(b"g" * 16), SHIRT, 1, 2_500)
    products = [ENTRY, DAYS, ProductNo(91), ENTRY, DAYS]
    facts: list[AboutTicket] = [issue(at + 1, product, 1_000 * at) for at, product in enumerate(products)]
    facts.append(grant)
    view = view_of(TICKET, [facts[at] for at in (*order, *again)])
    assert view is not None
    assert (view.product, view.product_ms, view.formers) == (DAYS, 4_000, (ENTRY, ProductNo(91)))
    assert (view.generation, view.past_codes, view.items) == (0, (), ((SHIRT, 1),))
