"""Texts beside each other have one size, and lines one below the other one share of theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import FaultCode
from common.reason_texts import reason_text
from common.unbroken import UNBROKEN
from kiosk.input.camera import CameraState, Condition
from kiosk.shown import Question, QuestionKind
from kiosk.ui.alike import Alike
from kiosk.ui.asking import field_of, questions_form
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.fitting import (
    NOTE_LEAST,
    SCALE_LEAST,
    Shares,
    Sized,
    beginning,
    giving_way,
    rows_in,
    stack_scale,
)
from kiosk.ui.picture import Shape
from kiosk.ui.rows import found_picture
from kiosk.ui.status_words import ReadersShown, Tone, facts, message_line, own_trouble, scan_hint
from tests.support.fake_lists import FOUND
from tests.support.fake_station import status_of


class Label:
    """What has a size of its own; counts how often it hears that the size of all has changed."""

    def __init__(self) -> None:
        self.heard = 0

    def settle_again(self) -> None:
        self.heard += 1


def width_of(word: str) -> float:
    """Every letter is half as wide as it is high."""
    return len(word) / 2


def test_all_have_the_size_of_the_smallest_and_those_that_came_before_hear_of_it() -> None:
    row, first, second = Alike(), Label(), Label()
    assert row.settle(first, 30) == 30
    assert row.settle(second, 20) == 20
    assert (first.heard, second.heard) == (1, 0)
    assert row.settle(first, 30) == 20
    assert second.heard == 0


def test_who_says_nothing_any_more_holds_nobody_down() -> None:
    row, first, second = Alike(), Label(), Label()
    row.settle(first, 30)
    row.settle(second, 20)
    row.leave(second)
    assert first.heard == 2
    assert row.settle(first, 30) == 30


def test_a_text_takes_as_many_rows_as_its_words_need_and_none_where_a_word_is_too_wide() -> None:
    assert rows_in("one two", 10, width_of) == 1
    assert rows_in("one two", 2, width_of) == 2
    assert rows_in("one\ntwo", 10, width_of) == 2
    assert rows_in("seventeen", 2, width_of) is None


def test_a_long_line_takes_two_rows_and_shrinks_only_with_all_others() -> None:
    texts = [Sized("short", 40, width_of), Sized("one that is much longer than it", 30, width_of)]
    roomy, tight = stack_scale(texts, 300, 400), stack_scale(texts, 300, 100)
    assert roomy == 1
    assert SCALE_LEAST < tight < 1
    assert sum(text.height(300, tight) for text in texts) <= 100


def test_the_headline_gives_way_before_a_line_is_smaller_than_can_be_read_and_no_further_than_it_may() -> None:
    one = Sized("who it is and what to do about it", 30, width_of)
    boxes = [Shares((400, 260), loud, 1) for loud in (2, 1.5, 1)]
    assert giving_way([], boxes, 20) == giving_way([one], boxes, 20) == 0
    assert giving_way([one] * 3, boxes, 20) == 1
    assert giving_way([one] * 9, boxes, 20) == 2


def test_a_note_that_is_too_long_ends_with_a_word_and_says_that_there_is_more() -> None:
    note = "comes with a wheelchair and an assistant, let both in by the side entrance, and call the medics, please"
    cut = beginning(note, lambda told: len(told) < 80)
    assert cut == "comes with a wheelchair and an assistant, let both in by the side entrance…"
    assert len(beginning(note, lambda _: False)) >= NOTE_LEAST


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_has_a_plus_and_no_space_and_a_number_is_negative_only_where_it_may_be(
    language: str,
) -> None:
    texts = Texts(language)
    mail = questions_form([Question("mail", QuestionKind.MAIL, {})], texts)
    name = questions_form([Question("name", QuestionKind.TEXT, {})], texts)
    assert (mail.wide_key, name.wide_key) == ("+", " ")
    assert len(mail.field.keys) % 10 == 0
    number = field_of(Question("km", QuestionKind.NUMBER, {}), texts)
    assert "-" not in number.keys
    assert "-" in field_of(Question("celsius", QuestionKind.NUMBER, {}, least=-40), texts).keys
    assert number.keys.index("0") % 3 == number.keys.index("8") % 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_barred_ticket_that_is_read_first_and_beside_another_sign(language: str) -> None:
    texts = Texts(language)
    blocked, open_ = (found_picture(replace(FOUND[0], is_blocked=is_), texts) for is_ in (True, False))
    assert (blocked.shape, blocked.word) == (Shape.WARNING, texts("found_blocked").upper())
    assert (open_.shape, open_.word) == (Shape.DOT, texts("word_found"))
    assert blocked.headline == open_.headline == FOUND[0].name
    assert [one.label for one in blocked.buttons] == [one.label for one in open_.buttons]


def test_a_server_that_did_not_answer_when_it_was_asked_is_not_green() -> None:
    status, readers, texts = status_of(connected=True), ReadersShown(None), Texts("en")
    told = {
        unanswered: {fact.name: fact.tone for fact in facts(status, readers, texts, is_unanswered=unanswered)}
        for unanswered in (True, False)
    }
    assert (told[True]["Server"], told[False]["Server"]) == (Tone.WARN, Tone.GOOD)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_message_read_in_passing_does_not_end_where_something_should_follow(language: str) -> None:
    texts = Texts(language)
    news = replace(status_of(), unread=1, tells_conflicts=True)
    assert message_line(news, texts)[-1].isalnum()
    long = replace(status_of(), unread=1, message=f"{'a' * 58}; more than fits into the line")
    assert message_line(long, texts) == f"{'a' * 58}…"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_camera_is_called_by_its_number_and_does_not_read_as_none_works(language: str) -> None:
    texts = Texts(language)
    told = facts(status_of(), ReadersShown(CameraState(Condition.OPEN, "0")), texts)
    assert not next(fact.value for fact in told if fact.name == texts("camera")).startswith("0")


def test_french_counts_octets() -> None:
    assert (Texts("fr").size(2_000_000), Texts("en").size(2_000_000)) == ("2\u00a0Mo", "2\u00a0MB")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_ends_within_a_date(language: str) -> None:
    texts = Texts(language)
    told = texts.when(0, "Europe/Prague", 20 * 86_400_000)
    assert told.endswith(UNBROKEN + texts.clock(0, "Europe/Prague"))  # nor between it and the time
    assert " " not in told


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_kiosk_without_a_point_asks_for_one_and_not_for_a_code(language: str) -> None:
    texts = Texts(language)
    told = scan_hint(replace(status_of(), point=None), texts)
    assert told == reason_text(FaultCode.NO_POINT, language).sentence
    assert own_trouble(replace(status_of(), point=None), texts) == told  # as loud as any other trouble
    assert texts("scan_hint") not in told
