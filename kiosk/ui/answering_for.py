"""What a person answers for at one guest: it holds while that guest is decided about, and is gone with the next."""

from __future__ import annotations

from dataclasses import replace

from common.decide import SUPERVISING
from common.decision import Outcome, Reason, Request, Verdict
from kiosk.shown import Shown, StatusShown
from kiosk.ui.desk import Desk
from kiosk.ui.presenter import present
from kiosk.ui.views import BadgeAsked


def who_answers(reason: Reason, status: StatusShown | None) -> tuple[BadgeAsked, frozenset[str]]:
    """Whose badge and PIN are asked for, and which roles help: as the decision allows it."""
    point = None if status is None else status.point
    if reason is Reason.UNPAID and point is not None and point.may_override_unpaid:
        return BadgeAsked.TO_LET_IN_UNPAID, frozenset()
    return BadgeAsked.TO_OVERRIDE, SUPERVISING


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


def keep_asking(desk: Desk, overridden: Reason | None, told: str, *, is_elsewhere: bool) -> None:
    """Somebody else answers from now on: what is asked, or was refused, stays, with what they may do beside it.

    `is_elsewhere`: the keypad is shown, by which they took over; what is asked comes back.
    """
    shown, before = desk.shown, desk.picture
    if shown is not None and before is not None:
        picture = replace(present(shown, replace(desk.setting(), overriding=overridden)), auto_advance_s=None)
        if is_elsewhere:
            desk.picture = picture
            desk.view.show_picture(picture)
        elif picture.buttons != before.buttons:
            desk.picture = picture
            desk.view.show_anew(picture)
            desk.view.refresh()
    desk.view.show_cue(told)
