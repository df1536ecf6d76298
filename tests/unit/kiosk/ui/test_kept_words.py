"""What was answered at the purchase reads like a sentence in the operator's language."""

from __future__ import annotations

import pytest

from kiosk.shown import AnswerShown, QuestionKind
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.kept_words import kept_lines

DISH = {"en": "Dish", "cs": "Jídlo"}
MEAT, GREENS = ("meat", {"en": "With meat", "cs": "S masem"}), ("greens", {"en": "Without", "cs": "Bez masa"})


def dish(*options: tuple[str, dict[str, str]], units: int = 1) -> AnswerShown:
    return AnswerShown("dish", DISH, QuestionKind.CHOICE, ",".join(key for key, _ in options), options, units)


def said(*kept: AnswerShown, language: str = "en") -> list[str]:
    return [line.text for line in kept_lines(kept, Texts(language))]


def test_an_option_is_read_by_its_name_in_the_operators_language() -> None:
    assert said(dish(MEAT)) == ["Dish: With meat"]
    assert said(dish(MEAT), language="cs") == ["Jídlo: S\u00a0masem"]
    assert said(dish(MEAT), language="pl") == ["Dish: With meat"]


def test_pieces_answered_alike_are_counted_together_on_one_line() -> None:
    assert said(dish(MEAT, units=3)) == ["Dish: With meat"]
    assert said(dish(MEAT, units=2), dish(GREENS)) == ["Dish:\u00a02\u00a0× With meat, 1\u00a0× Without"]


def test_several_options_stand_beside_each_other_and_one_that_is_gone_by_its_key() -> None:
    assert said(dish(MEAT, GREENS, ("…", {}))) == ["Dish: With meat, Without, …"]


def test_a_question_with_its_mark_needs_no_colon() -> None:
    asked = AnswerShown("plate", {"en": "What is your van's number plate?"}, QuestionKind.TEXT, "1AB 2345")
    assert said(asked) == ["What is your van's number plate? 1AB 2345"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_yes_no_and_dates_are_in_every_language(language: str) -> None:
    yes = AnswerShown("a", DISH, QuestionKind.YES_NO, "yes")
    when = AnswerShown("b", DISH, QuestionKind.DATE, "2028-07-06")
    answer, day = (line.rpartition(": ")[2] for line in said(yes, when, language=language))
    assert answer == Texts(language)("yes")
    assert "2028" in day
    assert day != "2028-07-06"


@pytest.mark.parametrize("answer", ["soon", "2028-13-01", ""])
def test_a_date_that_is_none_stays_as_it_is(answer: str) -> None:
    assert said(AnswerShown("b", {}, QuestionKind.DATE, answer)) == [answer]
