"""How many are inside an area: kept up bit by bit, it is what counting every ticket anew would say."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from common.bodies import Exit, Override, Redeem, Revoke, Void
from common.clock import ManualClock
from common.days import event_day
from common.decision import Direction, Outcome, Request, Verdict
from common.entries import Entry
from common.facts import UseFact, UseKind
from common.ids import AreaNo, Cause, DeviceId, EventDay, PointNo, ProductNo, Ref
from kiosk.front import Front
from kiosk.input.events import Scanned, Source
from kiosk.inside import QUIETS_MAX, Inside
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Shown
from kiosk.store.learnt import Intake
from kiosk.sync.transport import HttpTransport
from tests.support.kiosk_world import (
    CAMP,
    CAMPSITE,
    GATE,
    GROUNDS,
    NOW_MS,
    RALLY,
    STAND,
    WILD,
    Built,
    Contents,
    Event,
    OtherDevice,
    Sold,
    build_snapshot,
    catalogue,
    clock_at_noon,
    enrol,
    install_snapshot,
    put_snapshot,
)

TODAY = event_day(NOW_MS, catalogue().days)
DAY_S, HOUR_MS = 86_400, 3_600_000
GUESTS = 4


@dataclass
class Camp:
    """A kiosk at the camp's gate, where people come and go; another one; and guests of the camp."""

    path: Path
    point: PointNo = WILD
    event: Event = field(default_factory=Event)
    clock: ManualClock = field(default_factory=clock_at_noon)

    def __post_init__(self) -> None:
        self.guests = [self.event.make_ticket(product=CAMP) for _ in range(GUESTS)]
        self.event.issue(*self.guests)
        self.other = OtherDevice(self.event)
        self.folder = enrol(self.event, self.path, self.point)
        self.builds = 1
        self.own: list[Ref] = []  # what may be taken back
        put_snapshot(self.folder, self.event, self._built())
        self.open()

    def open(self) -> None:
        self.kiosk: Kiosk = open_kiosk(self.folder, Options(self.clock))
        self.settle()

    def restart(self) -> None:
        self.kiosk.close()
        self.open()

    def close(self) -> None:
        self.kiosk.close()

    def take_snapshot(self) -> None:
        """A newer one, of all that the server and the other kiosk have said so far; what it holds is learnt no more."""
        self.builds += 1
        stores = self.kiosk.stores
        install_snapshot(stores.snapshots, self.folder, self._built())
        held = {entry.ref.digest for entry in self.other.written}
        stores.learnt.prune([row.position for row in stores.learnt.rows() if row.digest in held]).result()

    def _built(self) -> Built:
        entries = (*self.event.said, *self.other.written)
        contents = Contents(entries, (), (self.other.row(WILD),), build_ms=NOW_MS - HOUR_MS + self.builds)
        return build_snapshot(self.event, contents, self.folder.path)

    def scan(self, sold: Sold, direction: Direction, quantity: int = 1) -> Ref | None:
        request = Request(direction=direction, quantity=quantity)
        answer = self.kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), request)
        assert isinstance(answer, Shown)
        assert isinstance(answer.verdict, Verdict)
        if answer.verdict.outcome is not Outcome.ADMIT or answer.entry is None:
            return None
        self.own.append(answer.entry)
        return answer.entry

    def hear(self, *entries: Entry) -> None:
        taken = self.kiosk.stores.learnt.take(Intake(entries)).result()
        self.kiosk.heard(taken.new)

    def settle(self) -> int | None:
        while self.kiosk.inside.step():
            pass
        return self.kiosk.inside.count()

    def naive(self, area: AreaNo = CAMPSITE) -> int:
        """Every ticket looked at, one after the other."""
        day, known = self.today(), self.kiosk.known
        ledgers = [known.ticket(one.ticket, self.clock.now_ms(), None, None).ledger for one in self.guests]
        return sum(alone_inside(one.counted, product, area, day) for one in ledgers for product in (CAMP, RALLY))

    def today(self) -> EventDay:
        return event_day(self.clock.now_ms(), catalogue().days)


def alone_inside(uses: Iterable[UseFact], product: ProductNo, area: AreaNo, day: EventDay) -> int:
    """Whether who came alone is inside: what the last movement was."""
    moves = [one.kind for one in uses if (one.product, one.area, one.day) == (product, area, day)]
    return int(bool(moves) and moves[-1] is not UseKind.EXIT)


def redeem(sold: Sold, area: AreaNo = CAMPSITE, day: EventDay = TODAY, product: ProductNo = CAMP) -> Redeem:
    return Redeem(sold.ticket, 0, product, 1, WILD, area, day, (), None)


def leave(sold: Sold, area: AreaNo = CAMPSITE, day: EventDay = TODAY) -> Exit:
    return Exit(sold.ticket, 0, CAMP, WILD, area, day, (), None)


@pytest.fixture
def camp(tmp_path: Path) -> Iterator[Camp]:
    world = Camp(tmp_path)
    yield world
    world.close()


def test_who_came_in_is_inside_until_going_out(camp: Camp) -> None:
    first, second, *_ = camp.guests
    assert camp.settle() == 0
    camp.scan(first, Direction.IN)
    camp.scan(second, Direction.IN)
    assert camp.settle() == 2
    camp.scan(first, Direction.OUT)
    assert camp.settle() == 1


@pytest.mark.parametrize("stated", [True, False])
def test_of_a_party_as_many_are_inside_as_came_in_and_have_not_left(camp: Camp, *, stated: bool) -> None:
    party = camp.event.make_ticket((CAMP, 4), product=CAMP)
    if stated:
        camp.event.issue(party)
        camp.take_snapshot()
    camp.scan(party, Direction.IN, 3)
    assert camp.settle() == 3
    camp.scan(party, Direction.OUT, 2)
    assert camp.settle() == 1


def test_a_use_that_was_taken_back_let_nobody_in(camp: Camp) -> None:
    entry = camp.scan(camp.guests[0], Direction.IN)
    assert camp.settle() == 1
    assert entry is not None
    camp.kiosk.station.undo(entry)
    assert camp.settle() == 0


def test_who_came_in_elsewhere_is_inside_once_it_is_heard_and_goes_out_here(camp: Camp) -> None:
    came = camp.other.write(redeem(camp.guests[0]))
    assert camp.settle() == 0
    camp.hear(came)
    assert camp.settle() == 1
    camp.scan(camp.guests[0], Direction.OUT)
    assert camp.settle() == 0


def test_after_a_restart_the_count_is_the_same(camp: Camp) -> None:
    camp.scan(camp.guests[0], Direction.IN)
    camp.hear(camp.other.write(redeem(camp.guests[1])))
    assert camp.settle() == 2
    camp.restart()
    assert camp.settle() == 2


def test_who_is_known_from_the_snapshot_alone_is_inside(camp: Camp) -> None:
    camp.other.write(redeem(camp.guests[0]))
    camp.take_snapshot()
    assert camp.settle() == 1


def test_what_a_stolen_kiosk_wrote_past_its_cut_lets_nobody_in(camp: Camp) -> None:
    camp.hear(camp.other.write(redeem(camp.guests[0])))
    assert camp.settle() == 1
    camp.hear(camp.event.say(Revoke(Cause(bytes(16)), DeviceId(camp.other.device), ())))
    assert camp.settle() == 0


def test_being_inside_ends_with_the_event_day(camp: Camp) -> None:
    camp.scan(camp.guests[0], Direction.IN)
    assert camp.settle() == 1
    camp.clock.advance(DAY_S)
    assert camp.settle() == 0


@pytest.mark.parametrize(
    "body",
    [
        lambda sold: redeem(sold, area=GROUNDS),
        lambda sold: redeem(sold, day=EventDay(TODAY - 1)),
        lambda sold: Override(sold.ticket, 0, CAMP, 1, WILD, GROUNDS, TODAY, (), None, "unpaid", "Jana"),
    ],
    ids=["another area", "yesterday", "overridden elsewhere"],
)
def test_who_came_in_somewhere_else_or_before_is_not_inside(
    camp: Camp, body: Callable[[Sold], Redeem | Override]
) -> None:
    camp.hear(camp.other.write(body(camp.guests[0])))
    assert camp.settle() == 0


def test_nothing_is_said_before_it_is_counted(camp: Camp) -> None:
    fresh = Inside(camp.kiosk.stores, camp.kiosk.known, camp.kiosk.around, camp.kiosk.device_clock)
    assert fresh.count() is None
    while fresh.step():
        assert fresh.count() is None
    assert fresh.count() == 0


def test_at_a_point_where_nobody_goes_out_nothing_is_counted(tmp_path: Path) -> None:
    stand = Camp(tmp_path, STAND)
    assert stand.settle() is None
    stand.close()


def test_where_too_much_was_heard_to_be_remembered_everything_is_counted_anew(
    camp: Camp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.inside.HEARD_MAX", 1)
    camp.hear(*(camp.other.write(redeem(guest)) for guest in camp.guests))
    assert camp.settle() == len(camp.guests)


def test_while_others_pour_in_counting_waits_and_not_for_ever(camp: Camp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.inside.QUIET_S", 0.01)
    inside, waits = camp.kiosk.inside, 0
    assert inside._wait_for_quiet(), "nothing was heard"

    def wait(_: float) -> bool:
        nonlocal waits
        waits += 1
        if waits < 3:
            inside.heard(())
        return False

    monkeypatch.setattr(inside._is_stopping, "wait", wait)
    inside.heard(())
    assert inside._wait_for_quiet()
    assert waits == 3, "until nothing more was heard for a while"
    waits = -(10**9)
    inside.heard(())
    assert not inside._wait_for_quiet()
    assert waits == -(10**9) + QUIETS_MAX


def test_the_status_says_how_many_are_inside_soon_after_a_scan(camp: Camp) -> None:
    front = Front(camp.kiosk, HttpTransport("https://127.0.0.1:1", camp.clock))
    assert front.status().inside == 0
    camp.kiosk.inside.start(camp.kiosk.station.give_way)
    camp.scan(camp.guests[0], Direction.IN)
    for _ in range(3000):
        if front.status().inside == 1:
            break
        camp.kiosk.inside.wake()
    assert front.status().inside == 1


def test_moved_to_another_area_a_kiosk_counts_that_one(camp: Camp) -> None:
    camp.hear(
        camp.other.write(redeem(camp.guests[0], GROUNDS, product=RALLY)), camp.other.write(redeem(camp.guests[1]))
    )
    camp.hear(camp.other.write(redeem(camp.guests[2])))
    assert camp.settle() == 2
    camp.kiosk.around.place(GATE)
    assert camp.settle() == 1


def _void_own(camp: Camp, _: Sold) -> None:
    if camp.own:
        camp.kiosk.station.undo(camp.own.pop())


def _void_other(camp: Camp, guest: Sold) -> None:
    uses = [one for one in camp.other.written if isinstance(one.body, Redeem) and one.body.ticket == guest.ticket]
    for use in uses[-1:]:
        camp.hear(camp.other.write(Void(guest.ticket, use.ref, "by_mistake")))


def _is_right(camp: Camp, _: Sold | None = None) -> None:
    assert camp.settle() == camp.naive()


STEPS: dict[str, Callable[[Camp, Sold], object]] = {
    "in": lambda camp, guest: camp.scan(guest, Direction.IN),
    "out": lambda camp, guest: camp.scan(guest, Direction.OUT),
    "in elsewhere": lambda camp, guest: camp.hear(camp.other.write(redeem(guest, day=camp.today()))),
    "out elsewhere": lambda camp, guest: camp.hear(camp.other.write(leave(guest, day=camp.today()))),
    "in elsewhere, unheard": lambda camp, guest: camp.other.write(redeem(guest, day=camp.today())),
    "taken back": _void_own,
    "taken back elsewhere": _void_other,
    "a little counting": lambda camp, _: camp.kiosk.inside.step(),
    "all counted": _is_right,
    "snapshot": lambda camp, _: camp.take_snapshot(),
    "restart": lambda camp, _: camp.restart(),
    "six hours": lambda camp, _: camp.clock.advance(DAY_S / 4),
}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, GUESTS - 1)), max_size=25))
def test_it_is_what_counting_every_ticket_would_say(steps: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        camp = Camp(Path(folder))
        try:
            for step, which in steps:
                STEPS[step](camp, camp.guests[which])
            _is_right(camp)
        finally:
            camp.close()
