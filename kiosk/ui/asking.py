"""Forms: one field after the other, each with the way of input that fits its kind. No Kivy.

A question's kind decides the input: big buttons, digits with a pattern, or letters. A form is a value; every touch
makes another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from common.decision import Reason
from kiosk.shown import Question, QuestionKind
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Action, OpenPlaces

TEXT_CHARS_MAX: Final = 200
NUMBER_CHARS_MAX: Final = 12
FIND_CHARS_MAX: Final = 60
ONE_ROW_CHARS: Final = 55
TWO_ROWS_CHARS: Final = 130
DIGITS: Final = "1234567890"
NUMBER_KEYS: Final = "123456789.0"  # the 0 under the 8
MAIL_KEYS: Final = "1234567890qwertyuiopasdfghjkl@zxcvbnm._-"
LETTERS: Final = "1234567890qwertyuiopasdfghjkl'zxcvbnm,.-"
# What each language writes beside the letters of English; two rows at most.
ACCENTS: Final = {
    "cs": "áčďéěíňóřšťúůýž",
    "de": "äöüß",
    "en": "",
    "fr": "àâçèéêëîïôùûœ",
    "it": "àèéìòù",
    "pl": "ąćęłńóśźż",
}
_DATE: Final = "__.__.____"  # day first, as in all six languages
_TIME: Final = "__:__"
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


class Input(StrEnum):
    """How a field is filled."""

    BUTTONS = "buttons"
    DIGITS = "digits"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in. `options` are (value, label): the buttons of BUTTONS, ready-made texts of LETTERS."""

    key: str
    title: str
    kind: QuestionKind
    input: Input
    keys: str = ""
    pattern: str = ""
    required: bool = True
    options: tuple[tuple[str, str], ...] = ()
    chars_max: int = TEXT_CHARS_MAX
    several: bool = False  # of the options; their values are joined by commas


@dataclass(frozen=True, slots=True)
class Form:
    """Fields with what was entered so far.

    `override` is set where it says why a reason is overridden, `finds` where it says whom to look for, `places` where
    it says which point. `back_to` is where "back" leads from the first field; None: to what asked.
    """

    title: str
    fields: tuple[Field, ...]
    entered: tuple[str, ...]
    at: int = 0
    override: Reason | None = None
    finds: bool = False
    places: bool = False
    back_to: Action | None = None

    @property
    def field(self) -> Field:
        """The field in hand."""
        return self.fields[self.at]

    @property
    def text(self) -> str:
        """What was entered in it."""
        return self.entered[self.at]

    @property
    def wide_key(self) -> str:
        """What the wide key below the letters types: an address has no space, but may have a plus."""
        return "+" if self.field.kind is QuestionKind.MAIL else " "

    @property
    def shown(self) -> str:
        """The same as it is read: digits in their pattern."""
        return filled(self.field.pattern, self.text) if self.field.pattern else self.text

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after it."""
        return self.at == len(self.fields) - 1

    def typed(self, char: str) -> Form:
        """With one more character; unchanged if it cannot stand there."""
        field, text = self.field, self.text
        if field.input is Input.BUTTONS or len(char) != 1 or len(text) >= field.chars_max or not char.isprintable():
            return self
        if field.input is Input.DIGITS and char not in field.keys:
            return self
        if field.kind is QuestionKind.TEXT:
            char = char.upper() if not text and char.islower() and char != "ß" else char
        return self._with(text + char)

    def erased(self) -> Form:
        """Without the last character."""
        return self._with(self.text[:-1])

    def chosen(self, value: str) -> Form:
        """With a button's value in the field; where several may be taken, a second touch takes it out again."""
        if not self.field.several:
            return self._with(value)
        taken = self.taken ^ {value}
        return self._with(",".join(one for one, _ in self.field.options if one in taken))

    @property
    def taken(self) -> frozenset[str]:
        """The options in force in the field in hand."""
        chosen = self.text.split(",") if self.field.several else [self.text]
        return frozenset(filter(None, chosen))

    def back(self) -> Form | None:
        """At the field before; None before the first."""
        return replace(self, at=self.at - 1) if self.at else None

    def forward(self) -> Form:
        """At the next field; at the last one unchanged."""
        return self if self.is_last else replace(self, at=self.at + 1)

    @property
    def is_good(self) -> bool:
        """Whether the field in hand may be left: filled as its kind wants, or empty and not required."""
        return value_of(self.field, self.text) is not None

    @property
    def answers(self) -> tuple[tuple[str, str], ...]:
        """Every answer by its key, in the form that travels; empty ones are left out."""
        values = ((field.key, value_of(field, text)) for field, text in zip(self.fields, self.entered, strict=True))
        return tuple((key, value) for key, value in values if value)

    def _with(self, text: str) -> Form:
        entered = (*self.entered[: self.at], text, *self.entered[self.at + 1 :])
        return replace(self, entered=entered)


def value_of(field: Field, text: str) -> str | None:
    """The answer as it travels; "" where none is given and none is required; None where it cannot be accepted."""
    text = text.strip()
    if not text:
        return None if field.required else ""
    match field.kind:
        case QuestionKind.DATE:
            return _date_of(text)
        case QuestionKind.TIME:
            return f"{text[:2]}:{text[2:]}" if len(text) == 4 and text[:2] < "24" and text[2:] < "60" else None
        case QuestionKind.NUMBER:
            return text if _NUMBER.fullmatch(text) else None
        case QuestionKind.MAIL:
            return text if _MAIL.fullmatch(text) else None
        case QuestionKind.YES_NO | QuestionKind.CHOICE:
            chosen = text.split(",") if field.several else [text]
            return text if {value for value, _ in field.options}.issuperset(chosen) else None
    return text


def filled(pattern: str, digits: str) -> str:
    """A pattern with its first blanks filled."""
    rest = iter(digits)
    return "".join(next(rest, "_") if char == "_" else char for char in pattern)


def questions_form(questions: Iterable[Question], texts: Texts) -> Form:
    """The questions of a verdict, in the language in use."""
    fields = tuple(field_of(question, texts) for question in questions)
    return Form(texts("questions"), fields, ("",) * len(fields))


def why_form(reason: Reason, headline: str, texts: Texts) -> Form:
    """Why someone answers for a reason: ready-made causes, or words of their own."""
    ready = tuple((text, text) for text in (texts(f"why_{number}") for number in range(1, 5)))
    keys = LETTERS + ACCENTS[texts.language]
    field = Field("why", texts("why"), QuestionKind.TEXT, Input.LETTERS, keys, options=ready)
    return Form(texts.pair(texts("allow_anyway"), headline), (field,), ("",), override=reason)


def find_form(texts: Texts, note: str = "", text: str = "") -> Form:
    """Whom to look for; `note` says who may, or why what was entered led to nothing."""
    keys = LETTERS + ACCENTS[texts.language]
    title = f"{texts('find_what')}\n{note}" if note and not text else note or texts("find_what")
    field = Field("find", title, QuestionKind.TEXT, Input.LETTERS, keys, chars_max=FIND_CHARS_MAX)
    return Form(texts("find"), (field,), (text,), finds=True)


def rows_of(question: str) -> int:
    """How many rows a question gets: in two of them two long sentences are smaller than all else on their screen."""
    return 3 if len(question) > TWO_ROWS_CHARS else 2 if "\n" in question or len(question) > ONE_ROW_CHARS else 1


def code_form(texts: Texts, note: str = "", text: str = "") -> Form:
    """The code below a QR, where nothing else can be found; `note`: what is wrong with what was entered."""
    form = find_form(texts, note or texts("code_title"), text)
    return replace(form, fields=(replace(form.field, title=note or texts("code_title")),))


def place_form(texts: Texts) -> Form:
    """Which point to look for; nothing finds all of them."""
    keys = LETTERS + ACCENTS[texts.language]
    title = texts("place_what")
    field = Field("place", title, QuestionKind.TEXT, Input.LETTERS, keys, required=False, chars_max=FIND_CHARS_MAX)
    return Form(texts("place_choose"), (field,), ("",), places=True, back_to=OpenPlaces())


def field_of(question: Question, texts: Texts) -> Field:
    """How a question is put: its words, and the input that fits its kind."""
    title, kind = texts.name(question.names) or texts("question_any"), question.kind
    if kind is QuestionKind.YES_NO:
        options: tuple[tuple[str, str], ...] = (("yes", texts("yes")), ("no", texts("no")))
        return Field(question.key, title, kind, Input.BUTTONS, required=question.required, options=options)
    if kind is QuestionKind.CHOICE:
        options = tuple((value, texts.name(names) or value) for value, names in question.options)
        field = Field(question.key, title, kind, Input.BUTTONS, required=question.required, options=options)
        return replace(field, several=question.several)
    keys, pattern, most = _keys_of(kind, texts.language)
    if kind is QuestionKind.NUMBER and question.least is not None and question.least < 0:
        keys += "-"
    letters = kind in {QuestionKind.TEXT, QuestionKind.MAIL}
    way = Input.LETTERS if letters else Input.DIGITS
    return Field(question.key, title, kind, way, keys, pattern, question.required, (), most)


def _keys_of(kind: QuestionKind, language: str) -> tuple[str, str, int]:
    match kind:
        case QuestionKind.DATE:
            return DIGITS, _DATE, 8
        case QuestionKind.TIME:
            return DIGITS, _TIME, 4
        case QuestionKind.NUMBER:
            return NUMBER_KEYS, "", NUMBER_CHARS_MAX
        case QuestionKind.MAIL:
            return MAIL_KEYS, "", TEXT_CHARS_MAX
    return LETTERS + ACCENTS[language], "", TEXT_CHARS_MAX


def _date_of(digits: str) -> str | None:
    try:
        return date(int(digits[4:]), int(digits[2:4]), int(digits[:2])).isoformat() if len(digits) == 8 else None
    except ValueError:
        return None
