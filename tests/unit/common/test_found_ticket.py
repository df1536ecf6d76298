"""The decision about a ticket found by name: no code was read, so badge and PIN answer for who it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.bodies import Flag
from common.decision import FoundTicket, Outcome, Reason
from common.facts import Standing
from tests.support.fact_worlds import TICKET
from tests.support.scans import GATE, NOON, SUPERVISOR, TODAY, Scene, ledger, use

FOUND = Scene(scan=FoundTicket(TICKET), request=SUPERVISOR)


def test_it_is_admitted_with_badge_and_pin_and_flagged() -> None:
    verdict = FOUND.verdict()
    assert (verdict.outcome, verdict.day) == (Outcome.ADMIT, TODAY)
    assert Flag.FOUND_BY_NAME in verdict.flags


@pytest.mark.parametrize(
    ("scene", "outcome", "reason"),
    [
        (FOUND.asking(badge_and_pin=False), Outcome.ASK, Reason.PROOF_MISSING),
        (
            replace(FOUND.asking(badge_and_pin=False), point=replace(GATE, unattended=True)),
            Outcome.REFUSE,
            Reason.PROOF_MISSING,
        ),
        (replace(FOUND, view=None), Outcome.REFUSE, Reason.UNKNOWN_TICKET),
        (FOUND.viewing(blocked=True), Outcome.REFUSE, Reason.BLOCKED),
        (FOUND.viewing(cancelled=True), Outcome.REFUSE, Reason.CANCELLED),
        (replace(FOUND, uses=ledger(use())), Outcome.REFUSE, Reason.NOTHING_LEFT),
        (replace(FOUND, uses=ledger(use(generation=9))), Outcome.REFUSE, Reason.SUPERSEDED),
        (replace(FOUND, uses=ledger(use(standing=Standing.CLAIMED))), Outcome.ASK, Reason.PROOF_MISSING),
        (replace(FOUND, now_ms=NOON + 400 * 86_400_000), Outcome.ADMIT, Reason.OK),
    ],
    ids=["no pin", "unattended", "unknown", "blocked", "cancelled", "used", "newer holder", "claimed use", "no times"],
)
def test_everything_that_stops_a_pass_stops_it_too_but_the_times_of_a_pass(
    scene: Scene, outcome: Outcome, reason: Reason
) -> None:
    verdict = scene.verdict()
    assert (verdict.outcome, verdict.reason) == (outcome, reason)
