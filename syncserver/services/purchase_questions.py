"""Questions of products that are asked in the shop, in one language, and answers in words."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row

from common.questions import (
    YES,
    AnswerFault,
    Ask,
    AskChoice,
    AskDate,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    Question,
    UnknownAsk,
    answer_fault,
)
from syncserver.services.event_words import EventWords
from syncserver.services.translations import Translator

AnyRow = Row[*tuple[Any, ...]]
Given = Mapping[tuple[int, str], str]  # (piece, question's key) -> answer


@dataclass(frozen=True, slots=True)
class ShopQuestion:
    """A question in one language; `label` is what its answer is called."""

    question: Question
    text: str
    label: str
    options: tuple[tuple[str, str], ...]  # (key, name) of a choice

    @property
    def key(self) -> str:
        """Its key, unique within its product."""
        return self.question.key

    def said(self, answer: str, words: Translator) -> str:
        """An answer as people read it."""
        match self.question.ask:
            case AskChoice():
                names = dict(self.options)
                return ", ".join(names.get(one, one) for one in answer.split(","))
            case AskYesNo():
                return words.text("yes") if answer == YES else words.text("no")
            case AskDate() if answer_fault(self.question, answer) is None:
                return words.day(date.fromisoformat(answer))
        return answer


def by_product(rows: Iterable[AnyRow]) -> Mapping[int, Sequence[AnyRow]]:
    """Rows of questions by their product's number."""
    found = defaultdict(list)
    for row in rows:
        found[row.product_no].append(row)
    return found


def question_of(row: AnyRow, product_key: str, words: EventWords) -> ShopQuestion:
    """A row of `questions` in words."""
    plain, path = json.loads(row.ask), f"{product_key}/{row.key}"
    keys = [one["key"] for one in plain.get("options", ())]
    text = words.get("question", path, "text")
    return ShopQuestion(
        question=Question(row.key, _ask(plain, tuple(keys)), row.is_required),
        text=text,
        label=words.get("question", path, "label") or text,
        options=tuple((key, words.get("option", f"{path}/{key}", "name")) for key in keys),
    )


def faults_of(questions: Iterable[ShopQuestion], quantity: int, given: Given) -> dict[tuple[int, str], AnswerFault]:
    """What is wrong with the answers for so many pieces, piece by piece."""
    asked = [(unit, one.question) for unit in range(1, quantity + 1) for one in questions]
    found = {(unit, one.key): answer_fault(one, given.get((unit, one.key), "")) for unit, one in asked}
    return {where: fault for where, fault in found.items() if fault is not None}


def tidied(questions: Iterable[ShopQuestion], quantity: int, given: Given) -> dict[tuple[int, str], str]:
    """The answers that will do, to questions that are asked, without blanks around them."""
    asked = [(unit, one.question) for unit in range(1, quantity + 1) for one in questions]
    found = [((unit, one.key), one, given.get((unit, one.key), "").strip()) for unit, one in asked]
    return {where: answer for where, one, answer in found if answer and answer_fault(one, answer) is None}


def _ask(plain: Mapping[str, Any], keys: tuple[str, ...]) -> Ask:
    """The kind of question as the event's rows have it."""
    match plain["kind"]:
        case "AskText":
            return AskText(plain["max_chars"])
        case "AskNumber":
            return AskNumber(plain["least"], plain["most"])
        case "AskYesNo":
            return AskYesNo()
        case "AskChoice":
            return AskChoice(keys, plain["several"])
        case "AskDate":
            return AskDate()
        case "AskTime":
            return AskTime()
        case "AskMail":
            return AskMail()
    return UnknownAsk(str(plain["kind"]))
