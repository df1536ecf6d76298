"""A long answer: checked ahead in portions while others are stored, in order, and true also where the disk fails."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from common.bodies import DeviceStated, Redeem
from common.entries import Entry
from common.exchange import Cursor
from common.ids import AreaNo, Cause, DeviceId, Digest, EventDay, TicketId
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.store.faults import StoreTrouble, Unwritable
from kiosk.store.learnt import Intake, Taken, Tray
from kiosk.sync.reception import STORED_AT_ONCE_MAX, Reception, Voucher
from kiosk.sync.transport import HttpTransport
from kiosk.sync.worker import Sync
from tests.support.kiosk_world import GATE, RALLY, Event, OtherDevice, clock_at_noon, enrol

CURSOR = Cursor(7, 1)


@pytest.fixture
def event() -> Event:
    return Event()


@pytest.fixture
def kiosk(tmp_path: Path, event: Event) -> Iterator[Kiosk]:
    opened = open_kiosk(enrol(event, tmp_path / "kiosk"), Options(clock_at_noon()))
    yield opened
    opened.close()


@pytest.fixture
def reception(kiosk: Kiosk) -> Reception:
    return Sync(kiosk, HttpTransport("http://127.0.0.1:1", kiosk.clock)).exchanger.reception


def stated(event: Event, device: OtherDevice) -> Entry:
    certificate = event.certificate(device.key, device.name)
    return event.say(DeviceStated(Cause(os.urandom(16)), DeviceId(device.device), certificate, device.name, GATE, ()))


def used(device: OtherDevice) -> Entry:
    return device.write(Redeem(TicketId(os.urandom(8)), 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), None))


def vouching(heard: list[tuple[Tray, ...]]) -> Callable[[tuple[Tray, ...]], Voucher]:
    def vouch(tray: tuple[Tray, ...]) -> Voucher:
        heard.append(tray)
        return Voucher(CURSOR, tray=tray)

    return vouch


def test_a_long_answer_is_stored_in_order_with_what_came_before_its_certificate_at_the_end(
    event: Event, kiosk: Kiosk, reception: Reception
) -> None:
    gate, late_gate, stranger = OtherDevice(event), OtherDevice(event), OtherDevice(event)
    early = [used(late_gate) for _ in range(STORED_AT_ONCE_MAX + 3)]
    others = [stated(event, gate), *(used(gate) for _ in range(2 * STORED_AT_ONCE_MAX)), stated(event, late_gate)]
    strange, heard = used(stranger), list[tuple[Tray, ...]]()
    got = reception.receive([one.raw for one in (*early, strange, *others)], vouching(heard))
    assert (got.new, got.waits) == (len(early) + len(others), 0)
    rows = kiosk.stores.learnt._read("SELECT raw FROM entries ORDER BY position", ())
    assert [raw for (raw,) in rows] == [one.raw for one in (*others, *early)]
    assert [one.raw for one in got.tray] == [strange.raw]
    assert heard == [got.tray]
    assert kiosk.stores.learnt.tray_count() == 1
    assert kiosk.stores.learnt.cursor() == CURSOR


def known_gate(event: Event, reception: Reception) -> tuple[OtherDevice, list[Entry]]:
    """A device whose certificate was heard, and what the station is told from now on."""
    gate, told = OtherDevice(event), list[Entry]()
    reception._party.on_learnt = told.extend
    reception.receive([stated(event, gate).raw], vouching([]))
    return gate, told


def test_where_the_disk_fails_in_the_middle_what_was_stored_stays_and_the_cursor_is_not_taken(
    event: Event, kiosk: Kiosk, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = OtherDevice(event)
    raws = [one.raw for one in (stated(event, gate), *(used(gate) for _ in range(4 * STORED_AT_ONCE_MAX)))]
    learnt, real, calls = kiosk.stores.learnt, kiosk.stores.learnt.take, list[Intake]()

    def take(intake: Intake) -> Future[Taken]:
        calls.append(intake)
        if len(calls) == 3:
            raise Unwritable("the disk is full")
        return real(intake)

    monkeypatch.setattr(learnt, "take", take)
    with pytest.raises(StoreTrouble):
        reception.receive(raws, vouching([]))
    assert learnt.count() == 2 * STORED_AT_ONCE_MAX
    assert learnt.cursor() is None
    assert not [one for one in threading.enumerate() if one.name.startswith("check")]
    got = reception.receive(raws, vouching([]))  # the server sends the same again
    assert got.new == len(raws) - 2 * STORED_AT_ONCE_MAX
    assert learnt.count() == len(raws)
    assert learnt.cursor() == CURSOR


def test_what_the_disk_kept_with_an_error_while_another_looked_for_it_is_told_all_the_same(
    event: Event, kiosk: Kiosk, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that tells errors, and two who receive: one looks in vain, the other's commit keeps it right then."""
    gate, told = known_gate(event, reception)
    doubted, other, third = used(gate), used(gate), used(gate)
    learnt, take, look = kiosk.stores.learnt, kiosk.stores.learnt.take, kiosk.stores.learnt.raw_of

    def fails(intake: Intake, *, keeps: bool) -> Future[Taken]:
        if keeps:
            take(intake).result()
        raise Unwritable("the disk told an error")

    def receive_with_trouble(*, keeps: bool) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(learnt, "take", lambda intake: fails(intake, keeps=keeps))
            with pytest.raises(StoreTrouble):
                reception.receive([doubted.raw], vouching([]))

    def look_while_another_stores(digest: Digest) -> bytes | None:
        found = look(digest)
        receive_with_trouble(keeps=True)
        return found

    receive_with_trouble(keeps=False)
    with monkeypatch.context() as patched:
        patched.setattr(learnt, "raw_of", look_while_another_stores)
        reception.receive([other.raw], vouching([]))
    reception.receive([third.raw], vouching([]))
    assert learnt.raw_of(doubted.ref.digest) == doubted.raw
    assert doubted in told


def test_what_was_stored_while_the_disk_could_not_be_read_is_told_later(
    event: Event, kiosk: Kiosk, reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, told = known_gate(event, reception)
    new = [used(gate) for _ in range(3)]

    def trouble(_what: object) -> None:
        raise Unwritable("the disk told an error")

    with monkeypatch.context() as patched:
        patched.setattr(kiosk.stores.learnt, "take", trouble)
        with pytest.raises(StoreTrouble):
            reception.receive([new[0].raw], vouching([]))
    with monkeypatch.context() as patched:
        patched.setattr(kiosk.stores.learnt, "raw_of", trouble)
        with pytest.raises(StoreTrouble):
            reception.receive([new[1].raw], vouching([]))
    reception.receive([new[2].raw], vouching([]))
    assert kiosk.stores.learnt.count() == 3
    assert new[1:] == [one for one in told if one in new]


def test_over_a_devices_bound_in_an_early_portion_the_cursor_of_the_answer_is_not_taken(
    event: Event, kiosk: Kiosk, reception: Reception
) -> None:
    flood, gate = OtherDevice(event), OtherDevice(event)
    kiosk.stores.learnt._per_device_max = 5
    many = [stated(event, flood), stated(event, gate), *(used(flood) for _ in range(10))]
    raws = [one.raw for one in (*many, *(used(gate) for _ in range(4)))]
    got = reception.receive([*raws[:12], *raws[:2] * STORED_AT_ONCE_MAX, *raws[12:]], vouching([]))
    assert got.waits == 5
    assert kiosk.stores.learnt.cursor() is None


def test_what_is_here_already_does_not_wait_though_its_device_is_at_its_bound(
    event: Event, kiosk: Kiosk, reception: Reception
) -> None:
    gate = OtherDevice(event)
    kiosk.stores.learnt._per_device_max = 5
    raws = [one.raw for one in (stated(event, gate), *(used(gate) for _ in range(5)))]
    reception.receive(raws, lambda _tray: Voucher())
    got = reception.receive([*raws, raws[-1]], vouching([]))
    assert (got.new, got.waits) == (0, 0)
    assert kiosk.stores.learnt.cursor() == CURSOR


def test_a_scan_waits_for_no_more_than_the_entry_that_is_being_checked(
    event: Event, kiosk: Kiosk, reception: Reception
) -> None:
    gate = OtherDevice(event)
    raws = [one.raw for one in (stated(event, gate), *(used(gate) for _ in range(2 * STORED_AT_ONCE_MAX)))]
    turns = list[str]()
    reception._party.give_way = lambda: turns.append(threading.current_thread().name)
    reception.receive(raws, vouching([]))
    checks = [name for name in turns if name.startswith("check")]
    assert len(checks) == len(raws)
    assert len(turns) == len(raws) + 3  # and once before each portion is stored
