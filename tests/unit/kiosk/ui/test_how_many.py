"""A party at a gate, from the scan to the journal: how many come or leave is asked once, and of nobody who is alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from common.bodies import Exit, Redeem, Void
from common.clock import ManualClock
from common.decision import Direction, Reason, Request, Verdict
from common.leaving import moved_by
from common.rules import ConfirmMode, PointRules
from kiosk.input.events import Scanned
from kiosk.shown import Answer, Shown
from kiosk.surroundings import Here
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import Choose, Colour, Confirm, GoOn, Picture, Undo
from kiosk.ui.presenter import present
from kiosk.ui.session import Session
from kiosk.ui.telling import Setting
from tests.support.fake_station import NOW_MS, FakeStation, status_of
from tests.support.kiosk_world import CAMP, GATE, RALLY, WILD
from tests.unit.kiosk.station.test_station import World
from tests.unit.kiosk.ui.test_session import Guide, Screen


class RealScans(FakeStation):
    """Scans, their second requests and what is taken back are a real station's."""

    def __init__(self, world: World) -> None:
        super().__init__(status_of(connected=True))
        self.world = world

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        self.scans.append((scanned, request))
        return self.world.kiosk.station.scan(scanned, request)

    def again(self, request: Request) -> Answer:
        self.agains.append(request)
        return self.world.kiosk.station.again(request)


class Gate:
    """A session at a gate, and what its kiosk wrote."""

    def __init__(self, world: World) -> None:
        self.world, screen = world, Screen()
        self.station = RealScans(world)
        self.session = Session(self.station, screen, screen.deliver, ManualClock(NOW_MS), "en")
        self.guide = Guide(self.session, screen)

    def scan(self, text: str) -> Picture:
        self.guide.scan(text)
        return self.picture

    def act(self, action: Choose | Confirm) -> Picture:
        self.guide.act(action)
        return self.picture

    @property
    def picture(self) -> Picture:
        """What is on the screen, under any cue."""
        return [told for told in self.guide.screen.told if isinstance(told, Picture)][-1]

    @property
    def moved(self) -> list[tuple[str, int]]:
        """What went in or out, by number of persons."""
        bodies = (entry.body for entry in self.world.kiosk.stores.journal.since(0))
        return [(type(one).__name__, moved_by(one)) for one in bodies if isinstance(one, Redeem | Exit)]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    world = World(tmp_path / "kiosk", WILD)
    gate = Gate(world)
    yield gate
    gate.session.stop()
    world.kiosk.close()


def party(gate: Gate, persons: int = 4) -> str:
    return gate.world.event.make_ticket((CAMP, persons), product=CAMP).text


def words(picture: Picture) -> str:
    return " | ".join(line.text for line in picture.lines)


def test_a_party_is_asked_how_many_come_and_one_touch_lets_in_all_of_them(gate: Gate) -> None:
    asked = gate.scan(party(gate))
    assert (asked.colour, asked.headline) == (Colour.AMBER, "How many are coming in?")
    assert [(one.action, one.label, one.most, one.counts) for one in asked.buttons[1:]] == [
        (Choose(CAMP), "ADMIT", 4, True)
    ]
    assert isinstance(asked.buttons[0].action, GoOn)
    assert (asked.quantity_most, gate.session.ask_quantity) == (4, 4)
    assert gate.moved == [], "nothing is used up before somebody says how many came"
    admitted = gate.act(Choose(CAMP))
    assert admitted.colour is Colour.GREEN
    assert admitted.headline.startswith("4")
    assert gate.moved == [("Redeem", 4)]


def test_three_of_four_come_and_the_fourth_later_without_a_question(gate: Gate) -> None:
    family = party(gate)
    gate.scan(family)
    gate.session.step(-1)
    three = gate.act(Choose(CAMP))
    assert "Left:\u00a01" in words(three)
    fourth = gate.scan(family)
    assert fourth.colour is Colour.GREEN
    assert gate.moved == [("Redeem", 3), ("Redeem", 1)]
    assert gate.scan(family).colour is Colour.RED


def test_two_of_three_that_are_left_come(gate: Gate) -> None:
    """The stepper begins at those who are left, and goes no further."""
    family = party(gate)
    gate.scan(family)
    for _ in range(3):
        gate.session.step(-1)
    gate.act(Choose(CAMP))
    asked = gate.scan(family)
    assert (asked.quantity_most, gate.session.ask_quantity) == (3, 3)
    assert asked.buttons[1].detail.endswith(" · Left:\u00a03")
    gate.session.step(+1)
    assert gate.session.ask_quantity == 3
    gate.session.step(-1)
    gate.act(Choose(CAMP))
    assert gate.moved == [("Redeem", 1), ("Redeem", 2)]


def test_whoever_leaves_is_counted_from_those_inside_and_nobody_is_kept_in_for_a_number(gate: Gate) -> None:
    family = party(gate)
    gate.scan(family)
    gate.session.step(-1)
    gate.act(Choose(CAMP))
    gate.session.turn(Direction.OUT)
    asked = gate.scan(family)
    assert asked.headline == "How many are going out?"
    assert (asked.quantity_most, gate.session.ask_quantity) == (4, 3)
    assert (asked.buttons[1].label, asked.buttons[1].detail.split(" · ")[1]) == ("LET OUT", "Inside:\u00a03")
    gate.session.step(-1)
    assert gate.act(Choose(CAMP)).colour is Colour.CYAN
    assert gate.scan(family).colour is Colour.CYAN, "the last one inside is let out without a question"
    assert gate.moved == [("Redeem", 3), ("Exit", 2), ("Exit", 1)]


def test_a_party_is_taken_back_as_a_whole_and_asked_about_anew(gate: Gate) -> None:
    family = party(gate)
    gate.scan(family)
    admitted = gate.act(Choose(CAMP))
    undo = next(one.action for one in admitted.buttons if isinstance(one.action, Undo))
    gate.world.kiosk.station.undo(undo.entry)
    assert any(isinstance(entry.body, Void) for entry in gate.world.kiosk.stores.journal.since(0))
    assert gate.scan(family).quantity_most == 4
    assert gate.session.ask_quantity == 4


def test_who_is_alone_is_never_asked(gate: Gate) -> None:
    alone = gate.world.camper.text
    assert gate.scan(alone).colour is Colour.GREEN
    gate.session.turn(Direction.OUT)
    assert gate.scan(alone).colour is Colour.CYAN
    assert gate.scan(alone).colour is Colour.CYAN, "never inside, as far as is known here"
    assert gate.moved == [("Redeem", 1), ("Exit", 1), ("Exit", 1)]


def test_only_looking_asks_nothing(gate: Gate) -> None:
    gate.session.only_look(on=True)
    assert gate.scan(party(gate)).colour is Colour.BLUE
    assert gate.moved == []


def test_the_next_guest_begins_with_a_number_of_their_own(gate: Gate) -> None:
    gate.scan(party(gate))
    gate.session.step(-3)
    assert gate.session.ask_quantity == 1
    gate.scan(party(gate, 6))
    assert gate.session.ask_quantity == 6
    assert gate.scan(gate.world.camper.text).colour is Colour.GREEN
    assert gate.moved == [("Redeem", 1)]


def ruled(world: World, monkeypatch: pytest.MonkeyPatch, change: Callable[[PointRules], PointRules]) -> None:
    """The kiosk's point has other rules than the event file says."""
    around = world.kiosk.station._parts.around
    here = around.here()
    assert isinstance(here, Here)
    place = replace(here.place, point=change(here.place.point))
    monkeypatch.setattr(around, "here", lambda: replace(here, place=place))


def test_a_gate_that_confirms_asks_once_for_both(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    ruled(gate.world, monkeypatch, lambda point: replace(point, confirm=ConfirmMode.CONFIRM))
    asked = gate.scan(party(gate))
    assert [one.action for one in asked.buttons] == [GoOn(), Confirm()]
    assert (asked.quantity_most, gate.session.ask_quantity) == (4, 4)
    gate.session.step(-1)
    assert gate.act(Confirm()).colour is Colour.GREEN
    assert gate.moved == [("Redeem", 3)]


def test_where_nobody_stands_one_comes_in_at_a_time(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    ruled(gate.world, monkeypatch, lambda point: replace(point, unattended=True))
    verdict = gate.world.verdict(party(gate), Request(asks_how_many=True))
    assert (verdict.reason, verdict.quantity) == (Reason.OK, 1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_fewer_left_than_asked_for_can_be_let_in_in_words_of_a_gate(gate: Gate, language: str) -> None:
    """Another gate has admitted two of them meanwhile."""
    family, setting = party(gate), Setting(Texts(language), "Europe/Prague", NOW_MS)
    gate.world.answer(family, Request(quantity=2))
    refused = gate.world.answer(family, Request(quantity=4))
    assert isinstance(refused.verdict, Verdict)
    button = present(refused, setting).buttons[1]
    assert (button.action, button.label) == (Choose(CAMP, 2), Texts(language)("only_left_in", left=2))


def test_a_party_with_a_ticket_for_the_main_gate_is_asked_there_too(tmp_path: Path) -> None:
    """Once for the whole event: nobody is inside or outside, only used up."""
    world = World(tmp_path / "gate", GATE)
    four = world.event.make_ticket((RALLY, 4), product=RALLY).text
    shown = world.answer(four, Request(asks_how_many=True))
    assert isinstance(shown, Shown)
    picture = present(shown, Setting(Texts("en"), "Europe/Prague", NOW_MS))
    assert (picture.quantity_most, picture.quantity_first) == (4, 4)
    world.kiosk.close()


@pytest.mark.parametrize("steps", [-2, -3])
def test_a_touch_that_lands_twice_lets_in_once(gate: Gate, steps: int) -> None:
    """A hand that trembles, a screen that is slow to answer: the second touch was for what is gone from it."""
    gate.scan(party(gate))
    gate.session.step(steps)
    for _ in range(2):
        gate.session.act(Choose(CAMP))
    gate.guide.settle()
    assert gate.moved == [("Redeem", 4 + steps)]


def test_a_confirmation_that_lands_twice_lets_in_once(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    ruled(gate.world, monkeypatch, lambda point: replace(point, confirm=ConfirmMode.CONFIRM))
    gate.scan(party(gate))
    gate.session.step(-2)
    for _ in range(2):
        gate.session.act(Confirm())
    gate.guide.settle()
    assert gate.moved == [("Redeem", 2)]


def test_what_nothing_came_of_can_be_touched_again(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = gate.scan(party(gate))
    monkeypatch.setattr(gate.station, "again", lambda _request: 1 // 0)
    assert gate.act(Choose(CAMP)).colour is not asked.colour
    monkeypatch.undo()
    gate.session.put_off()
    assert gate.picture is asked
    gate.act(Choose(CAMP))
    assert gate.moved == [("Redeem", 4)]
