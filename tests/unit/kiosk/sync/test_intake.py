"""What an answer brings: checked entry by entry, giving way to scans, whatever the order."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from common.bodies import DeviceStated, Redeem
from common.decision import Request
from common.entries import Entry
from common.ids import AreaNo, Cause, DeviceId, EventDay, TicketId
from common.keys import KeyUse
from common.signing import VerifyKey
from kiosk.failpoints import Failpoints
from kiosk.input.events import Scanned, Source
from kiosk.root import Options, open_kiosk
from kiosk.sync.intake import Sorter
from tests.support.kiosk_world import (
    EVENT,
    GATE,
    RALLY,
    Contents,
    Event,
    OtherDevice,
    build_snapshot,
    clock_at_noon,
    enrol,
    put_snapshot,
)


def used(device: OtherDevice) -> Entry:
    body = Redeem(TicketId(os.urandom(8)), 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), None)
    return device.write(body)


def stated(event: Event, device: OtherDevice) -> Entry:
    certificate = event.certificate(device.key, device.name)
    return event.say(DeviceStated(Cause(os.urandom(16)), DeviceId(device.device), certificate, device.name, GATE, ()))


def test_an_entry_that_comes_before_its_devices_certificate_counts_and_a_strangers_lies_in_the_tray() -> None:
    event = Event()
    known, stranger = OtherDevice(event), OtherDevice(event)
    ring = event.ring()
    turns: list[int] = []
    scribes = [VerifyKey.of_device(entry.public) for entry in ring.entries_of(KeyUse.SCRIBE)]
    keys = {DeviceId(key.kid): key for key in scribes}
    early, strange, statement, late = used(known), used(stranger), stated(event, known), used(known)
    raws = [one.raw for one in (early, strange, statement, late)]
    sorter = Sorter(EVENT, ring, keys.get, lambda: turns.append(1))
    assert sorter.portion(raws[:3]) == (statement,)
    assert sorter.portion(raws[3:]) == (late,)
    rest = sorter.rest()
    assert rest.entries == (early,)
    assert [one.raw for one in rest.tray] == [strange.raw]
    assert rest.tray[0].reason == "unknown_key"
    assert len(turns) == len(raws)


def test_who_gives_way_waits_while_a_scan_is_decided_and_not_for_ever(tmp_path: Path) -> None:
    event = Event()
    sold = event.make_ticket()
    folder = enrol(event, tmp_path / "kiosk")
    put_snapshot(folder, event, build_snapshot(event, Contents((event.issue(sold),)), tmp_path))
    in_scan, go_on = threading.Event(), threading.Event()

    def stop_here() -> None:
        in_scan.set()
        go_on.wait(20)

    kiosk = open_kiosk(folder, Options(clock_at_noon(), Failpoints({"after-commit-before-show": stop_here})))
    scan = threading.Thread(target=lambda: kiosk.station.scan(Scanned(sold.text, Source.CAMERA, 0.0), Request()))
    scan.start()
    assert in_scan.wait(20)
    assert not kiosk.station.give_way()
    go_on.set()
    scan.join()
    assert kiosk.station.give_way()
    kiosk.close()
