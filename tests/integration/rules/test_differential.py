"""Kiosk, server and a naive reading of the design decide ten thousand random cases alike, outcome and reason.

The seed here is fixed; `python -m tests.support.differential --seed N` runs others.
"""

from __future__ import annotations

import pytest

from common.decision import Reason
from tests.support.differential.decides import NAMES
from tests.support.differential.run import Tally, run

pytestmark = pytest.mark.timeout(1200)  # 100 s of one core; a busy machine takes its time

SEED, EVENTS = 27, 9
CASES_MIN, EACH_MIN = 10_000, 50
RULES = NAMES | {"total_and_day_used_up"}

FOUND_OFTEN = {"ok", "proof_missing", "questions", "blocked", "not_bought", "wrong_point", "nothing_left"}
OF_A_PASS = {"malformed", "bad_signature", "revoked", "not_yet_valid", "expired"}


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(SEED, EVENTS)


def test_the_three_agree_on_every_case(tally: Tally) -> None:
    assert tally.disagreements == [], "\n".join(tally.disagreements[:5])


def test_there_are_ten_thousand_cases_and_each_reason_and_each_rule_decides_fifty(tally: Tally) -> None:
    """A rule decides a case if the answer would be another without it; that a product has it is not enough."""
    assert tally.cases >= CASES_MIN
    assert {str(reason): tally.reasons[reason] for reason in Reason if tally.reasons[reason] < EACH_MIN} == {}
    assert {rule: tally.rules[rule] for rule in sorted(RULES) if tally.rules[rule] < EACH_MIN} == {}


def test_tickets_found_by_name_are_among_them_and_refused_asked_about_and_let_in(tally: Tally) -> None:
    """Found at a point with badge and PIN; no pass was read, so what only a pass can be is no reason."""
    assert tally.found.total() >= EACH_MIN * 10
    often = {reason for reason, count in tally.found.items() if count >= EACH_MIN // 10}
    assert often >= FOUND_OFTEN
    assert not OF_A_PASS & {reason for reason, count in tally.found.items() if count}


def test_some_of_the_admissions_were_written(tally: Tally) -> None:
    assert tally.written >= EACH_MIN
