"""How many tickets were heard of that no list in use has: a fresh count says the same, through lists and starts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.bodies import Block, Entitle, Entitlement, Issue, Redeem, Reissue
from common.clock import ManualClock
from common.days import event_day
from common.entries import Entry
from common.ids import Cause
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.store.learnt import Intake
from kiosk.unlisted import ROWS_PER_STEP
from tests.support.kiosk_world import (
    GATE,
    GROUNDS,
    LUNCH,
    NOW_MS,
    RALLY,
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


@dataclass
class Gate:
    """A kiosk whose list has two tickets."""

    path: Path
    event: Event = field(default_factory=Event)
    clock: ManualClock = field(default_factory=clock_at_noon)
    builds: int = 0

    def __post_init__(self) -> None:
        self.listed = [self.event.make_ticket(), self.event.make_ticket()]
        self.event.issue(*self.listed)
        self.other = OtherDevice(self.event)
        self.folder = enrol(self.event, self.path)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, self._contents(), self.folder.path))
        self.kiosk: Kiosk = open_kiosk(self.folder, Options(self.clock))

    def _contents(self) -> Contents:
        self.builds += 1
        return Contents(tuple(self.event.said), (), (), build_ms=NOW_MS - 3_600_000 + self.builds)

    def sell(self, count: int = 1) -> list[Sold]:
        sold = [self.event.make_ticket() for _ in range(count)]
        self.hear(self.event.issue(*sold))
        return sold

    def hear(self, *entries: Entry) -> None:
        self.kiosk.stores.learnt.take(Intake(entries)).result()

    def take_list(self, *, prunes: bool = True) -> None:
        """A list of all that was said so far."""
        stores = self.kiosk.stores
        install_snapshot(stores.snapshots, self.folder, build_snapshot(self.event, self._contents(), self.folder.path))
        if prunes:
            self.prune()

    def prune(self) -> None:
        learnt = self.kiosk.stores.learnt
        learnt.prune([row.position for row in learnt.rows()]).result()

    def count(self) -> int:
        while self.kiosk.unlisted.step():
            pass
        return self.kiosk.unlisted.count()

    def restart(self) -> None:
        self.kiosk.close()
        self.kiosk = open_kiosk(self.folder, Options(self.clock))


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    made = Gate(tmp_path)
    yield made
    made.kiosk.close()


def cause() -> Cause:
    return Cause(secrets.token_bytes(16))


def test_what_the_list_has_is_not_counted_and_what_is_sold_since_is(gate: Gate) -> None:
    gate.hear(*gate.event.said)
    assert gate.count() == 0
    gate.sell(3)
    gate.sell()
    assert gate.count() == 4


def test_a_ticket_is_counted_once_however_often_it_changed(gate: Gate) -> None:
    [sold] = gate.sell()
    again = gate.event.pass_for(sold.ticket, (), sold.issued.product, 1)
    more = Entitle(cause(), (Entitlement(sold.ticket, LUNCH, 1),))
    gate.hear(gate.event.say(Reissue(cause(), sold.ticket, 1, again.issued.code_hash, (), ())))
    gate.hear(gate.event.say(more))
    assert gate.count() == 1


def test_a_listed_ticket_with_more_on_it_is_not_as_the_list_has_it(gate: Gate) -> None:
    gate.hear(gate.event.say(Entitle(cause(), (Entitlement(gate.listed[0].ticket, LUNCH, 1),))))
    assert gate.count() == 1


def test_a_block_and_a_kiosk_s_entry_bring_no_name(gate: Gate) -> None:
    gate.hear(gate.event.say(Block(cause(), gate.listed[0].ticket, blocked=True, why="lost", replaces=())))
    gate.hear(gate.other.write(Redeem(gate.listed[1].ticket, 0, RALLY, 1, GATE, GROUNDS, TODAY, (), None)))
    claimed = Issue(cause(), (gate.event.make_ticket().issued,))
    gate.hear(gate.other.write(claimed))  # type: ignore[arg-type]  # only the server sells
    assert gate.count() == 0


@pytest.mark.parametrize("prunes", [True, False])
def test_the_next_list_has_them_and_then_others_are_counted(gate: Gate, prunes: bool) -> None:
    gate.sell(2)
    assert gate.count() == 2
    gate.take_list(prunes=prunes)
    assert gate.count() == 0
    gate.sell()
    assert gate.count() == 1


def test_what_is_learnt_after_a_pruning_in_between_is_not_passed_over(gate: Gate) -> None:
    """The first entry behind the pruned ones lies where they lay."""
    gate.sell(2)
    gate.take_list(prunes=False)
    assert gate.count() == 0
    gate.prune()
    gate.sell()
    assert gate.count() == 1


def test_a_restart_forgets_nothing(gate: Gate) -> None:
    gate.sell(2)
    gate.restart()
    assert gate.count() == 2


def test_many_are_counted_in_short_steps(gate: Gate) -> None:
    gate.sell()
    assert gate.count() == 1
    for _ in range(ROWS_PER_STEP):
        gate.sell()
    gate.restart()
    assert gate.kiosk.unlisted.step()
    assert gate.kiosk.unlisted.count() == 0
    assert gate.count() == ROWS_PER_STEP + 1


def test_the_thread_that_counts_who_is_inside_counts_these_too(gate: Gate) -> None:
    gate.sell()
    while gate.kiosk.inside._is_more():
        pass
    assert gate.kiosk.unlisted.count() == 1
