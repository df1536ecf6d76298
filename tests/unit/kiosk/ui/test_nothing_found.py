"""Where a list has no rows, and where names are not looked up: what is so is read first, what to do below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kiosk.shown import NamesHere
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.places import place_rows
from kiosk.ui.rows import Rows, found_rows, names_elsewhere, shift_rows
from tests.support.fake_lists import FOUND
from tests.support.fake_station import status_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nothing_was_found_that_stands_apart_from_what_to_do(language: str) -> None:
    texts = Texts(language)
    for rows in (
        found_rows("Příhoda", (), texts),
        found_rows("Příhoda", (), texts, "6.7. 05:25"),
        found_rows("Příhoda", (), texts, "6.7. 05:25", 12_345),
        place_rows((), "", texts),
        shift_rows((), None, texts),
    ):
        assert f"{rows.outcome} {rows.advice}" == rows.empty
        assert rows.outcome.endswith("."), "a sentence"
        assert rows.advice[0].isupper()


def test_a_list_with_rows_says_nothing_in_their_place() -> None:
    rows = found_rows("Příhoda", FOUND, Texts("en"))
    assert (rows.outcome, rows.advice) == ("", "")
    assert Rows("title", (), "Nothing there").outcome == "Nothing there"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("names_here", [one for one in NamesHere if one is not NamesHere.READY])
def test_that_names_are_not_looked_up_is_the_largest_word_not_the_key_that_was_touched(
    names_here: NamesHere, language: str
) -> None:
    point, texts = status_of().point, Texts(language)
    assert point is not None
    told = names_elsewhere(replace(point, names_here=names_here), texts)
    assert told.word == texts("word_not_by_name")
    assert texts("find") not in (told.word, told.headline)
    assert told.headline == texts("find_by_code")
