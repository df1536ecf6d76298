"""Kiosk, server and a naive reading of the design decide ten thousand random cases alike, outcome and reason.

The seed here is fixed; `python -m tests.support.differential --seed N` runs others.
"""

from __future__ import annotations

import pytest

from common.decision import Reason
from tests.support.differential.run import Tally, run

pytestmark = pytest.mark.timeout(1200)  # 100 s of one core; a busy machine takes its time

SEED, EVENTS = 17, 11
CASES_MIN, EACH_MIN = 10_000, 50
RULES = {
    *("Once", "OncePerDay", "InOut", "Unlimited", "AtMost", "Quantity", "UnknownRule"),
    *("AtMost.total", "AtMost.per_day", "AtMost.days", "Quantity.per_day"),
    *("windows", "first_windows", "later_windows", "min_gap_minutes", "first_use_minutes", "per_area", "lane"),
    *("AskText", "AskNumber", "AskYesNo", "AskChoice", "AskDate", "AskTime", "AskMail", "required", "optional"),
    *("attention", "offline", "needs_paid", "point_windows", "view_age", "unattended", "override_unpaid"),
    *("offline_accept", "offline_ask", "offline_refuse", "confirm_auto", "confirm_confirm"),
    *("purchase_put", "purchase_kept", "purchase_unattended"),
    *("point_gate", "point_stand", "exit", "typed", "total_and_day_used_up", "redated"),
}


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(SEED, EVENTS)


def test_the_three_agree_on_every_case(tally: Tally) -> None:
    assert tally.disagreements == [], "\n".join(tally.disagreements[:5])


def test_there_are_ten_thousand_cases_with_each_reason_and_each_rule_fifty_times(tally: Tally) -> None:
    assert tally.cases >= CASES_MIN
    assert {str(reason): tally.reasons[reason] for reason in Reason if tally.reasons[reason] < EACH_MIN} == {}
    assert {rule: tally.rules[rule] for rule in sorted(RULES) if tally.rules[rule] < EACH_MIN} == {}


def test_some_of_the_admissions_were_written(tally: Tally) -> None:
    assert tally.written >= EACH_MIN
