"""What is said of a code that stays before the camera, of two at once, and of a question nobody answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.enrolment import enrolment_text
from common.ids import Ref
from kiosk.input.events import SameAgain, Torn, TwoCodes
from kiosk.shown import Answer, TakenBack, Undone
from kiosk.ui.picture import Colour, Confirm, Cue, GoOn, Picture
from kiosk.ui.seen import AGAIN_S, QUIET_S, SEEN_S
from kiosk.ui.session import Session
from tests.support.fake_names import TICKET
from tests.support.fake_station import HOLDER, NOW_MS, REF, FakeStation
from tests.unit.kiosk.ui.test_session import Guide, Screen

SAME = "Already read: take the code away, next one please"
TWO = "One code at a time, please"
TORN = "Not read whole – scan again"
UNDECIDED = "Nothing was decided for the previous guest"


class Telling(FakeStation):
    """Says which use it took back."""

    def undo(self, entry: Ref) -> Answer:
        super().undo(entry)
        return Undone(done=True, use=TakenBack(NOW_MS, TICKET, 1, "PQRS-T"))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_MS)


@pytest.fixture
def guide(clock: ManualClock) -> Iterator[Guide]:
    screen = Screen()
    session = Session(Telling(), screen, screen.deliver, clock, "en")
    yield Guide(session, screen)
    session.stop()


def cues(guide: Guide) -> list[object]:
    return [told for told in guide.screen.told if isinstance(told, str) and told in {SAME, TWO, UNDECIDED}]


def hold(guide: Guide, text: str) -> None:
    guide.session.on_input(SameAgain(text, 0.0))
    guide.settle()


def test_a_code_whose_answer_is_new_is_not_said_to_be_read_already(guide: Guide, clock: ManualClock) -> None:
    guide.scan("admit")
    clock.advance(QUIET_S - 0.1)
    hold(guide, "admit")
    assert cues(guide) == []
    clock.advance(0.2)
    hold(guide, "admit")
    assert cues(guide) == [SAME]


def test_a_code_that_stays_is_spoken_of_now_and_then_only(guide: Guide, clock: ManualClock) -> None:
    guide.scan("admit")
    clock.advance(QUIET_S)
    hold(guide, "admit")
    clock.advance(AGAIN_S - 1)
    hold(guide, "admit")
    assert cues(guide) == [SAME]


def test_a_code_before_the_one_just_answered_is_spoken_of_at_once(guide: Guide) -> None:
    guide.scan("admit:1")
    guide.scan("admit:2")
    hold(guide, "admit:1")
    assert cues(guide) == [SAME]


def test_an_answer_that_is_shown_meanwhile_is_called_the_one_of_before(guide: Guide, clock: ManualClock) -> None:
    """Green would admit whoever holds up the code of somebody else."""
    guide.scan("admit:1")
    guide.scan("admit:2")
    hold(guide, "admit:1")
    assert guide.screen.cues == [Cue.ANSWERED]
    guide.act(GoOn())
    clock.advance(AGAIN_S)
    hold(guide, "admit:2")
    assert guide.screen.cues == [Cue.ANSWERED, Cue.CODE], "nothing else is shown now"


def test_a_code_that_is_being_decided_about_is_not_sent_away(guide: Guide, clock: ManualClock) -> None:
    guide.scan("confirm")
    clock.advance(60)
    hold(guide, "confirm")
    assert cues(guide) == []


def test_the_code_a_kiosk_joined_by_is_no_pass_and_the_place_is_told() -> None:
    screen = Screen()
    session = Session(FakeStation(), screen, screen.deliver, ManualClock(NOW_MS), "en")
    session.start(lambda: None, has_joined=True)
    session.on_input(SameAgain(enrolment_text("https://gates.example.org", "GOOD-CODE", bytes(32)), 0.0))
    session.ask_status()
    session.stop()
    assert screen.told == ["Joined: North Gate, Exhibition Grounds"]


def test_a_question_the_next_pass_replaces_is_told_of(guide: Guide) -> None:
    guide.scan("confirm:1")
    told = guide.scan("used:2")
    assert told == UNDECIDED
    assert isinstance(guide.screen.told[-2], Picture), "on the new verdict"
    guide.scan("used:3")
    assert cues(guide) == [UNDECIDED]


@pytest.mark.parametrize("answer", [Confirm(), GoOn()])
def test_a_question_that_was_answered_or_closed_is_not(guide: Guide, answer: Confirm | GoOn) -> None:
    guide.scan("confirm:1")
    guide.act(answer)
    guide.scan("admit:2")
    assert cues(guide) == []


def test_the_same_guest_scanned_again_is_no_guest_before(guide: Guide) -> None:
    guide.scan("confirm:1")
    guide.scan("confirm:1")
    assert cues(guide) == []


@pytest.mark.parametrize("before", ["used", "admit"])
def test_two_codes_end_an_answer_that_was_seen_and_are_not_said_over_one_that_was_not(
    guide: Guide, clock: ManualClock, before: str
) -> None:
    guide.scan(before)
    guide.session.on_input(TwoCodes(0.0))
    assert isinstance(guide.settle(), Picture)
    clock.advance(SEEN_S)
    guide.session.on_input(TwoCodes(0.0))
    assert guide.settle() == TWO
    assert guide.screen.told[-2] == "scanning"


def test_two_codes_never_end_a_question(guide: Guide, clock: ManualClock) -> None:
    guide.scan("confirm")
    clock.advance(60)
    guide.session.on_input(TwoCodes(0.0))
    assert isinstance(guide.settle(), Picture)


def test_what_was_taken_back_is_named_with_whose_it_was_while_that_is_known(guide: Guide) -> None:
    guide.scan("admit_holder")
    guide.session.go_on()
    guide.session.undo(REF)
    told = guide.settle()
    assert isinstance(told, Picture)
    assert (told.colour, told.word, told.headline) == (Colour.BLUE, "TAKEN BACK", TICKET["en"])
    assert [line.text for line in told.lines[:2]] == [f"today 14:45: {HOLDER.name}", "code ends in PQRS-T"]
    guide.session.undo(REF)
    assert guide.settle() == told, "a second touch is told the same"


def test_without_a_name_or_signed_out_since_it_is_the_end_of_the_code(guide: Guide) -> None:
    guide.scan("admit_holder")
    guide.session.sign_out()
    guide.settle()
    guide.session.undo(REF)
    told = guide.settle()
    assert isinstance(told, Picture)
    assert told.lines[0].text.endswith(": code ends in PQRS-T")


def test_a_message_is_told_with_its_first_line_once_whatever_is_shown(guide: Guide) -> None:
    station = guide.session.desk.station
    assert isinstance(station, FakeStation)
    guide.scan("admit")
    station.now = replace(station.now, unread=1, message="Close gate 3.\nSend everybody to gate 4.")
    for _ in range(2):
        guide.session.ask_status()
        guide.settle()
    assert guide.screen.told.count("Control room: Close gate 3.") == 1
    station.now = replace(station.now, unread=2, message="Storm at noon")
    guide.session.ask_status()
    assert guide.settle() == "Control room: Storm at noon"
    station.now = replace(station.now, unread=1, message="Close gate 3.")
    guide.session.ask_status()
    assert guide.settle() == "Control room: Storm at noon", "the newer one was read, the older one was told"


def test_a_torn_code_is_told_and_a_question_stays(guide: Guide, clock: ManualClock) -> None:
    guide.scan("confirm")
    clock.advance(60)
    shown = guide.session.desk.shown
    guide.session.on_input(Torn(0.0))
    assert guide.settle() == TORN
    assert guide.session.desk.shown is shown
    assert "scanning" not in guide.screen.told


def test_a_torn_code_ends_an_answer_that_was_seen_and_asks_nothing(guide: Guide, clock: ManualClock) -> None:
    guide.scan("admit")
    clock.advance(SEEN_S)
    guide.session.on_input(Torn(0.0))
    assert guide.settle() == TORN
    assert guide.screen.told[-2] == "scanning"
