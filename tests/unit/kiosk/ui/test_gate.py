"""What a turnstile's news do to the screen, without a window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Direction, Fault, FaultCode
from common.reason_texts import reason_text
from kiosk.shown import BackInService, GateBusy, GateNews, GateOutcome, Shown, StatusShown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.gate import news_picture
from kiosk.ui.picture import Colour, GoOn, Picture
from kiosk.ui.presenter import out_of_order, present
from kiosk.ui.session import Session
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS, REF, FakeStation, at_a_turnstile, status_of
from tests.unit.kiosk.ui.test_session import Guide, Screen

FAULT = Fault(FaultCode.OUT_OF_ORDER, "jammed")


def unattended(*, fault: Fault | None = None) -> StatusShown:
    return replace(at_a_turnstile(), fault=fault)


class GateGuide(Guide):
    """Someone at a turnstile."""

    def __init__(self, session: Session, screen: Screen, station: FakeStation) -> None:
        super().__init__(session, screen)
        self.station, self.forgotten = station, 0
        session.gate.forget = self._forget

    def news(self, outcome: GateOutcome, *, annulled: bool = False) -> object:
        self.station.tell_gate(GateNews(REF, outcome, annulled))
        return self.settle()

    def status(self, status: StatusShown) -> object:
        self.station.now = status
        self.session.ask_status()
        return self.settle()

    def _forget(self) -> None:
        self.forgotten += 1


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def station() -> FakeStation:
    return FakeStation(unattended())


@pytest.fixture
def guide(screen: Screen, station: FakeStation) -> Iterator[GateGuide]:
    session = Session(station, screen, screen.deliver, ManualClock(NOW_MS), "en")
    yield GateGuide(session, screen, station)
    session.stop()


def lines(told: object) -> str:
    assert isinstance(told, Picture)
    return " ".join(line.text for line in told.lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_whose_pass_counts_as_used_is_not_sent_to_an_entrance_that_refuses_it(language: str) -> None:
    setting = Setting(Texts(language), "Europe/Prague", NOW_MS, unattended=True)
    elsewhere = reason_text(FaultCode.OUT_OF_ORDER, language).sentence
    told = {
        annulled: lines(news_picture(GateNews(REF, GateOutcome.FAILED, annulled), setting))
        for annulled in (True, False)
    }
    assert (elsewhere in told[True], elsewhere in told[False]) == (True, False)
    assert Texts(language)("gate_staff") in told[False]


def test_a_guest_who_went_through_makes_room_for_the_next_at_once(guide: GateGuide) -> None:
    guide.scan("admit")
    assert guide.news(GateOutcome.PASSED) == "scanning"
    assert guide.forgotten == 0, "the pass that is still before the camera is not read a second time"


def test_where_it_cannot_tell_the_admission_stays_as_long_as_any(guide: GateGuide) -> None:
    shown = guide.scan("admit")
    assert guide.news(GateOutcome.UNTOLD) == shown


def test_nobody_went_through_says_that_the_pass_is_as_before_and_reads_it_again(guide: GateGuide) -> None:
    guide.scan("admit")
    told = guide.news(GateOutcome.NOBODY, annulled=True)
    assert isinstance(told, Picture)
    assert (told.colour, told.buttons) == (Colour.BLUE, ())
    assert "not used up" in lines(told)
    assert guide.forgotten == 1


def test_an_entry_that_could_not_be_taken_back_sends_to_staff(guide: GateGuide) -> None:
    guide.scan("admit")
    assert "call staff" in lines(guide.news(GateOutcome.NOBODY))


def test_news_of_the_guest_before_do_not_cover_what_is_shown_now(guide: GateGuide) -> None:
    refused = guide.scan("used")
    assert guide.news(GateOutcome.NOBODY, annulled=True) == refused


def test_out_of_order_stays_instead_of_the_camera_until_it_is_over(guide: GateGuide, screen: Screen) -> None:
    guide.scan("admit")
    guide.station.now = unattended(fault=FAULT)
    told = guide.news(GateOutcome.FAILED, annulled=True)
    assert isinstance(told, Picture)
    assert (told.word, told.colour, told.buttons, told.auto_advance_s) == ("OUT OF ORDER", Colour.VIOLET, (), None)
    assert "not used up" in told.headline
    closed = guide.act(GoOn())
    assert isinstance(closed, Picture)
    assert (closed.word, closed.auto_advance_s) == ("OUT OF ORDER", None)
    assert "scanning" not in screen.told
    assert guide.status(unattended()) == "scanning"


def test_a_start_while_out_of_order_shows_it(guide: GateGuide) -> None:
    told = guide.status(unattended(fault=FAULT))
    assert isinstance(told, Picture)
    assert told.word == "OUT OF ORDER"
    assert guide.status(unattended(fault=FAULT)) is told, "once, not every second"


def test_where_somebody_stands_one_may_go_on_to_lists_and_badges(guide: GateGuide) -> None:
    guide.status(replace(status_of(), fault=FAULT))
    assert guide.act(GoOn()) == "scanning"


def test_a_code_that_comes_too_early_is_a_cue_and_is_read_again_afterwards(
    guide: GateGuide, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = guide.scan("admit")
    monkeypatch.setattr(guide.station, "scan", lambda *_: GateBusy())
    assert guide.scan("admit") == Texts("en")("gate_busy")
    assert guide.session.desk.picture is shown
    guide.news(GateOutcome.PASSED)
    assert guide.forgotten == 1


def test_a_supervisors_badge_brings_the_camera_back_with_a_note(
    guide: GateGuide, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide.status(unattended(fault=FAULT))
    guide.station.now = unattended()
    monkeypatch.setattr(guide.station, "scan", lambda *_: BackInService("Jana"))
    guide.scan("badge")
    note = [told for told in screen.told if isinstance(told, Picture)][-1]
    assert (note.headline, note.buttons) == ("Back in service", ())
    assert "scanning" in screen.told
    assert guide.act(GoOn()) == "scanning"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_staff_no_picture_of_a_turnstile_has_a_button(language: str) -> None:
    setting = Setting(Texts(language), "Europe/Prague", NOW_MS, unattended=True)
    pictures = [
        news_picture(GateNews(REF, one, annulled), setting) for one in GateOutcome for annulled in (True, False)
    ]
    pictures += [out_of_order(setting), present(Shown(FAULT), setting), present(BackInService("Jana"), setting)]
    assert [picture.buttons for picture in pictures if picture is not None] == [()] * 7


@pytest.mark.parametrize(("lets_in", "out"), [(False, Direction.OUT), (True, Direction.IN)])
def test_where_people_only_go_out_nobody_has_to_say_so(guide: GateGuide, lets_in: bool, out: Direction) -> None:
    status = unattended()
    assert status.point is not None
    guide.status(replace(status, point=replace(status.point, lets_in=lets_in, lets_out=True)))
    guide.scan("admit")
    assert guide.station.scans[-1][1].direction is out


def test_a_kiosk_moved_from_an_exit_to_where_nobody_goes_out_lets_in_again(guide: GateGuide) -> None:
    """There it has no button to turn it by."""
    status = unattended()
    assert status.point is not None
    guide.status(replace(status, point=replace(status.point, lets_in=False, lets_out=True)))
    guide.status(replace(status, point=replace(status.point, lets_in=True, lets_out=False)))
    guide.scan("admit")
    assert guide.station.scans[-1][1].direction is Direction.IN
