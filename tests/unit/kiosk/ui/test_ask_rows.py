"""How many rows a question gets: short ones leave the room to the keys, two long sentences are read."""

from __future__ import annotations

import pytest

from kiosk.shown import FindTrouble
from kiosk.ui.asking import find_form, rows_of
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.rows import find_trouble


@pytest.mark.parametrize("language", LANGUAGES)
def test_two_long_sentences_have_a_third_row(language: str) -> None:
    texts = Texts(language)
    why = find_trouble(FindTrouble.NOT_YET, texts)
    assert [rows_of(find_form(texts, note).field.title) for note in (why, texts("find_needs"))] == [3, 3]
    assert rows_of(texts("place_what")) < 3


@pytest.mark.parametrize(("question", "rows"), [("Plate?", 1), ("x" * 56, 2), ("one\ntwo", 2), ("x" * 131, 3)])
def test_a_question_has_the_rows_its_letters_need(question: str, rows: int) -> None:
    assert rows_of(question) == rows
