"""Forms: each kind of question has its input, and an answer that travels or is not accepted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Reason
from kiosk.shown import Question, QuestionKind
from kiosk.ui.asking import Field, Form, Input, field_of, questions_form, why_form
from kiosk.ui.catalogue import LANGUAGES, Texts
from tests.support.sample_questions import QUESTIONS

TEXTS = Texts("en")


def form_of(kind: QuestionKind, *, required: bool = True) -> Form:
    options = (("a", {"en": "Apple"}), ("b", {"en": "Beer"})) if kind is QuestionKind.CHOICE else ()
    return questions_form([Question("key", kind, {"en": "What?"}, required, options)], TEXTS)


def typed(form: Form, text: str) -> Form:
    for char in text:
        form = form.typed(char)
    return form


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (QuestionKind.TEXT, Input.LETTERS),
        (QuestionKind.MAIL, Input.LETTERS),
        (QuestionKind.NUMBER, Input.DIGITS),
        (QuestionKind.DATE, Input.DIGITS),
        (QuestionKind.TIME, Input.DIGITS),
        (QuestionKind.YES_NO, Input.BUTTONS),
        (QuestionKind.CHOICE, Input.BUTTONS),
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kind_of_question_has_one_way_of_input(kind: QuestionKind, way: Input, language: str) -> None:
    field: Field = field_of(Question("key", kind, {}), Texts(language))
    assert field.input is way
    assert field.title == Texts(language)("question_any")
    assert bool(field.keys) is (way is not Input.BUTTONS)
    assert len(set(field.keys)) == len(field.keys), "a key twice on one keyboard"


@pytest.mark.parametrize(
    ("kind", "text", "travels"),
    [
        (QuestionKind.DATE, "06072028", "2028-07-06"),
        (QuestionKind.DATE, "29022028", "2028-02-29"),
        (QuestionKind.DATE, "29022027", None),
        (QuestionKind.DATE, "0607", None),
        (QuestionKind.TIME, "1430", "14:30"),
        (QuestionKind.TIME, "2460", None),
        (QuestionKind.TIME, "143", None),
        (QuestionKind.NUMBER, "12.5", "12.5"),
        (QuestionKind.NUMBER, "1.2.3", None),
        (QuestionKind.NUMBER, "-", None),
        (QuestionKind.MAIL, "jana@example.org", "jana@example.org"),
        (QuestionKind.MAIL, "jana@example", None),
        (QuestionKind.TEXT, "brno chapter", "Brno chapter"),
        (QuestionKind.TEXT, "   ", None),
    ],
)
def test_what_is_typed_travels_in_the_form_of_its_kind_or_not_at_all(
    kind: QuestionKind, text: str, travels: str | None
) -> None:
    form = typed(form_of(kind), text)
    assert form.is_good is (travels is not None)
    assert form.answers == ((("key", travels),) if travels else ())


@pytest.mark.parametrize(("kind", "value"), [(QuestionKind.YES_NO, "no"), (QuestionKind.CHOICE, "b")])
def test_a_button_is_an_answer_and_nothing_else_is(kind: QuestionKind, value: str) -> None:
    form = form_of(kind)
    assert typed(form, "yes") is form
    assert form.chosen(value).answers == (("key", value),)
    assert not form.chosen("something else").is_good


@pytest.mark.parametrize("kind", list(QuestionKind))
def test_only_what_is_not_required_may_be_left_empty(kind: QuestionKind) -> None:
    assert not form_of(kind).is_good
    optional = form_of(kind, required=False)
    assert optional.is_good
    assert optional.answers == ()


def test_digits_are_shown_in_their_pattern_and_take_no_letters() -> None:
    form = typed(form_of(QuestionKind.DATE), "0a6x07")
    assert form.shown == "06.07.____"
    assert form.erased().shown == "06.0_.____"
    assert typed(form, "20281234").text == "06072028"


def test_a_form_leads_through_its_fields_and_back_and_keeps_what_was_entered() -> None:
    form = questions_form(QUESTIONS, TEXTS)
    form = typed(form, "Brno").forward()
    assert (form.field.key, form.is_last) == ("kilometres", False)
    before = form.back()
    assert before is not None
    assert before.text == "Brno"
    assert before.back() is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_why_is_asked_with_ready_made_causes_that_can_be_touched(language: str) -> None:
    form = why_form(Reason.UNPAID, "Unpaid", Texts(language))
    assert form.override is Reason.UNPAID
    assert not form.is_good
    causes = [value for value, _ in form.field.options]
    assert len(set(causes)) == 4
    assert form.chosen(causes[1]).answers == (("why", causes[1]),)


def test_of_several_options_each_touch_takes_one_in_or_out() -> None:
    [question] = [one for one in QUESTIONS if one.several]
    form = questions_form([question], Texts("en"))
    for value in ("2", "0", "3", "2"):
        form = form.chosen(value)
    assert form.taken == {"0", "3"}
    assert form.answers == (("extras", "0,3"),)
    assert replace(form, entered=("0,9",)).is_good is False
