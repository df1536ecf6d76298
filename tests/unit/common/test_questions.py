"""Answers: what will do, what will not, and which questions are put."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.answers import NOTE_BYTES_MAX, GivenAnswers, decode_answers, encode_answers
from common.ids import DeviceId, Digest, Identity, ProductNo, Ref, RunId
from common.questions import (
    ANSWER_CHARACTERS_MAX,
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
    accepted_answers,
    answer_fault,
    ask_of_list,
    ask_to_list,
    open_questions,
)

ONE, SEVERAL = AskChoice(("s", "m", "l")), AskChoice(("s", "m", "l"), several=True)
ASKS: list[Ask] = [AskText(5), AskNumber(-3, 10), AskYesNo(), ONE, SEVERAL, AskDate(), AskTime(), AskMail()]
GOOD = [
    *((AskText(5), text) for text in ("hello", " hello ", "ž")),
    *((AskNumber(-3, 10), text) for text in ("-3", "10", "+7", "007")),
    *((AskYesNo(), text) for text in ("yes", "no")),
    *((ONE, text) for text in ("s", " l ")),
    *((SEVERAL, text) for text in ("s", "l,s", "s, m, l")),
    *((AskDate(), text) for text in ("2028-02-29", "1950-12-31")),
    *((AskTime(), text) for text in ("00:00", "23:59")),
    *((AskMail(), text) for text in ("a@b.cz", "Jan.Novák+x@firma.example.org")),
]
BAD = [
    (AskText(5), "hellos", AnswerFault.TOO_LONG),
    (AskText(5), "x" * (ANSWER_CHARACTERS_MAX + 1), AnswerFault.TOO_LONG),
    (AskNumber(-3, 10), "-4", AnswerFault.TOO_SMALL),
    (AskNumber(-3, 10), "11", AnswerFault.TOO_LARGE),
    *((AskNumber(-3, 10), text, AnswerFault.NOT_A_NUMBER) for text in ("ten", "1.5", "1 0", "٣", "9" * 13)),
    *((AskYesNo(), text, AnswerFault.NOT_YES_OR_NO) for text in ("YES", "1", "true")),
    *((ONE, text, AnswerFault.NO_SUCH_CHOICE) for text in ("xl", "S", ",", "s,s")),
    (ONE, "s,m", AnswerFault.ONE_CHOICE_ONLY),
    *((SEVERAL, text, AnswerFault.NO_SUCH_CHOICE) for text in ("s,xl", "s,s", "s,,m")),
    *((AskDate(), text, AnswerFault.NOT_A_DATE) for text in ("2027-02-29", "29.2.2028", "20280229", "2028-W01-1")),
    *((AskTime(), text, AnswerFault.NOT_A_TIME) for text in ("24:00", "9:30", "09:30:00", "0930")),
    *((AskMail(), text, AnswerFault.NOT_A_MAIL) for text in ("a@b", "@b.cz", "a b@c.cz", "a@b.cz,c@d.cz", "a@-.")),
    (UnknownAsk("scent"), "roses", AnswerFault.UNKNOWN_KIND),
]


@pytest.mark.parametrize(("ask", "text"), GOOD)
def test_an_answer_that_will_do(ask: Ask, text: str) -> None:
    assert answer_fault(Question("q", ask), text) is None


@pytest.mark.parametrize(("ask", "text", "fault"), BAD)
def test_an_answer_that_will_not_do_says_why(ask: Ask, text: str, fault: AnswerFault) -> None:
    assert answer_fault(Question("q", ask), text) is fault
    assert answer_fault(Question("q", ask, required=False), text) is fault


@pytest.mark.parametrize("ask", ASKS)
def test_an_empty_answer_skips_what_need_not_be_answered_and_nothing_else(ask: Ask) -> None:
    assert answer_fault(Question("q", ask, required=False), "  ") is None
    assert answer_fault(Question("q", ask), "  ") is AnswerFault.MISSING


@given(st.sampled_from(ASKS), st.text(max_size=600))
def test_any_text_is_judged_and_never_raises(ask: Ask, text: str) -> None:
    assert answer_fault(Question("q", ask), text) is None or bool(text) or not text


@pytest.mark.parametrize("ask", [*ASKS, UnknownAsk("scent")])
def test_a_kind_of_question_survives_the_catalogue(ask: Ask) -> None:
    assert ask_of_list(ask_to_list(ask)) == ask


def test_a_kind_of_a_later_version_is_unknown_not_a_failure() -> None:
    assert ask_of_list(["scent", 3]) == UnknownAsk("scent")
    assert ask_of_list(["text", "long"]) == UnknownAsk("text")
    assert ask_of_list([]) == UnknownAsk("")


MUST, MAY = Question("must", AskNumber(1, 9)), Question("may", AskText(9), required=False)


@pytest.mark.parametrize(
    ("answers", "passed", "put"),
    [
        ((), False, ["must", "may"]),
        ((), True, ["must", "may"]),
        ((("must", "3"),), False, ["may"]),
        ((("must", "3"),), True, []),
        ((("must", "3"), ("may", "")), False, []),
        ((("must", "33"), ("may", "")), True, ["must"]),
        ((("must", "3"), ("may", "far too long")), True, ["may"]),
        ((("other", "3"),), True, ["must", "may"]),
    ],
)
def test_what_is_put(answers: tuple[tuple[str, str], ...], passed: bool, put: list[str]) -> None:
    found = open_questions((MUST, MAY), answers, optional_passed=passed)
    assert [one.question.key for one in found] == put


def test_only_answers_that_will_do_to_questions_that_were_put_are_kept() -> None:
    given = (("other", "x"), ("may", " wish "), ("must", "99"))
    assert accepted_answers((MUST, MAY), given) == (("may", "wish"),)


USE = Ref(Identity(DeviceId(bytes(16)), RunId(bytes(8)), 7), Digest(bytes(16)))


@given(st.lists(st.tuples(st.text(min_size=1, max_size=48), st.text(max_size=500)), min_size=1, max_size=20))
def test_answers_survive_in_notes_that_can_be_sealed(answers: list[tuple[str, str]]) -> None:
    notes = encode_answers(GivenAnswers(USE, ProductNo(3), tuple(answers)))
    assert all(len(note) <= NOTE_BYTES_MAX + 200 for note in notes)
    opened = [decode_answers(note) for note in notes]
    assert [one for note in opened if note for one in note.answers] == answers
    assert all(note is not None and (note.use, note.product) == (USE, 3) for note in opened)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_answers_are_none_and_never_raise(raw: bytes) -> None:
    assert decode_answers(raw) is None or isinstance(decode_answers(raw), GivenAnswers)
