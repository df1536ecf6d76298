"""Which questions are put at a point: those of the use, what the purchase has left open, how many of a party there are.

A required question of the purchase that has no answer here (the pass was issued without one, the question is newer, the
holder's data was not opened) is put like one of the use, but only where somebody stands: at an unattended point a
missing answer refuses nobody. It is put at the first use, and at each use of what is used up piece by piece. Optional
ones are never put again.
"""

from __future__ import annotations

from common.decision import Choice, Finding, Place, Reason, Request
from common.questions import Question, UnknownAsk, open_questions
from common.rules import PointKind, PointRules, ProductRules, Quantity


def questions_to_put(rules: ProductRules, request: Request, *, is_attended: bool, is_used: bool) -> Finding | None:
    """A required question wants an answer that will do; others may be passed by a word or by answering the rest."""
    passed = request.confirmed or bool(request.answers)
    is_due = is_attended and (not is_used or isinstance(rules.usage, Quantity))
    asked = (*rules.questions, *(left_open(rules, request) if is_due else ()))
    if not asked:
        return Finding(Reason.QUESTIONS) if rules.asks_questions and not passed else None
    # A kind nobody here can put has made the rules unevaluable; who answers for that need not answer it too.
    put = (one for one in asked if not isinstance(one.ask, UnknownAsk))
    found = open_questions(put, request.answers, optional_passed=passed)
    return Finding(Reason.QUESTIONS, questions=found) if found else None


def left_open(rules: ProductRules, request: Request) -> tuple[Question, ...]:
    """Required questions of the purchase to which nothing was answered, of whichever unit."""
    answered = {one.question for one in request.kept if one.product == rules.product}
    return tuple(one for one in rules.purchase_questions if one.required and one.key not in answered)


def is_number_open(point: PointRules, request: Request, choice: Choice | None) -> bool:
    """Whether several may pass a gate at once, nobody has said how many do, and somebody stands there to say it."""
    is_asked = request.asks_how_many and point.kind is PointKind.GATE and not point.unattended
    return is_asked and choice is not None and choice.expected > 1


def needs_kept(place: Place, request: Request) -> bool:
    """Whether the answers of the purchase bear on the decision: something that could be used here was asked about.

    With an override, for the wrong point say, that may be what the point does not serve.
    """
    usable = place.products if request.override or request.answered_for else place.point.serves
    return any(product in place.products and place.products[product].purchase_questions for product in usable)
