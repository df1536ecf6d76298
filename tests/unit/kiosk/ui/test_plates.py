"""A plate, an order and a name are written in one form on every screen."""

from __future__ import annotations

import pytest

from kiosk.ui.catalogue import Texts
from kiosk.ui.plates import plate_shown
from kiosk.ui.rows import found_rows
from kiosk.ui.telling import plate_words
from tests.support.fake_lists import FOUND

EN = Texts("en")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("1AB 2345", "1AB 2345"),
        ("1AB2345", "1AB 2345"),
        ("1ab-2345", "1AB 2345"),
        ("5A82317", "5A8 2317"),
        ("1A2345", "1A 2345"),
        ("HH AB 123", "HHAB 123"),
        ("AB-123-CD", "AB 123 CD"),
        ("WA 12345", "WA 12345"),
        ("", ""),
    ],
)
def test_a_plate_reads_the_same_whoever_wrote_it_and_whatever_list_it_came_in(written: str, shown: str) -> None:
    """The list to search in has plates without blanks: it must not look like another bike's than on the verdict."""
    assert plate_shown(written) == shown
    assert plate_shown(written.replace(" ", "")) == shown


def test_every_screen_shows_that_form() -> None:
    assert plate_words("1AB2345", EN) == plate_words("1AB 2345", EN)
    assert found_rows("1ab2345", FOUND[2:3], EN).title == "Found:\u00a01AB 2345"


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("A8sqvr", "Searched for: A8SQVR"),
        ("1ab2345", "Searched for:\u00a01AB 2345"),
        ("1ab 2345", "Searched for:\u00a01AB 2345"),
        ("Jan novák", "Searched for: Jan novák"),
        ("Příhoda 4", "Searched for: Příhoda 4"),
        ("Novak", "Searched for: Novak"),
    ],
)
def test_what_was_searched_for_in_vain_is_written_as_on_tickets_and_a_name_as_typed(typed: str, title: str) -> None:
    assert found_rows(typed, (), EN).title == title
