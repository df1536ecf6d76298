"""Practice on the screen, without a window: who may begin, what is touched, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.rules import PointKind
from kiosk.practice.samples import Sample, text_of
from kiosk.shown import RealInPractice, Shown
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import Colour, Picture, Practise, Shape, ShowSample, ShowSamples
from kiosk.ui.practising import sample_rows
from kiosk.ui.presenter import present
from kiosk.ui.room import LINES_MAX
from kiosk.ui.rows import Rows
from kiosk.ui.session import Session
from kiosk.ui.telling import Setting
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_station import ANSWERS, NOW_MS, PIN, FakeStation
from tests.unit.kiosk.ui.test_session import Guide, Screen


@pytest.fixture
def screen() -> Screen:
    return Screen()


@pytest.fixture
def station() -> FakeStation:
    return FakeStation()


@pytest.fixture
def guide(screen: Screen, station: FakeStation) -> Iterator[Guide]:
    session = Session(station, screen, screen.deliver, ManualClock(NOW_MS), "en")
    yield Guide(session, screen)
    session.stop()


def supervise(guide: Guide, station: FakeStation) -> None:
    station.now = replace(station.now, device=replace(station.now.device, roles=("supervisor",), pin_good=True))
    guide.session.ask_status()
    guide.settle()


def test_only_a_supervisor_begins_and_badge_and_pin_are_asked_for_in_place(guide: Guide, station: FakeStation) -> None:
    assert guide.act(Practise(on=True)) is BadgeAsked.TO_PRACTISE, "no PIN is asked of a hostess: it would not help"
    guide.session.people.enter_pin(PIN)
    guide.settle()
    assert guide.settle() is BadgeAsked.TO_PRACTISE, "a hostess with her PIN may not"
    assert not station.now.practice
    assert guide.scan("badge:Super Zdeňka") == PinAsked("Super Zdeňka", asked=BadgeAsked.TO_PRACTISE), (
        "what was wanted goes on with another's badge"
    )
    supervise(guide, station)
    guide.act(Practise(on=True))
    assert sample_rows(Texts("en")) in guide.screen.told[-3:]
    assert station.now.practice


@pytest.mark.parametrize("role", ["hostess", "supervisor"])
def test_back_from_badge_or_pin_leads_to_who_is_here(guide: Guide, station: FakeStation, role: str) -> None:
    station.now = replace(station.now, device=replace(station.now.device, roles=(role,)))
    guide.session.ask_status()
    guide.settle()
    asked = guide.act(Practise(on=True))
    assert asked == (
        BadgeAsked.TO_PRACTISE if role == "hostess" else PinAsked("Zdeňka K.", asked=BadgeAsked.TO_PRACTISE)
    )
    guide.session.put_off()
    assert guide.settle() is BadgeAsked.NOT


def test_a_touch_shows_a_sample_as_if_it_had_been_scanned(guide: Guide, station: FakeStation) -> None:
    supervise(guide, station)
    guide.act(Practise(on=True))
    guide.act(ShowSample(Sample.WRONG_DAY))
    assert station.scans[-1][0].text == text_of(Sample.WRONG_DAY)
    assert isinstance(guide.act(ShowSamples()), Rows)


def test_anybody_may_end_it_and_nothing_of_it_stays(guide: Guide, station: FakeStation) -> None:
    supervise(guide, station)
    guide.act(Practise(on=True))
    guide.scan("admit")
    station.sign_out()
    assert guide.act(Practise(on=False)) == "scanning"
    assert not guide.session.practising.is_on
    assert guide.session.desk.picture is None
    assert guide.session.desk.shown is None


def test_when_it_ends_by_itself_the_camera_is_back(guide: Guide, station: FakeStation) -> None:
    supervise(guide, station)
    guide.act(Practise(on=True))
    guide.scan("admit")
    station.practise(on=False)
    guide.session.ask_status()
    assert guide.settle() == "scanning"
    assert not guide.session.can_undo, "a practised use cannot be taken back afterwards"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["admit_holder", "override", "used", "choose", "unpaid", "questions"])
def test_every_verdict_of_a_sample_says_first_that_nobody_is_admitted(name: str, language: str) -> None:
    texts = Texts(language)
    setting = Setting(texts, "Europe/Prague", NOW_MS)
    picture = present(replace(ANSWERS[name], practice=PointKind.GATE), setting)
    assert picture.lines[0].text == texts("practice_nobody")
    assert len(picture.lines) <= LINES_MAX
    real = present(ANSWERS[name], setting)
    assert (picture.colour, picture.buttons, picture.lines[1:3]) == (real.colour, real.buttons, real.lines[:2])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["hand_out", "choose", "used_here"])
def test_a_sample_of_a_stand_says_first_that_nothing_is_handed_out(name: str, language: str) -> None:
    """Above HAND OUT "nobody is admitted" does not say whether to give the shirt."""
    texts = Texts(language)
    for kind in (PointKind.STAND, PointKind.GATE):  # wherever the kiosk stands
        setting = Setting(texts, "Europe/Prague", NOW_MS, kind)
        said = [line.text for line in present(replace(ANSWERS[name], practice=PointKind.STAND), setting).lines]
        assert said[0] == texts("practice_nothing")
        assert texts("practice_nobody") not in said


def test_items_are_handed_out_whatever_kind_of_point_this_is() -> None:
    gate = Setting(Texts("en"), "Europe/Prague", NOW_MS, PointKind.GATE)
    assert present(replace(ANSWERS["admit"], practice=PointKind.STAND), gate).word == "HAND OUT"


def test_a_real_pass_is_answered_neutrally_and_told_what_to_do() -> None:
    picture = present(RealInPractice(), Setting(Texts("en"), "Europe/Prague", NOW_MS))
    assert isinstance(picture, Picture)
    assert (picture.colour, picture.shape) == (Colour.BLUE, Shape.DOT)
    assert "nobody was admitted with a real pass, and it was not used up. Leave practice" in picture.lines[0].text


def test_a_real_verdict_says_nothing_of_practice() -> None:
    shown: Shown = ANSWERS["admit"]
    picture = present(shown, Setting(Texts("en"), "Europe/Prague", NOW_MS))
    assert Texts("en")("practice_nobody") not in [line.text for line in picture.lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_with_sizes_names_the_button_that_is_to_be_touched(language: str) -> None:
    texts = Texts(language)
    assert texts("size_other") in texts("sample_sizes_what").replace("\u00a0", " ")
