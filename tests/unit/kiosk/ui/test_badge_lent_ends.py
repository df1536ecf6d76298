"""A badge that came for one thing goes whatever comes in between, and nobody else's name is put to entries for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.clock import ManualClock
from common.decision import Reason
from kiosk.operators import Person
from kiosk.shown import GateBusy, OperatorTaken
from kiosk.ui.asking import Form
from kiosk.ui.people import LENT_S
from kiosk.ui.picture import GoOn, Override, Picture, SwitchTo, Undo
from kiosk.ui.rows import Rows
from kiosk.ui.views import BadgeAsked, PinAsked
from kiosk.ui.worker import Job
from tests.support.fake_lists import PEOPLE
from tests.support.fake_station import PIN, FakeStation
from tests.unit.kiosk.ui.test_badge_lent import look_up, who
from tests.unit.kiosk.ui.test_session import Guide


@pytest.fixture
def station() -> FakeStation:
    fake = FakeStation()
    fake.now = replace(fake.now, device=replace(fake.now.device, operator="Hana", roles=("hostess",), pin_good=False))
    return fake


def override(guide: Guide, scanned: str, reason: Reason) -> object:
    """Petr's badge and PIN, for a guest whom Hana may not let in."""
    guide.scan(scanned)
    assert guide.act(Override(reason)) is BadgeAsked.TO_OVERRIDE
    assert isinstance(guide.scan("badge:Super Petr"), PinAsked)
    guide.session.people.enter_pin(PIN)
    return guide.settle()


def test_what_was_overridden_and_is_taken_back_leaves_nobody_behind(guide: Guide, station: FakeStation) -> None:
    form = override(guide, "supervisor", Reason.NEEDS_SUPERVISOR)
    assert isinstance(form, Form)
    guide.session.submit(form.chosen("known to us"))
    admitted = guide.settle()
    assert isinstance(admitted, Picture)
    (undo,) = (button.action for button in admitted.buttons if isinstance(button.action, Undo))
    guide.act(undo)
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)


def test_back_while_the_pin_is_checked_leaves_nobody_behind(guide: Guide, station: FakeStation) -> None:
    guide.scan("used")
    guide.act(Override(Reason.ALREADY_TODAY))
    guide.scan("badge:Super Petr")
    session = guide.session
    session.put_off()
    session.people.enter_pin(PIN)
    guide.settle()
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)


def test_who_takes_over_by_pin_alone_beside_a_lent_badge_has_come_to_stay(guide: Guide, station: FakeStation) -> None:
    """Otherwise the badge that was lent would be named again, and its holder is long gone."""
    iva = next(person for person in PEOPLE if "supervisor" not in person.roles)
    assert isinstance(iva, Person)
    guide.scan("supervisor")
    guide.scan("badge:Super Petr")
    guide.session.people.switch(SwitchTo(iva.badge, iva.name))
    guide.session.people.enter_pin(PIN)
    guide.settle()
    guide.act(GoOn())
    guide.settle()
    assert who(station) == (iva.name, False)


def test_a_second_badge_for_the_same_question_is_lent_as_the_first_was(guide: Guide, station: FakeStation) -> None:
    """Read before the first was answered: it brings no more rights than that, and has not come to stay for it."""
    guide.scan("supervisor")
    guide.scan("badge:Super Petr")
    device = replace(station.now.device, operator="Super Olga", pin_good=True)
    station.now = replace(station.now, device=device)
    guide.session.people.came(OperatorTaken("Super Olga", ("supervisor",), before="Super Petr"))
    guide.act(GoOn())
    guide.settle()
    assert who(station) == ("Hana", False)


def test_what_waited_for_a_pin_waits_no_more_when_whoever_came_has_gone(
    guide: Guide, station: FakeStation, clock: ManualClock
) -> None:
    guide.scan("used")
    guide.act(Override(Reason.ALREADY_TODAY))
    guide.scan("badge:Super Petr")
    clock.advance(LENT_S + 1)
    guide.session.ask_status()
    guide.settle()
    assert who(station) == ("Hana", False)
    told = guide.scan("badge:Super Petr")
    assert isinstance(told, Picture), "the guest of that question has gone: nothing is asked for them"
    assert who(station) == ("Super Petr", False)


def test_names_that_were_found_go_with_the_badge_though_the_next_code_has_no_verdict(
    guide: Guide, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turnstile is open for somebody else: nothing takes the list's place, and nobody here may see names."""
    look_up(guide)
    forgotten = guide.screen.forgotten
    monkeypatch.setattr(station, "scan", lambda _scanned, _request: GateBusy())
    guide.scan("admit")
    assert who(station) == ("Hana", False)
    assert guide.session.search.looked is None
    assert guide.screen.forgotten == forgotten + 1
    assert [told for told in guide.screen.told if told == "scanning" or isinstance(told, Rows)][-1] == "scanning"


def test_two_threads_give_a_badge_back_once(
    guide: Guide, station: FakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code is read while "Next" is touched: the second would find nobody who was here before."""
    look_up(guide)
    people, worker = guide.session.people, guide.session.desk.worker
    submit = worker.submit

    def beside(job: Job) -> bool:
        monkeypatch.setattr(worker, "submit", submit)
        people.give_back()
        return submit(job)

    monkeypatch.setattr(worker, "submit", beside)
    people.give_back()
    guide.settle()
    assert who(station) == ("Hana", False)
