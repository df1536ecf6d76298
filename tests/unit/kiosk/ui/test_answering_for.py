"""What a person answers for at one guest: asked step by step, it holds for that guest alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from common.decision import Reason
from kiosk.ui.asking import Form
from kiosk.ui.picture import Colour, Confirm, Override, Picture
from kiosk.ui.views import BadgeAsked, PinAsked
from tests.support.fake_station import PIN, FakeStation, status_of
from tests.unit.kiosk.ui.test_session import Guide


@pytest.fixture
def station() -> FakeStation:
    fake = FakeStation()
    fake.now = replace(fake.now, device=replace(fake.now.device, roles=("supervisor",)))
    return fake


def test_an_override_asks_for_badge_then_pin_then_why_and_only_then_is_asked_for(
    guide: Guide, station: FakeStation
) -> None:
    station.sign_out()
    guide.session.ask_status()
    guide.scan("unpaid")
    assert guide.act(Override(Reason.UNPAID)) is BadgeAsked.TO_OVERRIDE
    assert guide.scan("badge:Super Zdeňka") == PinAsked("Super Zdeňka", asked=BadgeAsked.TO_OVERRIDE)
    guide.session.people.enter_pin("000000")
    assert guide.settle() == PinAsked("Super Zdeňka", "Wrong PIN. Tries left:\u00a04", asked=BadgeAsked.TO_OVERRIDE)
    assert station.agains == []
    guide.session.people.enter_pin(PIN)
    form = guide.settle()
    assert isinstance(form, Form)
    assert form.override is Reason.UNPAID
    guide.session.submit(form.chosen("Receipt shown"))
    assert isinstance(guide.settle(), Picture)
    [request] = station.agains
    assert (request.override, request.override_why) == (Reason.UNPAID, "Receipt shown")
    guide.act(Confirm())
    assert station.agains[-1].override is None, "whoever was let in is answered for no longer"


@pytest.mark.parametrize(
    ("reason", "anybody_may", "asked"),
    [
        (Reason.UNPAID, True, PinAsked("Zdeňka K.", asked=BadgeAsked.TO_LET_IN_UNPAID)),
        (Reason.UNPAID, False, BadgeAsked.TO_OVERRIDE),
        (Reason.PROOF_MISSING, True, BadgeAsked.TO_OVERRIDE),
        (Reason.NEEDS_SUPERVISOR, True, BadgeAsked.TO_OVERRIDE),
    ],
)
def test_a_pin_that_would_not_help_is_not_asked_for(
    guide: Guide, station: FakeStation, reason: Reason, asked: object, *, anybody_may: bool
) -> None:
    """A hostess typed hers, said why, and was refused once more."""
    point, device = station.now.point, station.now.device
    assert point is not None
    device = replace(device, roles=("hostess",), pin_good=False)
    station.now = replace(station.now, point=replace(point, may_override_unpaid=anybody_may), device=device)
    guide.session.ask_status()
    guide.scan("unpaid")
    assert guide.act(Override(reason)) == asked


def allow(guide: Guide, reason: Reason, why: str) -> None:
    """By a supervisor whose badge was scanned; the PIN is typed the first time."""
    form = guide.act(Override(reason))
    if isinstance(form, PinAsked):
        guide.session.people.enter_pin(PIN)
        form = guide.settle()
    assert isinstance(form, Form)
    guide.session.submit(form.chosen(why))
    guide.settle()


def test_what_is_asked_after_an_override_does_not_bring_the_refusal_back(guide: Guide, station: FakeStation) -> None:
    """A motorcycle of another day was allowed, its plate was to be looked at, and "confirm" refused it again."""
    station.again_answers.extend(("confirm", "admit"))
    guide.scan("unpaid")
    allow(guide, Reason.UNPAID, "Receipt shown")
    admitted = guide.act(Confirm())
    assert (station.agains[-1].override, station.agains[-1].override_why) == (Reason.UNPAID, "Receipt shown")
    assert station.agains[-1].confirmed
    assert isinstance(admitted, Picture)
    assert admitted.colour is Colour.GREEN


def test_a_second_reason_is_answered_for_beside_the_first(guide: Guide, station: FakeStation) -> None:
    station.again_answers.extend(("used", "confirm", "admit"))
    guide.scan("unpaid")
    allow(guide, Reason.UNPAID, "Receipt shown")
    allow(guide, Reason.ALREADY_TODAY, "Identity card checked")
    guide.act(Confirm())
    last = station.agains[-1]
    assert (last.override, last.answered_for) == (Reason.ALREADY_TODAY, (Reason.UNPAID,))
    assert last.override_why == "Receipt shown; already_today: Identity card checked"


@pytest.mark.parametrize(("is_stand", "said"), [(True, "Already handed out"), (False, "Used up")])
def test_the_form_of_an_override_says_what_the_refusal_says(
    guide: Guide, station: FakeStation, *, is_stand: bool, said: str
) -> None:
    """At a stand what was handed out was "already handed out" on the refusal, and "used up" on the form over it."""
    device = station.now.device
    station.now = replace(status_of(stand=is_stand), device=device)
    guide.session.ask_status()
    guide.settle()
    refused = guide.scan("used_here")
    assert isinstance(refused, Picture)
    assert refused.headline == said
    form = guide.act(Override(Reason.NOTHING_LEFT))
    if isinstance(form, PinAsked):
        guide.session.people.enter_pin(PIN)
        form = guide.settle()
    assert isinstance(form, Form)
    assert form.title == f"Allow anyway: {said}"


def test_the_next_guest_is_not_answered_for(guide: Guide, station: FakeStation) -> None:
    station.again_answers.append("confirm")
    guide.scan("unpaid")
    allow(guide, Reason.UNPAID, "Receipt shown")
    guide.scan("confirm")
    guide.act(Confirm())
    last = station.agains[-1]
    assert (last.override, last.override_why, last.answered_for) == (None, "", ())


def test_a_new_scan_ends_an_override_that_was_begun(guide: Guide, station: FakeStation) -> None:
    guide.scan("unpaid")
    guide.act(Override(Reason.UNPAID))
    guide.scan("admit")
    told = guide.scan("badge:Jana")
    assert isinstance(told, Picture)
    assert told.colour is Colour.BLUE
    assert station.agains == []
