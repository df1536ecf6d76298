"""A kiosk joins: by a scanned code at once, by a typed one only once the thumbprint was compared."""

from __future__ import annotations

import threading

import pytest

from common.enrolment import enrolment_text
from kiosk.shown import EnrolmentOffer
from kiosk.sync.errors import Retry, SyncWhy
from kiosk.ui.catalogue import Texts
from kiosk.ui.enrolling import Enrolling, thumbprint_rows
from tests.support.fake_station import FakeEnrolment, FakeStation
from tests.unit.kiosk.ui.test_session import Screen


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


def enrolling(screen: Screen, station: FakeStation) -> tuple[Enrolling, FakeEnrolment]:
    port = FakeEnrolment(station)
    made = Enrolling(port, screen, screen.deliver)
    made.start()
    return made, port


def test_a_scanned_enrolment_joins_at_once(screen: Screen, station: FakeStation) -> None:
    made, port = enrolling(screen, station)
    made.scanned(enrolment_text("https://gates.example.org", "GOOD-CODE", bytes(32)))
    made.stop()
    assert screen.told == [("Asking the server…", False), station]
    assert port.asked[0].root == bytes(32)


def test_a_typed_enrolment_joins_only_after_the_thumbprint_was_compared(screen: Screen, station: FakeStation) -> None:
    made, port = enrolling(screen, station)
    made.typed("gates.example.org", "GOOD-CODE")
    while len(screen.told) < 2:
        threading.Event().wait(0.005)
    offer = screen.told[1]
    assert isinstance(offer, EnrolmentOffer)
    assert port.accepted == []
    made.accept(offer)
    made.stop()
    assert screen.told[-1] is station


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("ftp://x", "GOOD-CODE", "no server address"),
        ("gates.example.org", "??", "4 to 40 letters"),
        ("gates.example.org", "OLD-CODE", "the admin makes a new one"),
    ],
)
def test_an_enrolment_that_fails_says_what_to_do_and_can_be_tried_again(
    screen: Screen, station: FakeStation, address: str, code: str, said: str
) -> None:
    made, _ = enrolling(screen, station)
    made.typed(address, code)
    made.stop()
    note = screen.told[-1]
    assert isinstance(note, tuple)
    assert said in note[0]
    assert note[1] is True


@pytest.mark.parametrize(
    ("language", "said"), [("en", "cannot be reached"), ("cs", "nedostupný"), ("pl", "nieosiągalny")]
)
def test_why_joining_failed_is_said_in_the_language_of_who_joins(
    screen: Screen, station: FakeStation, language: str, said: str
) -> None:
    made, port = enrolling(screen, station)
    port.failure = Retry("127.0.0.1 cannot be reached (ConnectionError)", why=SyncWhy.UNREACHABLE)
    made.texts = Texts(language)
    made.typed("gates.example.org", "GOOD-CODE")
    made.stop()
    note = screen.told[-1]
    assert isinstance(note, tuple)
    assert said in note[0]
    assert "ConnectionError" not in note[0]


def test_a_foreign_code_is_no_enrolment(screen: Screen, station: FakeStation) -> None:
    made, port = enrolling(screen, station)
    made.scanned("https://example.org/menu")
    made.stop()
    assert "no enrolment code" in str(screen.told[0])
    assert port.asked == []


def test_a_thumbprint_is_shown_whole_in_groups_of_four() -> None:
    rows = thumbprint_rows(bytes(range(32)), groups_per_row=4)
    assert "".join(rows).replace(" ", "") == bytes(range(32)).hex()
    assert all(len(group) == 4 for row in rows for group in row.split())
