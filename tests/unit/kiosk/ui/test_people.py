"""What is said to whoever is at the kiosk, or is to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.ids import BadgeId
from kiosk.operators import Person
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.people import PinKey, asked_words, pin_key, pin_title
from kiosk.ui.rows import shift_rows
from kiosk.ui.views import BadgeAsked
from tests.support.fake_station import status_of

EN = Texts("en")


def test_whoever_is_the_first_is_not_spoken_of_as_another_person() -> None:
    assert asked_words(BadgeAsked.NOT, EN, None)[1] == "To sign in, scan your badge."
    assert asked_words(BadgeAsked.NOT, EN, "Hana")[1] == "Another person takes over by scanning their badge."
    assert "sign in" in asked_words(BadgeAsked.TO_SET, EN, None)[1]
    assert "supervisor" in asked_words(BadgeAsked.TO_SET, EN, "Hana")[1]
    assert asked_words(BadgeAsked.TO_UNLOCK, EN, None)[0] == "Kiosk locked"


@pytest.mark.parametrize(
    ("asked", "operator", "pin_good", "enter_pin"),
    [
        (BadgeAsked.NOT, "Jana", False, PinKey.STRONG),
        (BadgeAsked.NOT, "Jana", True, PinKey.PLAIN),
        (BadgeAsked.NOT, None, False, PinKey.OFF),
        (BadgeAsked.TO_UNLOCK, "Jana", False, PinKey.OFF),
        (BadgeAsked.TO_FIND, "Jana", False, PinKey.OFF),
        (BadgeAsked.TO_SET, "Jana", True, PinKey.OFF),
    ],
)
def test_enter_pin_is_the_strong_key_only_where_it_is_what_to_do(
    asked: BadgeAsked, operator: str | None, pin_good: bool, enter_pin: PinKey
) -> None:
    """Once it was entered it need not be; where another's badge is wanted one's own PIN helps nobody."""
    assert pin_key(asked, replace(status_of().device, operator=operator, pin_good=pin_good)) is enter_pin
    assert pin_key(asked, None) is PinKey.OFF


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pin_is_asked_for_with_what_it_is_for(language: str) -> None:
    titles = [pin_title(asked, Texts(language)) for asked in BadgeAsked]
    assert all("PIN" in title for title in titles)
    assert len(set(titles)) == 5, "to look people up, to allow, to practise, to set; else whose it is"


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_may_take_over_is_listed_with_what_that_takes_and_what_all_others_do(language: str) -> None:
    rows = shift_rows([Person(BadgeId(bytes(8)), "Jana", ("hostess",))], "Jana", Texts(language))
    assert "PIN" in rows.what
    assert rows.what != rows.empty
