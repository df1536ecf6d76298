"""What is said to whoever is at the kiosk, or is to be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.badges import Role
from common.ids import BadgeId
from kiosk.operators import Person
from kiosk.shown import OperatorTaken
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.people import PinKey, asked_words, pin_key, pin_line, pin_title
from kiosk.ui.picture import EnterPin, OpenOperator
from kiosk.ui.presenter import present
from kiosk.ui.rows import shift_rows
from kiosk.ui.telling import Setting
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
    ("asked", "role", "pin_good", "enter_pin"),
    [
        (BadgeAsked.NOT, "supervisor", False, PinKey.STRONG),
        (BadgeAsked.NOT, "wild_hostess", False, PinKey.STRONG),
        (BadgeAsked.NOT, "supervisor", True, PinKey.PLAIN),
        (BadgeAsked.NOT, "hostess", False, PinKey.PLAIN),
        (BadgeAsked.NOT, None, False, PinKey.OFF),
        (BadgeAsked.TO_UNLOCK, "hostess", False, PinKey.OFF),
        (BadgeAsked.TO_FIND, "hostess", False, PinKey.OFF),
        (BadgeAsked.TO_SET, "supervisor", True, PinKey.OFF),
    ],
)
def test_enter_pin_is_the_strong_key_only_where_it_is_what_to_do(
    asked: BadgeAsked, role: str | None, pin_good: bool, enter_pin: PinKey
) -> None:
    """Once it was entered it need not be, nor where it opens nothing; another's badge is not replaced by one's PIN."""
    operator, roles = (None, ()) if role is None else ("Jana", (role,))
    assert pin_key(asked, replace(status_of().device, operator=operator, roles=roles, pin_good=pin_good)) is enter_pin
    assert pin_key(asked, None) is PinKey.OFF


@pytest.mark.parametrize(
    ("asked", "role", "pin_good", "said"),
    [
        (BadgeAsked.NOT, "hostess", False, "No PIN needed, except to come back without your badge"),
        (BadgeAsked.NOT, "supervisor", False, "PIN not entered"),
        (BadgeAsked.NOT, "supervisor", True, "PIN entered, overrides allowed"),
        (BadgeAsked.TO_FIND, "hostess", False, "This PIN does not help here: another badge is needed"),
    ],
)
def test_how_the_pin_stands_is_said_with_what_it_is_good_for(
    asked: BadgeAsked, role: str, pin_good: bool, said: str
) -> None:
    """Beside a key that cannot be touched, "PIN not entered" left a hostess wondering."""
    assert pin_line(asked, replace(status_of().device, roles=(role,), pin_good=pin_good), EN) == said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [role.value for role in Role])
def test_signed_in_is_said_and_a_pin_asked_only_of_whoever_can_do_something_with_it(role: str, language: str) -> None:
    texts = Texts(language)
    told = present(OperatorTaken("Hana", (role,)), Setting(texts, "Europe/Prague", 0))
    assert told.word == texts("word_signed_in")
    asks, lines = EnterPin() in [one.action for one in told.buttons], [line.text for line in told.lines]
    assert asks is (role in {"wild_hostess", "supervisor", "support", "admin"})
    assert (texts("pin_not_needed") in lines) is not asks


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_nobody_can_come_back_the_list_says_so_and_that_a_badge_is_scanned(language: str) -> None:
    texts = Texts(language)
    badge = {"en": "badge", "cs": "odznak", "de": "Ausweis", "fr": "badge", "it": "badge", "pl": "identyfikator"}
    assert badge[language] in shift_rows([], None, texts).empty


def test_back_from_who_takes_over_leads_to_who_is_here() -> None:
    assert shift_rows([], None, EN).back == OpenOperator()


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_hands_over_is_no_strong_key_among_those_who_take_over_and_is_told_to_be_here(language: str) -> None:
    people = [Person(BadgeId(bytes([at]) * 8), name, ("hostess",)) for at, name in enumerate(("Jana", "Petra"))]
    jana, petra = shift_rows(people, "Jana", Texts(language)).rows
    assert (jana.chosen, petra.chosen) == (False, False), "what is chosen is blue, and she is not to be chosen"
    assert Texts(language)("hand_over_here") in jana.detail
    assert Texts(language)("hand_over_here") not in petra.detail
