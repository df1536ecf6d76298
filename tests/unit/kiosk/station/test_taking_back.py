"""Taking uses back: which may be, by whom, how often, and what is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from common.badges import Role
from common.bodies import Redeem, Void
from common.decision import Outcome, Reason, Request
from common.ids import Ref
from common.ticket_code import format_code
from kiosk.input.events import Scanned, Source
from kiosk.shown import Shown, TakenBack, Undone, UndoTrouble
from kiosk.station import Station
from kiosk.taking_back import TAKEN_BACK_MAX
from tests.support.cheap_argon2 import make_argon2_cheap
from tests.support.kiosk_world import NOW_MS
from tests.unit.kiosk.station.test_station import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path / "kiosk")
    yield world
    world.kiosk.close()


class Staffed:
    """A kiosk with two hostesses and their chief."""

    def __init__(self, path: Path) -> None:
        self.world = World(path)
        event = self.world.event
        hostess = (Role.HOSTESS,)
        self._badges = {ANNA: event.badge("Anna", hostess), BORIS: event.badge("Boris", hostess), CHIEF: event.badge()}
        self.world.install(NOW_MS + 1)
        self.world.restart()

    def signs_in(self, who: str, *, pin: bool) -> None:
        """Whoever it is scans the badge, nobody leaves the kiosk alone."""
        station = self.world.kiosk.station
        if who == NOBODY:
            station.leave()
            return
        station.scan(Scanned(self._badges[who], Source.CAMERA, 0.0), Request())
        if pin:
            station.operators.enter_pin("123456")


@pytest.fixture(scope="module")
def staffed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staffed]:
    with pytest.MonkeyPatch.context() as patched:
        make_argon2_cheap(patched)
        staffed = Staffed(tmp_path_factory.mktemp("staffed") / "kiosk")
        yield staffed
        staffed.world.kiosk.close()


def test_what_was_taken_back_is_told_by_product_time_and_the_end_of_the_code_under_its_qr(world: World) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    world.clock.advance(60)
    undone = world.kiosk.station.undo(entry)
    assert isinstance(undone, Undone)
    names = {"en": "Rally pass", "cs": "Vstupenka"}
    assert undone.use == TakenBack(NOW_MS, names, 1, format_code(world.sold.code)[-6:])


def test_whoever_was_let_in_before_another_is_told_by_the_end_of_the_own_code(world: World) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    world.answer(world.unheard.text)
    world.kiosk.station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    world.kiosk.station.operators.enter_pin("123456")
    undone = world.kiosk.station.undo(entry)
    assert isinstance(undone, Undone)
    assert undone.use is not None
    assert undone.use.code_end == format_code(world.sold.code)[-6:]


@pytest.mark.parametrize("how", ["signed out since", "after a restart"])
def test_whose_code_has_left_memory_is_told_by_product_and_time_alone(world: World, how: str) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    if how == "signed out since":
        world.kiosk.station.leave()
    else:
        world.restart()
    undone = world.kiosk.station.undo(entry)
    assert isinstance(undone, Undone)
    assert undone.use is not None
    assert (undone.use.time_ms, undone.use.code_end) == (NOW_MS, "")


@pytest.mark.parametrize("take_back", [Station.annul, Station.undo])
def test_what_was_taken_back_already_is_answered_as_the_first_time_and_written_once(
    world: World, take_back: Callable[[Station, Ref], Undone | Shown]
) -> None:
    entry, station = world.answer(world.sold.text).entry, world.kiosk.station
    assert entry is not None
    first, second = take_back(station, entry), take_back(station, entry)
    assert isinstance(first, Undone)
    assert isinstance(second, Undone)
    assert first == second == Undone(done=True)
    assert first.use == second.use
    assert [type(e.body) for e in world.kiosk.stores.journal.since(0)] == [Redeem, Void]


def test_taking_the_first_back_once_more_leaves_the_next_use_alone(world: World) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    assert world.kiosk.station.undo(entry) == Undone(done=True)
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT
    assert world.kiosk.station.undo(entry) == Undone(done=True)
    assert world.verdict(world.sold.text).outcome is Outcome.REFUSE
    assert [type(e.body) for e in world.kiosk.stores.journal.since(0)][:3] == [Redeem, Void, Redeem]


def test_an_older_use_is_taken_back_by_a_supervisor_with_badge_and_pin_alone(world: World) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    world.clock.advance(601)
    station = world.kiosk.station
    refused = station.undo(entry)
    assert isinstance(refused, Undone)
    assert "supervisor" in refused.why_not
    station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    assert station.undo(entry) == refused
    station.operators.enter_pin("123456")
    assert station.undo(entry) == Undone(done=True)
    assert world.verdict(world.sold.text).outcome is Outcome.ADMIT


NOBODY, ANNA, BORIS, CHIEF = "", "anna", "boris", "chief"
MINE, OTHERS, OLD = None, UndoTrouble.ANOTHERS, UndoTrouble.NOT_LAST


@pytest.mark.parametrize(
    ("wrote", "undoes", "pin", "after_s", "trouble"),
    [
        (NOBODY, NOBODY, False, 0, MINE),
        (NOBODY, NOBODY, False, 600, MINE),
        (NOBODY, NOBODY, False, 601, OLD),
        (NOBODY, ANNA, False, 0, OTHERS),
        (NOBODY, ANNA, True, 0, OTHERS),
        (NOBODY, CHIEF, False, 0, OTHERS),
        (NOBODY, CHIEF, True, 0, MINE),
        (ANNA, ANNA, False, 600, MINE),
        (ANNA, ANNA, True, 601, OLD),
        (ANNA, NOBODY, False, 0, OTHERS),
        (ANNA, BORIS, False, 0, OTHERS),
        (ANNA, BORIS, True, 0, OTHERS),
        (ANNA, BORIS, True, 601, OLD),
        (ANNA, CHIEF, False, 0, OTHERS),
        (ANNA, CHIEF, True, 0, MINE),
        (ANNA, CHIEF, True, 601, MINE),
        (CHIEF, CHIEF, False, 600, MINE),
        (CHIEF, CHIEF, False, 601, OLD),
        (CHIEF, ANNA, True, 0, OTHERS),
    ],
)
def test_ones_own_last_use_is_taken_back_by_oneself_and_any_other_by_a_supervisor(
    staffed: Staffed, wrote: str, undoes: str, pin: bool, after_s: int, trouble: UndoTrouble | None
) -> None:
    world, station = staffed.world, staffed.world.kiosk.station
    station.leave()
    staffed.signs_in(wrote, pin=False)
    entry = world.answer(world.event.make_ticket().text).entry
    assert entry is not None
    world.clock.advance(after_s)
    staffed.signs_in(undoes, pin=pin)
    undone = station.undo(entry)
    assert isinstance(undone, Undone)
    assert (undone.done, undone.trouble) == (trouble is None, trouble)


def test_a_turnstile_takes_back_what_it_let_nobody_through_for_whoever_has_signed_in_since(staffed: Staffed) -> None:
    world = staffed.world
    world.kiosk.station.leave()
    entry = world.answer(world.event.make_ticket().text).entry
    assert entry is not None
    staffed.signs_in(BORIS, pin=False)
    assert world.kiosk.station.annul(entry) == Undone(done=True)


def test_a_use_before_the_last_needs_a_supervisor_too(world: World) -> None:
    first, _ = world.answer(world.sold.text).entry, world.answer(world.unheard.text)
    assert first is not None
    assert world.kiosk.station.undo(first) != Undone(done=True)


def test_a_turnstile_that_did_not_turn_annuls_its_last_use_within_two_minutes(world: World) -> None:
    entry = world.answer(world.sold.text).entry
    assert entry is not None
    assert world.kiosk.station.annul(entry) == Undone(done=True)
    void = world.kiosk.stores.journal.last()
    assert void is not None
    assert void.body == Void(world.sold.ticket, entry, "not_turned")
    again = world.answer(world.sold.text)
    assert again.entry is not None
    world.clock.advance(121)
    late = world.kiosk.station.annul(again.entry)
    assert isinstance(late, Undone)
    assert not late.done


@pytest.mark.parametrize("take_back", [Station.annul, Station.undo])
def test_a_ticket_taken_back_again_and_again_needs_a_supervisor(
    world: World, take_back: Callable[[Station, Ref], Undone | Shown]
) -> None:
    sold, station = world.event.make_ticket(), world.kiosk.station
    entry = world.answer(sold.text).entry
    for _ in range(TAKEN_BACK_MAX):
        assert entry is not None
        assert take_back(station, entry) == Undone(done=True)
        entry = world.answer(sold.text).entry
    assert entry is not None
    refused = take_back(station, entry)
    assert isinstance(refused, Undone)
    assert not refused.done
    assert world.verdict(sold.text).outcome is Outcome.REFUSE
    station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    station.operators.enter_pin("123456")
    assert take_back(station, entry) == Undone(done=True)


def test_a_use_of_another_device_is_never_annulled_nor_undone_by_a_supervisor(world: World) -> None:
    foreign = world.other.write(world.redeem_elsewhere(with_proof=True))
    world.learn(foreign)
    station = world.kiosk.station
    station.scan(Scanned(world.badge, Source.CAMERA, 0.0), Request())
    station.operators.enter_pin("123456")
    for answer in (station.undo(foreign.ref), station.annul(foreign.ref)):
        assert isinstance(answer, Undone)
        assert "admin" in answer.why_not
    assert world.verdict(world.sold.text).reason is Reason.NOTHING_LEFT


def test_an_entry_of_another_device_cannot_be_undone(world: World) -> None:
    world.answer(world.sold.text)
    foreign = world.other.write(world.redeem_elsewhere(with_proof=True))
    answer = world.kiosk.station.undo(foreign.ref)
    assert isinstance(answer, Undone)
    assert not answer.done
