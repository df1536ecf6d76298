"""What is written of refusals: when and where each was, however late a count of repeats is written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.badges import Role
from common.bodies import Moved, Redeem, Refuse
from common.catalogue import Catalogue
from common.decision import Outcome, Reason, Request, Verdict
from common.entries import Entry, Stamp
from common.ids import DeviceId, Digest, EventDay, Identity, Ref, RunId, TicketId
from common.refusal_counts import AGAIN_WITHIN_S, counted_together
from kiosk.front import Front
from kiosk.history import history
from kiosk.input.events import Scanned, Source
from kiosk.root import Options, open_kiosk, remembered
from kiosk.shown import HistoryRow, OperatorTaken, Shown, Undone, Written
from kiosk.sync.transport import HttpTransport
from tests.support.kiosk_world import (
    EVENT,
    GATE,
    LUNCH,
    NOW_MS,
    STAND,
    Contents,
    Event,
    Sold,
    build_snapshot,
    clock_at_noon,
    enrol,
    put_snapshot,
)

S = 1000


class Gate:
    """A kiosk at a gate, and a ticket that was let in here a minute ago."""

    def __init__(self, path: Path) -> None:
        self.event, self.clock = Event(), clock_at_noon()
        self.sold, self.other = self.event.make_ticket((LUNCH, 3)), self.event.make_ticket()
        self.boss, self.helper = self.event.badge("Jana"), self.event.badge("Eva", (Role.HOSTESS,))
        self.used: Ref | None = None
        folder = enrol(self.event, path, GATE)
        contents = Contents((self.event.issue(self.sold, self.other),), (), (), build_ms=NOW_MS)
        put_snapshot(folder, self.event, build_snapshot(self.event, contents, folder.path))
        self.kiosk = open_kiosk(folder, Options(self.clock))
        self.front = Front(self.kiosk, HttpTransport("https://127.0.0.1:1", self.clock))
        assert self.scan() is Outcome.ADMIT
        self.clock.advance(60)

    def scan(self) -> Outcome:
        return self.scan_of(self.sold)

    def scan_of(self, sold: Sold) -> Outcome:
        shown = self.kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), Request())
        assert isinstance(shown, Shown)
        assert isinstance(shown.verdict, Verdict)
        self.used = shown.entry or self.used
        return shown.verdict.outcome

    def refuse_thrice(self) -> None:
        """Now, after 5 and after 8 seconds."""
        for wait_s in (5, 3, 0):
            assert self.scan() is Outcome.REFUSE
            self.clock.advance(wait_s)

    def come(self, badge: str) -> None:
        assert isinstance(self.kiosk.station.scan(Scanned(badge, Source.CAMERA, 0.0), Request()), OperatorTaken)

    def settle(self) -> None:
        """Whatever is written behind the answers is on the disk, and whoever waits for it has heard."""
        assert self.used is not None
        self.kiosk.stores.journal.mark_shown(self.used).result()

    def refusals(self) -> list[Entry]:
        self.settle()
        return [entry for entry in self.kiosk.stores.journal.since(0) if isinstance(entry.body, Refuse)]

    def told(self) -> list[tuple[int, int]]:
        """(seconds after noon, how often) of each entry."""
        bodies = ((e, e.body) for e in self.refusals())
        return [
            ((entry.stamp.corrected_ms - NOW_MS) // S, body.repeats)
            for entry, body in bodies
            if isinstance(body, Refuse)
        ]

    def rows(self) -> list[HistoryRow]:
        self.settle()
        catalogue = self.kiosk.around.catalogue()
        assert isinstance(catalogue, Catalogue)
        rows = history(self.kiosk.stores.journal, catalogue, self.clock.now_ms())
        return [row for row in rows if row.written is Written.REFUSED]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    gate = Gate(tmp_path / "kiosk")
    yield gate
    gate.kiosk.close()


def test_a_count_written_minutes_later_says_when_the_last_of_its_refusals_was(gate: Gate) -> None:
    gate.refuse_thrice()
    gate.clock.advance(150)
    gate.kiosk.station.write_counts()
    assert gate.told() == [(60, 1), (68, 2)]


def test_what_was_refused_before_a_move_is_written_before_it_with_its_own_place_and_time(gate: Gate) -> None:
    gate.refuse_thrice()
    gate.clock.advance(60)
    gate.come(gate.boss)
    gate.kiosk.station.operators.enter_pin("123456")
    gate.kiosk.station.move_to(STAND)
    bodies = [entry.body for entry in gate.kiosk.stores.journal.since(0)]
    assert [type(body) for body in bodies] == [Redeem, Refuse, Refuse, Moved]
    assert gate.told() == [(60, 1), (68, 2)]
    assert [body.point for body in bodies if isinstance(body, Refuse)] == [GATE, GATE]


def test_a_count_names_whoever_was_here_and_the_next_operators_refusals_are_counted_anew(gate: Gate) -> None:
    gate.come(gate.boss)
    gate.refuse_thrice()
    boss = gate.kiosk.station.operators.person
    gate.come(gate.helper)
    helper = gate.kiosk.station.operators.person
    assert boss is not None
    assert helper is not None
    gate.refuse_thrice()
    gate.kiosk.station.write_counts(every=True)
    assert [entry.operator for entry in gate.refusals()] == [boss.badge] * 2 + [helper.badge] * 2
    assert gate.told() == [(60, 1), (68, 2), (68, 1), (76, 2)]


def test_the_history_tells_repeats_in_one_row_from_the_first_to_the_last(gate: Gate) -> None:
    gate.refuse_thrice()
    gate.clock.advance(150)
    gate.kiosk.station.write_counts()
    (row,) = gate.rows()
    assert (row.time_ms, row.quantity, row.until_ms) == (NOW_MS + 60 * S, 3, NOW_MS + 68 * S)


def test_one_refusal_alone_says_no_number_of_times(gate: Gate) -> None:
    gate.scan()
    (row,) = gate.rows()
    assert (row.time_ms, row.quantity) == (NOW_MS + 60 * S, 1)


def test_refused_today_counts_every_refusal_at_once_and_never_grows_by_itself(gate: Gate) -> None:
    gate.refuse_thrice()
    gate.settle()
    assert gate.front.status().refused_today == 3
    gate.clock.advance(150)
    gate.kiosk.station.write_counts()
    gate.settle()
    assert gate.front.status().refused_today == 3
    gate.scan()
    gate.settle()
    assert gate.front.status().refused_today == 4


def counted(gate: Gate) -> tuple[int, int, int]:
    """What the screen says was admitted and refused today, and within the last minute."""
    gate.settle()
    status = gate.front.status()
    return status.admitted_today, status.refused_today, status.last_minute


def test_the_counts_of_the_day_are_those_of_the_point_where_the_kiosk_stands_now(gate: Gate) -> None:
    """A stand's first screen said "refused today: 17": of the gate from which the kiosk had come."""
    gate.scan_of(gate.other)
    gate.refuse_thrice()
    assert counted(gate) == (2, 3, 1)
    gate.come(gate.boss)
    gate.kiosk.station.operators.enter_pin("123456")
    gate.kiosk.station.move_to(STAND)
    assert counted(gate) == (0, 0, 0)
    strange = gate.kiosk.station.scan(Scanned("https://example.org/menu", Source.CAMERA, 0.0), Request())
    assert isinstance(strange, Shown)
    assert counted(gate) == (0, 1, 0)
    gate.kiosk.station.move_to(GATE)
    assert counted(gate) == (2, 3, 1)


def test_an_admission_at_a_gate_taken_back_at_the_stand_is_counted_no_more_at_the_gate(gate: Gate) -> None:
    gate.scan_of(gate.other)
    assert counted(gate) == (2, 0, 1)
    gate.come(gate.boss)
    gate.kiosk.station.operators.enter_pin("123456")
    gate.kiosk.station.move_to(STAND)
    assert gate.used is not None
    assert isinstance(undone := gate.kiosk.station.undo(gate.used), Undone)
    assert undone.done
    assert counted(gate) == (0, 0, 0)
    gate.kiosk.station.move_to(GATE)
    assert counted(gate) == (1, 0, 0)


def test_a_count_written_last_of_all_does_not_let_the_clock_go_back_after_a_restart(gate: Gate) -> None:
    gate.refuse_thrice()
    gate.clock.advance(60)
    gate.come(gate.boss)
    assert gate.scan_of(gate.other) is Outcome.ADMIT
    used_ms = gate.clock.now_ms()
    gate.kiosk.station.write_counts(every=True)
    gate.settle()
    assert remembered(gate.kiosk.stores).floor_ms == used_ms


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 2)), max_size=30), st.randoms())
def test_counting_together_loses_no_refusal_and_tells_no_time_at_which_nobody_was_there(
    told: list[tuple[int, int]], shuffler: random.Random
) -> None:
    """The sum stays, every time told is that of some entry, a count spans two minutes at most, in whatever order."""
    entries = [_entry(at_s, who, times=1 + at_s % 3, number=number) for number, (at_s, who) in enumerate(told, 1)]
    counts = counted_together(entries)
    shuffler.shuffle(entries)
    assert sorted(counted_together(entries), key=repr) == sorted(counts, key=repr)
    assert sum(one.times for one in counts) == sum(1 + at_s % 3 for at_s, _ in told)
    assert sorted(ref for one in counts for ref in one.refs) == sorted(entry.ref for entry in entries)
    stamps = {entry.stamp.corrected_ms for entry in entries}
    for one in counts:
        assert {one.first_ms, one.last_ms} <= stamps
        assert 0 <= one.last_ms - one.first_ms <= AGAIN_WITHIN_S * S


def _entry(at_s: int, who: int, *, times: int, number: int) -> Entry:
    body = Refuse(TicketId(bytes([who]) * 8), 0, None, Reason.NOTHING_LEFT.value, GATE, EventDay(20_635), times)
    ref = Ref(Identity(DeviceId(bytes(8)), RunId(bytes(8)), number), Digest(number.to_bytes(16, "big")))
    return Entry(ref, EVENT, None, None, Stamp(NOW_MS + at_s * S), None, body, b"")
