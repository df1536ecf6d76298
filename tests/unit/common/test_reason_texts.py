"""Every cause has its words in every language, and the words say the same things."""

from __future__ import annotations

import unicodedata

import pytest

from common.decision import FaultCode, Outcome, Reason
from common.reason_texts import _CATALOGUES as CATALOGUES
from common.reason_texts import (
    HEADLINE_CHARACTERS_MAX,
    LANGUAGES,
    SENTENCE_CHARACTERS_MAX,
    Cause,
    ReasonText,
    fields_of,
    reason_text,
)

CAUSES: list[Cause] = [*Reason, *Outcome, *FaultCode]
FIELDS = frozenset({"time", "from", "point", "left"})
# Letters each language cannot do without; other letters than these and a to z do not belong into it.
LETTERS = {
    "cs": "áčďéěíňóřšťúůýž",
    "en": "",
    "de": "äöüß",
    "fr": "àâçéèêëîïôùûœ",
    "it": "àèéìòù",
    "pl": "ąćęłńóśźż",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_cause_and_for_nothing_else(language: str) -> None:
    assert set(CATALOGUES[language]) == {cause.value for cause in CAUSES}
    assert len({cause.value for cause in CAUSES}) == len(CAUSES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", CAUSES)
def test_headlines_fit_one_line_and_sentences_two(cause: Cause, language: str) -> None:
    text = reason_text(cause, language)
    assert 0 < len(text.headline) <= HEADLINE_CHARACTERS_MAX
    assert not text.headline.endswith(".")
    for sentence in (text.sentence, text.detail or text.sentence):
        assert 0 < len(sentence) <= SENTENCE_CHARACTERS_MAX
        assert sentence.endswith(".")
        assert sentence[0].isupper()


@pytest.mark.parametrize("cause", CAUSES)
def test_details_hold_the_same_fields_in_every_language(cause: Cause) -> None:
    texts = [reason_text(cause, language) for language in LANGUAGES]
    assert len({fields_of(text.detail) for text in texts}) == 1
    assert fields_of(texts[0].detail) <= FIELDS
    assert bool(texts[0].detail) == bool(fields_of(texts[0].detail))
    assert all(not fields_of(text.headline + text.sentence) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_causes_share_a_headline(language: str) -> None:
    headlines = [reason_text(cause, language).headline for cause in CAUSES]
    assert len(set(headlines)) == len(headlines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_written_with_the_letters_of_their_language(language: str) -> None:
    words = " ".join(" ".join(texts) for texts in CATALOGUES[language].values())
    assert unicodedata.is_normalized("NFC", words)
    letters = {letter for letter in words.lower() if letter.isalpha()}
    assert letters - set("abcdefghijklmnopqrstuvwxyz") <= set(LETTERS[language])


def test_a_detail_is_told_only_if_all_of_it_is_known() -> None:
    text = ReasonText("Used up", "Nothing is left.", "Used up: {time}, {point}.")
    assert text.told({"time": "14:03", "point": "Gate 3"}) == "Used up: 14:03, Gate 3."
    assert text.told({"time": "14:03"}) == "Nothing is left."
    assert ReasonText("Blocked", "It is blocked.").told({}) == "It is blocked."


def test_an_unknown_language_reads_as_english() -> None:
    assert reason_text(Reason.BLOCKED, "xx") == reason_text(Reason.BLOCKED, "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_clock_in_doubt_may_be_right_and_is_confirmed_only_then(language: str) -> None:
    if_right = {
        "cs": "Je-li",
        "en": "If it is right",
        "de": "Stimmt sie",
        "fr": "Si elle est",
        "it": "Se è",
        "pl": "Jeśli",
    }
    assert if_right[language] in reason_text(FaultCode.CLOCK_UNUSABLE, language).sentence.replace("\u00a0", " ")
