"""A badge that comes for one thing, and goes when that is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Outcome, Reason, Verdict
from kiosk.shown import Shown
from kiosk.ui.asking import Form
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.people import LENT_S, asked_words
from kiosk.ui.picture import Colour, GoOn, Override, Picture, Practise
from kiosk.ui.rows import Rows
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_station import ANSWERS, PIN, FakeStation
from tests.unit.kiosk.ui.test_session import Guide, Screen

BACK = "Operator: Hana · Signed out: Super Petr"


@pytest.fixture
def station() -> FakeStation:
    fake = FakeStation()
    fake.now = replace(fake.now, device=replace(fake.now.device, operator="Hana", roles=("hostess",), pin_good=False))
    return fake


def look_up(guide: Guide) -> object:
    """Petr's badge and PIN, for a name that Hana asks about."""
    guide.session.search.open()
    form = guide.settle()
    assert isinstance(form, Form)
    guide.session.submit(form.chosen("příhoda"))
    assert guide.settle() is BadgeAsked.TO_FIND
    guide.scan("badge:Super Petr")
    guide.session.people.enter_pin(PIN)
    return guide.settle()


def who(station: FakeStation) -> tuple[str | None, bool]:
    return station.now.device.operator, station.now.device.pin_good


def test_a_badge_for_a_search_goes_with_what_it_found(guide: Guide, screen: Screen, station: FakeStation) -> None:
    assert isinstance(look_up(guide), Rows)
    assert who(station) == ("Super Petr", True)
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Hana", False)
    assert screen.told[-1] == BACK
    guide.session.go_on()
    guide.settle()
    assert screen.told.count(BACK) == 1


def test_the_next_guest_is_let_in_by_whoever_was_here(guide: Guide, screen: Screen, station: FakeStation) -> None:
    """The queue goes on while what was found is still on the screen."""
    look_up(guide)
    names: list[str | None] = []
    decide = station.scan

    def watched(scanned: object, request: object) -> object:
        names.append(station.now.device.operator)
        return decide(scanned, request)  # type: ignore[arg-type]  # handed on as they came

    station.scan = watched  # type: ignore[assignment,method-assign]
    guide.scan("admit")
    assert names == ["Hana"]
    assert BACK in screen.told


def test_a_badge_for_an_override_stays_for_that_guest_alone(
    guide: Guide, screen: Screen, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "history", Shown(Verdict(Outcome.ASK, Reason.HISTORY_INCOMPLETE)))
    guide.scan("supervisor")
    assert guide.act(Override(Reason.NEEDS_SUPERVISOR)) is BadgeAsked.TO_OVERRIDE
    assert isinstance(guide.scan("badge:Super Petr"), PinAsked)
    guide.session.people.enter_pin(PIN)
    form = guide.settle()
    assert isinstance(form, Form)
    station.again_answers.append("history")
    guide.session.submit(form.chosen("known to us"))
    guide.settle()
    assert who(station) == ("Super Petr", True), "there may be another question about the same guest"
    guide.act(Override(Reason.HISTORY_INCOMPLETE))
    guide.session.submit(replace(form, override=Reason.HISTORY_INCOMPLETE).chosen("known to us"))
    picture = guide.settle()
    assert isinstance(picture, Picture)
    assert picture.colour is Colour.GREEN
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)
    assert screen.told[-1] == BACK


def test_a_badge_scanned_over_a_question_is_for_that_question(
    guide: Guide, screen: Screen, station: FakeStation
) -> None:
    guide.scan("supervisor")
    guide.scan("badge:Super Petr")
    assert who(station) == ("Super Petr", False)
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)


def test_whoever_brings_no_more_rights_has_come_to_stay(guide: Guide, station: FakeStation) -> None:
    """A hand-over while a question is open: nobody else's name is put to entries afterwards."""
    guide.scan("confirm")
    guide.scan("badge:Iva")
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Iva", False)


def test_a_badge_scanned_while_nothing_is_asked_has_come_to_stay(guide: Guide, station: FakeStation) -> None:
    guide.scan("badge:Super Petr")
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Super Petr", False)


def test_a_badge_that_signs_in_after_it_was_lent_stays(guide: Guide, screen: Screen, station: FakeStation) -> None:
    look_up(guide)
    guide.session.go_on()
    guide.settle()
    guide.scan("badge:Super Petr")
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Super Petr", False)
    assert screen.told.count(BACK) == 1


def test_where_nobody_had_signed_in_nobody_has_afterwards(guide: Guide, screen: Screen, station: FakeStation) -> None:
    station.sign_out()
    guide.session.ask_status()
    guide.settle()
    look_up(guide)
    guide.session.go_on()
    guide.settle()
    assert who(station) == (None, False)
    assert screen.told[-1] == "Nobody signed in · Signed out: Super Petr"


def test_practice_that_a_supervisor_began_goes_on_with_whoever_practises(guide: Guide, station: FakeStation) -> None:
    assert guide.act(Practise(on=True)) is BadgeAsked.TO_PRACTISE
    guide.scan("badge:Super Petr")
    guide.session.people.enter_pin(PIN)
    guide.settle()
    assert station.now.practice
    guide.settle()
    assert who(station) == ("Hana", False)


def test_signing_out_or_locking_leaves_nobody_to_come_back(guide: Guide, screen: Screen, station: FakeStation) -> None:
    look_up(guide)
    guide.session.sign_out()
    guide.settle()
    guide.session.go_on()
    guide.settle()
    assert who(station) == (None, False)
    assert BACK not in screen.told


def test_whoever_walks_away_from_what_a_badge_opened_leaves_it_for_three_minutes(
    guide: Guide, screen: Screen, station: FakeStation, clock: ManualClock
) -> None:
    look_up(guide)
    clock.advance(LENT_S - 1)
    guide.session.people.touched()
    clock.advance(LENT_S - 1)
    guide.session.ask_status()
    guide.settle()
    assert who(station) == ("Super Petr", True)
    clock.advance(2)
    guide.session.ask_status()
    guide.settle()
    assert who(station) == ("Hana", False)
    assert "scanning" in screen.told[-3:]
    assert guide.session.search.looked is None


def test_a_guest_who_is_asked_about_stays_though_the_badge_has_gone(
    guide: Guide, screen: Screen, station: FakeStation, clock: ManualClock
) -> None:
    asked = guide.scan("supervisor")
    guide.scan("badge:Super Petr")
    clock.advance(LENT_S + 1)
    guide.session.ask_status()
    guide.settle()
    assert who(station) == ("Hana", False)
    assert guide.session.desk.picture is not None
    assert isinstance(asked, Picture)
    assert guide.session.desk.picture.word == asked.word
    assert "scanning" not in screen.told


def test_while_too_much_waits_the_badge_is_given_back_later(
    guide: Guide, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up(guide)
    with monkeypatch.context() as busy:
        busy.setattr(guide.session.desk.worker, "submit", lambda _job: False)
        guide.session.go_on()
    assert who(station) == ("Super Petr", True)
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Hana", False)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "asked", [BadgeAsked.TO_FIND, BadgeAsked.TO_OVERRIDE, BadgeAsked.TO_SET, BadgeAsked.TO_PRACTISE]
)
def test_before_the_badge_is_scanned_it_says_who_is_here_afterwards(language: str, asked: BadgeAsked) -> None:
    texts = Texts(language)
    assert asked_words(asked, texts, "Hana")[1].endswith(texts("badge_lent", name="Hana"))
    assert "Hana" not in asked_words(asked, texts, None)[1]
    assert "Hana" not in asked_words(BadgeAsked.NOT, texts, "Hana")[1]


def test_a_supervisors_badge_over_a_refusal_leaves_it_there_with_what_they_may_do(
    guide: Guide, screen: Screen, station: FakeStation
) -> None:
    """It signed the supervisor in for good, and the guest who was refused had gone from the screen."""
    refused = guide.scan("used")
    assert isinstance(refused, Picture)
    guide.scan("badge:Super Petr")
    (now,) = screen.anew
    assert (now.word, now.headline, now.auto_advance_s) == (refused.word, refused.headline, None)
    assert [button.action for button in now.buttons] == [GoOn(), Override(Reason.ALREADY_TODAY)]
    assert [button.action for button in refused.buttons] == [GoOn()]
    assert isinstance(guide.act(Override(Reason.ALREADY_TODAY)), PinAsked)
    guide.session.people.enter_pin(PIN)
    form = guide.settle()
    assert isinstance(form, Form)
    guide.session.submit(form.chosen("known to us"))
    guide.settle()
    assert station.agains[-1].override is Reason.ALREADY_TODAY
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)
    assert screen.told[-1] == BACK


@pytest.mark.parametrize(
    ("scanned", "badge"), [("used", "badge:Iva"), ("foreign", "badge:Super Petr"), ("admit", "badge:Super Petr")]
)
def test_where_a_badge_can_change_nothing_it_signs_in(
    guide: Guide, station: FakeStation, scanned: str, badge: str
) -> None:
    guide.scan(scanned)
    guide.scan(badge)
    guide.session.go_on()
    guide.settle()
    assert who(station) == (badge.removeprefix("badge:"), False)


def test_a_badge_scanned_while_a_name_is_typed_is_for_that_search(
    guide: Guide, screen: Screen, station: FakeStation
) -> None:
    """The field itself says that a badge is needed: it signed the supervisor in, and the field had gone."""
    guide.session.search.open()
    form = guide.settle()
    assert isinstance(form, Form)
    told = len(screen.told)
    assert guide.scan("badge:Super Petr") == "Operator: Super Petr · Supervisor"
    assert len(screen.told) == told + 1, "what was typed stays"
    guide.session.submit(form.chosen("příhoda"))
    assert isinstance(guide.settle(), PinAsked)
    guide.session.people.enter_pin(PIN)
    assert isinstance(guide.settle(), Rows)
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Hana", False)


def test_once_the_search_is_left_a_badge_signs_in(guide: Guide, station: FakeStation) -> None:
    guide.session.search.open()
    guide.settle()
    guide.session.put_off()
    guide.scan("badge:Super Petr")
    guide.session.go_on()
    guide.settle()
    assert who(station) == ("Super Petr", False)


def test_the_page_that_asks_for_the_badge_is_not_headed_as_if_practice_had_begun() -> None:
    """A ticket scanned there is let in."""
    texts = Texts("en")
    assert asked_words(BadgeAsked.TO_PRACTISE, texts, "Hana")[0] != texts("practice")
