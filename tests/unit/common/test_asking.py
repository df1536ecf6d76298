"""What the purchase left open is asked where somebody stands, once, and never refuses anybody at a turnstile."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.asking import questions_to_put
from common.decision import Reason, Request
from common.ids import ProductNo
from common.kept_answers import KeptAnswer
from common.questions import AskText, Question, UnknownAsk
from common.rules import Once, ProductKind, ProductRules, Quantity

LUNCH, OTHER = ProductNo(3), ProductNo(4)
DISH, NUTS = Question("dish", AskText(40)), Question("nuts", AskText(40), required=False)
AT_USE = Question("size", AskText(40))
RULES = ProductRules(LUNCH, ProductKind.ITEM, Once(), purchase_questions=(DISH, NUTS))
PIECES = replace(RULES, usage=Quantity())
BOTH = replace(RULES, questions=(AT_USE,), asks_questions=True)
STRANGE = replace(RULES, purchase_questions=(Question("scent", UnknownAsk("scent")),))
KEPT = Request(kept=(KeptAnswer(LUNCH, 1, "dish", "meat"),))
OF_ANOTHER = Request(kept=(KeptAnswer(OTHER, 1, "dish", "meat"),))
ANSWERED = Request(answers=(("dish", "meat"),))
WRONG = Request(answers=(("dish", "x" * 41),))

CASES: dict[str, tuple[ProductRules, Request, bool, bool, list[str]]] = {
    # rules, request, attended, used before -> keys of what is put
    "no answer where somebody stands": (RULES, Request(), True, False, ["dish"]),
    "no answer at a turnstile": (RULES, Request(), False, False, []),
    "answered at the purchase": (RULES, KEPT, True, False, []),
    "answered about another product": (RULES, OF_ANOTHER, True, False, ["dish"]),
    "answered here": (RULES, ANSWERED, True, False, []),
    "answered here, but it will not do": (RULES, WRONG, True, False, ["dish"]),
    "a word does not pass it": (RULES, Request(confirmed=True), True, False, ["dish"]),
    "used before": (RULES, Request(), True, True, []),
    "pieces, used before": (PIECES, Request(), True, True, ["dish"]),
    "pieces at a turnstile": (PIECES, Request(), False, True, []),
    "with a question of the use": (BOTH, Request(), True, False, ["size", "dish"]),
    "a question of the use, the other kept": (BOTH, KEPT, True, False, ["size"]),
    "a question of the use at a turnstile": (BOTH, Request(), False, False, ["size"]),
    "a kind nobody can put": (STRANGE, Request(), True, False, []),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_put(name: str) -> None:
    rules, request, is_attended, is_used, put = CASES[name]
    found = questions_to_put(rules, request, is_attended=is_attended, is_used=is_used)
    assert (None if found is None else [one.question.key for one in found.questions]) == (put or None)
    assert found is None or found.reason is Reason.QUESTIONS
