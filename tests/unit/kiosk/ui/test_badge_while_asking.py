"""A staff badge scanned while something is asked about a guest: told of, and the question stays."""

from __future__ import annotations

import pytest

from common.decision import Outcome, Reason, Verdict
from kiosk.shown import BadgeTrouble, Shown
from kiosk.ui.asking import Form
from kiosk.ui.picture import Colour, Confirm, Override, Picture, Reply, SwitchTo
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_lists import PEOPLE
from tests.support.fake_station import ANSWERS, PIN, FakeStation
from tests.unit.kiosk.ui.test_session import Guide


def test_a_badge_while_a_guest_is_asked_about_is_told_of_and_the_question_stays(
    guide: Guide, station: FakeStation
) -> None:
    asked = guide.scan("confirm")
    assert guide.scan("badge:Jana") == "Operator: Jana · Hostess"
    assert guide.session.desk.picture == asked
    assert guide.screen.anew == [], "nothing else can be touched than before"
    guide.act(Confirm())
    assert station.agains[-1].confirmed


def test_a_supervisors_badge_adds_what_supervisors_may_do_to_the_question(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ANSWERS, "history", Shown(Verdict(Outcome.ASK, Reason.HISTORY_INCOMPLETE)))
    asked = guide.scan("history")
    assert guide.scan("badge:Super Zdeňka") == "Operator: Super Zdeňka · Supervisor"
    now = guide.session.desk.picture
    assert isinstance(asked, Picture)
    assert now is not None
    assert guide.screen.anew == [now]
    added = [button.action for button in now.buttons if button not in asked.buttons]
    assert added == [Override(Reason.HISTORY_INCOMPLETE)]


def test_a_badge_that_is_not_taken_says_why_and_the_question_stays(guide: Guide, station: FakeStation) -> None:
    """Before the question, and where a badge was asked for to answer it."""
    asked = guide.scan("supervisor")
    station.badge_trouble = BadgeTrouble.EXPIRED
    why = "Badge not accepted: Jana. The badge has expired. Take a valid one."
    assert guide.scan("badge:Jana") == why
    assert guide.session.desk.picture == asked
    station.sign_out()
    guide.session.ask_status()
    guide.settle()
    assert guide.act(Override(Reason.NEEDS_SUPERVISOR)) is BadgeAsked.TO_OVERRIDE
    assert guide.scan("badge:Jana") == why
    assert guide.session.people.wanted is not None, "a good one still leads on"
    station.badge_trouble = None
    assert guide.scan("badge:Super Jana") == PinAsked("Super Jana", asked=BadgeAsked.TO_OVERRIDE)


def test_a_badge_while_answers_are_typed_leaves_the_form_alone(guide: Guide, station: FakeStation) -> None:
    guide.scan("questions")
    form = guide.act(Reply())
    assert guide.scan("badge:Jana") == "Operator: Jana · Hostess"
    assert guide.screen.anew == []
    assert isinstance(form, Form)
    for char in "Brno":
        form = form.typed(char)
    guide.session.submit(form)
    guide.settle()
    assert dict(station.agains[-1].answers)["club"] == "Brno"


@pytest.mark.parametrize("answered", ["admit", "used"])
def test_a_badge_after_an_answer_is_shown_as_ever(guide: Guide, answered: str) -> None:
    guide.scan(answered)
    told = guide.scan("badge:Jana")
    assert isinstance(told, Picture)
    assert (told.colour, told.headline) == (Colour.BLUE, "Operator: Jana")


def test_who_takes_over_by_pin_alone_comes_back_to_the_question(guide: Guide, station: FakeStation) -> None:
    """The keypad said for ever that the PIN was being checked, and took the next PIN for the same person's."""
    asked = guide.scan("confirm")
    person = PEOPLE[0]
    guide.session.people.switch(SwitchTo(person.badge, person.name))
    guide.session.people.enter_pin(PIN)
    guide.settle()
    shown = [told for told in guide.screen.told if isinstance(told, Picture | PinAsked)]
    assert shown[-1] == asked
    assert guide.session.people.switching is None
    guide.act(Confirm())
    assert station.agains[-1].confirmed
