"""What a person answers for at one guest: it holds while that guest is decided about, and is gone with the next."""

from __future__ import annotations

from dataclasses import replace

from common.decision import Outcome, Reason, Request, Verdict
from kiosk.shown import Shown


def overriding(request: Request, reason: Reason | None, why: str) -> Request:
    """The request with this reason answered for too; why is kept of each, with the reason from the second on."""
    if reason is None or request.override in (None, reason):
        return replace(request, override=reason, override_why=why)
    before = tuple(dict.fromkeys((*request.answered_for, request.override)))
    said = f"{request.override_why}; {reason.value}: {why}"
    return replace(request, override=reason, override_why=said, answered_for=before)


def held_on_to(request: Request, shown: Shown) -> Request:
    """What goes with the next touch: after a question or another refusal all of it, else no override any more."""
    if isinstance(shown.verdict, Verdict) and shown.verdict.outcome is not Outcome.ADMIT:
        return request
    return replace(request, override=None, override_why="", answered_for=())
