"""Questions at a point: typed and closed, their answers checked by the same code on kiosk and server.

An answer is a text: digits for a number, `yes` or `no`, an option's key (several joined by commas), `2028-07-06`,
`14:30`, a mail address. An empty answer skips a question that need not be answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Final, TypeAlias

ANSWER_CHARACTERS_MAX: Final = 500
MAIL_CHARACTERS_MAX: Final = 254
YES, NO = "yes", "no"

_NUMBER = re.compile(r"[+-]?[0-9]{1,12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}")
_MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


@dataclass(frozen=True, slots=True)
class AskText:
    """Free text of one line or more."""

    characters_max: int = ANSWER_CHARACTERS_MAX


@dataclass(frozen=True, slots=True)
class AskNumber:
    """A whole number within limits, both included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class AskYesNo:
    """Yes or no."""


@dataclass(frozen=True, slots=True)
class AskChoice:
    """One of the options, or several of them, by their keys."""

    options: tuple[str, ...]
    several: bool = False


@dataclass(frozen=True, slots=True)
class AskDate:
    """A calendar date."""


@dataclass(frozen=True, slots=True)
class AskTime:
    """A time of day."""


@dataclass(frozen=True, slots=True)
class AskMail:
    """A mail address."""


@dataclass(frozen=True, slots=True)
class UnknownAsk:
    """A kind this version does not know: the product's rules cannot be evaluated here."""

    name: str


Ask: TypeAlias = AskText | AskNumber | AskYesNo | AskChoice | AskDate | AskTime | AskMail | UnknownAsk


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked when a product is used. Its words stand in the catalogue."""

    key: str
    ask: Ask
    required: bool = True


class AnswerFault(StrEnum):
    """Why an answer is none."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_YES_OR_NO = "not_yes_or_no"
    NO_SUCH_CHOICE = "no_such_choice"
    ONE_CHOICE_ONLY = "one_choice_only"
    NOT_A_DATE = "not_a_date"
    NOT_A_TIME = "not_a_time"
    NOT_A_MAIL = "not_a_mail"
    UNKNOWN_KIND = "unknown_kind"


_NOT: Final = {
    AskDate: AnswerFault.NOT_A_DATE,
    AskTime: AnswerFault.NOT_A_TIME,
    AskMail: AnswerFault.NOT_A_MAIL,
}


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that must still be put, and what was wrong with the answer there was (None: there was none)."""

    question: Question
    fault: AnswerFault | None = None


Answers: TypeAlias = Sequence[tuple[str, str]]  # (question's key, answer)


def answer_fault(question: Question, answer: str) -> AnswerFault | None:
    """What is wrong with an answer; None where it will do. Blanks around it do not count."""
    text = answer.strip()
    if not text:
        return AnswerFault.MISSING if question.required else None
    if len(text) > ANSWER_CHARACTERS_MAX:
        return AnswerFault.TOO_LONG
    match question.ask:
        case AskText(most):
            return AnswerFault.TOO_LONG if len(text) > most else None
        case AskNumber():
            return _number_fault(question.ask, text)
        case AskYesNo():
            return None if text in (YES, NO) else AnswerFault.NOT_YES_OR_NO
        case AskChoice():
            return _choice_fault(question.ask, text)
        case UnknownAsk():
            return AnswerFault.UNKNOWN_KIND
    return None if _is_well_formed(question.ask, text) else _NOT[type(question.ask)]


def open_questions(
    questions: Iterable[Question], answers: Answers, *, optional_passed: bool
) -> tuple[OpenQuestion, ...]:
    """The questions to put: without an answer, or with one that will not do; none if all is settled.

    A required one stays until it is answered. One that is not required is put once: an empty answer skips it, and so
    does `optional_passed`. Where anything must be put, all that is unanswered is, so that people are asked once.
    """
    given = dict(answers)
    found = tuple(one for question in questions if (one := _open(question, given)) is not None)
    must = any(one.question.required or one.fault is not None for one in found)
    return found if must or not optional_passed else ()


def accepted_answers(questions: Iterable[Question], answers: Answers) -> tuple[tuple[str, str], ...]:
    """Answers to these questions that will do, in the questions' order; skipped ones are left out."""
    given = dict(answers)
    kept = [(one, given.get(one.key, "").strip()) for one in questions]
    return tuple((one.key, text) for one, text in kept if text and answer_fault(one, text) is None)


def _open(question: Question, given: dict[str, str]) -> OpenQuestion | None:
    answer = given.get(question.key)
    if answer is None:
        return OpenQuestion(question)
    fault = answer_fault(question, answer)
    return None if fault is None else OpenQuestion(question, fault)


def _is_well_formed(ask: AskDate | AskTime | AskMail, text: str) -> bool:
    match ask:
        case AskDate():
            return bool(_DATE.fullmatch(text)) and _is_parsed(date, text)
        case AskTime():
            return bool(_TIME.fullmatch(text)) and _is_parsed(time, text)
        case AskMail():
            return len(text) <= MAIL_CHARACTERS_MAX and bool(_MAIL.fullmatch(text))


def _number_fault(ask: AskNumber, text: str) -> AnswerFault | None:
    if not _NUMBER.fullmatch(text):
        return AnswerFault.NOT_A_NUMBER
    number = int(text)
    if number < ask.least:
        return AnswerFault.TOO_SMALL
    return AnswerFault.TOO_LARGE if number > ask.most else None


def _choice_fault(ask: AskChoice, text: str) -> AnswerFault | None:
    chosen = [one.strip() for one in text.split(",")]
    if any(one not in ask.options for one in chosen) or len(set(chosen)) < len(chosen):
        return AnswerFault.NO_SUCH_CHOICE
    return None if ask.several or len(chosen) == 1 else AnswerFault.ONE_CHOICE_ONLY


def _is_parsed(kind: type[date | time], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


# --- as a list of plain values, as the catalogue has it -------------------------------------------------


def ask_to_list(ask: Ask) -> list[str | int]:
    """A kind of question as its name and what it needs."""
    match ask:
        case AskText():
            return ["text", ask.characters_max]
        case AskNumber():
            return ["number", ask.least, ask.most]
        case AskYesNo():
            return ["yes_no"]
        case AskChoice():
            return ["several" if ask.several else "choice", *ask.options]
        case AskDate():
            return ["date"]
        case AskTime():
            return ["time"]
        case AskMail():
            return ["mail"]
        case UnknownAsk():
            return [ask.name]


def ask_of_list(plain: list[str | int]) -> Ask:
    """The kind of question; whatever is not understood becomes UnknownAsk. Never raises."""
    match plain:
        case ["text", int(most)]:
            return AskText(most)
        case ["number", int(least), int(most)]:
            return AskNumber(least, most)
        case ["yes_no"]:
            return AskYesNo()
        case ["choice" | "several" as name, *options] if all(isinstance(one, str) for one in options):
            return AskChoice(tuple(str(one) for one in options), several=name == "several")
        case ["date"]:
            return AskDate()
        case ["time"]:
            return AskTime()
        case ["mail"]:
            return AskMail()
    return UnknownAsk(str(plain[0])[:40] if plain else "")


def kind_of(ask: Ask) -> str:
    """The word for a kind of question."""
    return str(ask_to_list(ask)[0])
