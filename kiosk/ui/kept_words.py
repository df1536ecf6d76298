"""What was answered at the purchase, in the operator's words: "Meal: vegetarian". No Kivy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from common.unbroken import UNBROKEN
from kiosk.shown import AnswerShown, QuestionKind
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Line, Weight

_YES_NO = frozenset({"yes", "no"})


def kept_lines(kept: Iterable[AnswerShown], texts: Texts) -> Iterator[Line]:
    """A line for each question, however many pieces were answered for."""
    for _, group in groupby(kept, key=lambda one: one.question):
        answers = list(group)
        name = texts.name(answers[0].names)
        said = ", ".join(_counted(one, texts, is_alone=len(answers) == 1) for one in answers)
        yield Line(_line(name, said, texts), Weight.STRONG)


def _line(name: str, said: str, texts: Texts) -> str:
    return texts.pair(name, said) if name else said


def _counted(one: AnswerShown, texts: Texts, *, is_alone: bool) -> str:
    said = _said(one, texts)
    return said if is_alone else f"{one.units}{UNBROKEN}× {said}"


def _said(one: AnswerShown, texts: Texts) -> str:
    match one.kind:
        case QuestionKind.CHOICE:
            return ", ".join(texts.name(names) or key for key, names in one.options)
        case QuestionKind.YES_NO if one.answer in _YES_NO:
            return texts(one.answer)
        case QuestionKind.DATE:
            return _day(one.answer, texts)
    return one.answer


def _day(answer: str, texts: Texts) -> str:
    try:
        return texts.day(date.fromisoformat(answer))
    except ValueError:
        return answer
