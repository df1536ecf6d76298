"""A badge that came for one thing takes along all it opened; who was there before is there again by name alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from common.badges import Role
from common.decision import Outcome, Request
from common.errors import BadInput
from common.ids import BadgeId
from kiosk.front import Front
from kiosk.input.events import Scanned, Source
from kiosk.shown import OperatorTaken, PinRefused, PinTrouble
from tests.support.whole_world import PIN, Gate, Guest, WholeWorld

pytestmark = pytest.mark.usefixtures("cheap_argon2")


class Lending:
    """A gate where Hana, a hostess, has signed in, and Petr's badge that opens more."""

    def __init__(self, world: WholeWorld) -> None:
        self.world = world
        self.petr, self.hana = world.badge("Petr"), world.badge("Hana", (Role.HOSTESS,))
        self.passes = world.issue(Guest("Łukasz Dvořák-Žižka"), Guest("Jana Nováková"))
        world.build()
        self.gate: Gate = world.gate()
        self.gate.scan(self.hana.digits)

    @property
    def front(self) -> Front:
        return self.gate.front

    def lend(self, pin: str = PIN) -> None:
        """Petr's badge and PIN."""
        taken = self.front.scan(Scanned(self.petr.digits, Source.CAMERA, 0.0), Request())
        assert taken == OperatorTaken("Petr", ("supervisor",), before="Hana", brings_rights=True)
        assert self.front.enter_pin(pin) == OperatorTaken("Petr", ("supervisor",), pin_good=True)

    def here(self) -> BadgeId | None:
        return self.front.kiosk.station.operators.sign(Request()).operator


@pytest.fixture
def lending(world: WholeWorld) -> Lending:
    return Lending(world)


def test_what_was_opened_is_closed_and_the_next_entry_bears_the_name_of_who_was_here(lending: Lending) -> None:
    lending.lend()
    (one,) = lending.front.find("lukasz")
    lent = lending.front.kiosk.station.operators._session
    assert lent is not None
    assert any(lent.private)
    assert lending.front.give_back() == "Hana"
    assert not any(lent.private)
    assert not any(lent.secret)
    signed = lending.front.kiosk.station.operators.sign(Request(badge_and_pin=True))
    assert signed == replace(Request(), operator=lending.hana.badge, operator_roles=("hostess",))
    with pytest.raises(BadInput, match="badge and its PIN"):
        lending.front.redeem_found(one.ticket, Request())
    with pytest.raises(BadInput):
        lending.front.find("lukasz")
    assert lending.gate.verdict(lending.passes[0].digits).outcome is Outcome.ADMIT
    assert lending.front.kiosk.stores.journal.since(0)[-1].operator == lending.hana.badge


def test_her_own_pin_opens_nothing_before_her_badge_is_scanned_again(lending: Lending) -> None:
    """No secret of hers was kept meanwhile."""
    lending.lend()
    lending.front.give_back()
    answer = lending.front.enter_pin(PIN)
    assert isinstance(answer, PinRefused)
    assert answer.why is PinTrouble.NO_BADGE
    lending.gate.scan(lending.hana.digits)
    assert lending.front.enter_pin(PIN) == OperatorTaken("Hana", ("hostess",), pin_good=True)


def test_a_lent_badge_that_is_read_twice_is_given_back_to_the_same_person(lending: Lending) -> None:
    lending.lend()
    lending.gate.scan(lending.petr.digits)
    assert lending.front.give_back() == "Hana"
    assert lending.front.give_back() == "", "she has borrowed nothing: there is nobody before her"
    assert lending.here() is None


@pytest.mark.parametrize("end", [Front.sign_out, Front.lock])
def test_after_leaving_or_locking_nobody_comes_back(lending: Lending, end: Callable[[Front], None]) -> None:
    lending.lend()
    end(lending.front)
    assert lending.front.give_back() == ""
    assert lending.here() is None


def test_a_locked_kiosk_gives_nothing_back(lending: Lending) -> None:
    lending.lend()
    lending.front.lock()
    lending.gate.scan(lending.petr.digits)
    assert lending.front.give_back() == ""
    assert lending.here() is None, "it was unlocked by a badge, and nobody was here before that"


def test_whoever_was_blocked_meanwhile_is_not_named_again(lending: Lending) -> None:
    lending.lend()
    lending.world.services.badges.block(lending.world.event.id, "Hana")
    lending.gate.settle()
    assert lending.front.give_back() == ""
    assert lending.here() is None


def test_whose_badge_expired_meanwhile_is_not_named_again(lending: Lending) -> None:
    lending.lend()
    before = lending.front.kiosk.station.operators._before
    lending.world.advance(before.expires_s - lending.world.clock.now_ms() / 1000 + 1)
    assert lending.front.give_back() == ""
    assert lending.here() is None


def test_a_hand_over_by_pin_alone_can_be_given_back_too(lending: Lending) -> None:
    lending.lend()
    lending.gate.scan(lending.hana.digits)
    (petr,) = lending.front.shift()
    assert lending.front.switch(petr.badge, PIN) == OperatorTaken(
        "Petr", ("supervisor",), before="Hana", brings_rights=True
    )
    assert lending.front.give_back() == "Hana"


def test_of_equals_neither_brings_rights(world: WholeWorld) -> None:
    lending = Lending(world)
    other = world.badge("Iva", (Role.HOSTESS,))
    taken = lending.front.scan(Scanned(other.digits, Source.CAMERA, 0.0), Request())
    assert taken == OperatorTaken("Iva", ("hostess",), before="Hana")


def test_of_two_badges_that_came_for_one_thing_neither_is_named_afterwards(world: WholeWorld) -> None:
    """The second was read before anything came of the first, which was then named in entries as if it were at work."""
    lending = Lending(world)
    other = world.badge("Eva")
    lending.gate.scan(lending.petr.digits)
    lending.gate.scan(other.digits)
    assert lending.front.give_back() == "Hana"
    assert lending.here() == lending.hana.badge


def test_whoever_took_over_for_good_is_who_was_here_before_the_next_badge(world: WholeWorld) -> None:
    lending = Lending(world)
    iva = world.badge("Iva", (Role.HOSTESS,))
    lending.gate.scan(iva.digits)
    lending.gate.scan(lending.petr.digits)
    assert lending.front.give_back() == "Iva"
