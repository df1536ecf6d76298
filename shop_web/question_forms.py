"""Fields for what products ask, one set for each piece: what a form said, what is stored, what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from common.questions import (
    ANSWER_CHARACTERS_MAX,
    MAIL_CHARACTERS_MAX,
    AnswerFault,
    AskChoice,
    AskMail,
    AskNumber,
    AskText,
    kind_of,
)
from syncserver.services.catalogue import Product
from syncserver.services.purchase_questions import Given, ShopQuestion, faults_of
from syncserver.services.translations import Translator

OPTIONS_SHOWN_MAX = 7  # more of them are a list to open
LONG_CHARS = 120  # a text that may be longer gets several rows


@dataclass(frozen=True, slots=True)
class QuestionField:
    """One question about one piece."""

    name: str  # of the form's field
    question: ShopQuestion
    value: str
    fault: str  # a sentence; empty where nothing is wrong

    @property
    def kind(self) -> str:
        """How it is filled: the kind of the question, `list` where there are many options, `long` for a long text."""
        ask = self.question.question.ask
        if isinstance(ask, AskChoice) and not ask.several and len(ask.options) > OPTIONS_SHOWN_MAX:
            return "list"
        if isinstance(ask, AskText) and ask.characters_max > LONG_CHARS:
            return "long"
        return kind_of(ask)

    @property
    def chosen(self) -> list[str]:
        """The options that were taken."""
        return self.value.split(",")

    @property
    def chars_max(self) -> int:
        """How many characters the field takes."""
        ask = self.question.question.ask
        if isinstance(ask, AskText):
            return ask.characters_max
        return MAIL_CHARACTERS_MAX if isinstance(ask, AskMail) else 20

    @property
    def limits(self) -> tuple[int, int] | None:
        """Of a number."""
        ask = self.question.question.ask
        return (ask.least, ask.most) if isinstance(ask, AskNumber) else None


@dataclass(frozen=True, slots=True)
class Piece:
    """The fields of one piece; `of` pieces there are."""

    number: int
    of: int
    fields: tuple[QuestionField, ...]


def given_in(form: MultiDict[str, str], subject: int, product: Product, quantity: int) -> dict[tuple[int, str], str]:
    """What a form says about the pieces of a line; several options are joined as answers are."""
    asked = [(unit, one.key) for unit in range(1, quantity + 1) for one in product.questions]
    found = {(unit, key): form.getlist(_name(subject, unit, key)) for unit, key in asked}
    return {where: ",".join(one[:ANSWER_CHARACTERS_MAX] for one in values) for where, values in found.items()}


def pieces_of(
    words: Translator, subject: int, product: Product, quantity: int, given: Given, *, tells_faults: bool
) -> tuple[Piece, ...]:
    """The fields of a line, piece by piece; none where nothing is asked."""
    if not product.questions:
        return ()
    faults = faults_of(product.questions, quantity, given) if tells_faults else {}
    return tuple(
        Piece(unit, quantity, tuple(_field(words, subject, unit, one, given, faults) for one in product.questions))
        for unit in range(1, quantity + 1)
    )


def has_faults(pieces: Iterable[tuple[Piece, ...]]) -> bool:
    """Whether any field has something wrong in it."""
    return any(field.fault for of_line in pieces for piece in of_line for field in piece.fields)


def _name(subject: int, unit: int, key: str) -> str:
    return f"a-{subject}-{unit}-{key}"


def _field(
    words: Translator,
    subject: int,
    unit: int,
    question: ShopQuestion,
    given: Given,
    faults: Mapping[tuple[int, str], AnswerFault],
) -> QuestionField:
    where = (unit, question.key)
    said = _sentence(words, question, faults[where]) if where in faults else ""
    return QuestionField(_name(subject, unit, question.key), question, given.get(where, ""), said)


def _sentence(words: Translator, question: ShopQuestion, fault: AnswerFault) -> str:
    """What is wrong, and what to do."""
    ask = question.question.ask
    match fault, ask:
        case AnswerFault.MISSING, AskChoice(several=True):
            return words.text("Please choose at least one.")
        case AnswerFault.MISSING, AskChoice():
            return words.text("Please choose one.")
        case AnswerFault.MISSING, _:
            return words.text("Please answer this.")
        case AnswerFault.TOO_LONG, AskText(most):
            return words.text("That is too long: %(count)s characters at most.", count=most)
        case AnswerFault.NOT_A_NUMBER | AnswerFault.TOO_SMALL | AnswerFault.TOO_LARGE, AskNumber(least, most):
            return words.text("Please give a whole number from %(least)s to %(most)s.", least=least, most=most)
        case AnswerFault.NOT_A_DATE, _:
            return words.text("Please give a date.")
        case AnswerFault.NOT_A_TIME, _:
            return words.text("Please give a time of day, like 14:30.")
        case AnswerFault.NOT_A_MAIL, _:
            return words.text("Please check this e-mail address.")
    return words.text("Please choose one of what is offered.")
