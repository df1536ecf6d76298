"""Kiosks and a server in memory: what one has, all get, whatever the network does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from common.bodies import Block, DeviceStated, Redeem
from common.clock import ManualClock
from common.decision import Outcome, Reason, Request, Verdict
from common.entries import Entry, Stamp, write_entry
from common.ids import AreaNo, Cause, DeviceId, EventDay, PointNo, ProductNo, RunId
from common.signing import device_id
from common.ticket_code import proof_of_scan
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Shown
from kiosk.store.enrolled import device_key
from kiosk.store.folder import Folder
from kiosk.sync.errors import Refused, Retry, SyncWhy, TooMuch
from kiosk.sync.worker import Sync
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import (
    EVENT,
    GATE,
    LUNCH,
    NOW_MS,
    RALLY,
    Contents,
    Event,
    OtherDevice,
    build_snapshot,
    clock_at_noon,
    enrol,
)


class Gate:
    """One kiosk with its sync, driven step by step."""

    def __init__(self, folder: Folder, server: FakeServer, clock: ManualClock) -> None:
        self.folder, self.server, self.clock = folder, server, clock
        self.open()

    def open(self) -> None:
        self.kiosk: Kiosk = open_kiosk(self.folder, Options(self.clock))
        self.sync = Sync(self.kiosk, self.server)

    def restart(self) -> None:
        self.kiosk.close()
        self.open()

    def settle(self, rounds: int = 40) -> None:
        """Exchange until nothing is under way any more."""
        self.sync.exchange_now()
        for _ in range(rounds):
            self.sync.step()
            self.sync.run_errands()
            self.clock.advance(1.5)

    def scan(self, text: str) -> Verdict:
        shown = self.kiosk.station.scan(Scanned(text, Source.CAMERA, 0.0), Request())
        assert isinstance(shown, Shown)
        assert isinstance(shown.verdict, Verdict), shown.verdict
        return shown.verdict

    def own(self) -> tuple[Entry, ...]:
        return self.kiosk.stores.journal.since(0)


class World:
    """An event, its server, and kiosks."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.event = Event()
        self.server = FakeServer(self.event)
        self.clock = clock_at_noon()
        self.sold = [self.event.make_ticket((LUNCH, 3)) for _ in range(5)]
        self.other = OtherDevice(self.event)
        self.server.keys[DeviceId(self.other.device)] = self.other.key.as_device().verify_key
        self.server.say(self.event.issue(*self.sold))
        self.build()
        self.gates: list[Gate] = []

    def build(self, build_ms: int = NOW_MS, *, safe: bool = False) -> None:
        vector = self.server.vector() if safe else None
        contents = Contents(self.server.entries, (), (self.other.row(),), vector, build_ms)
        self.server.snapshots.append(build_snapshot(self.event, contents, self.path))

    def gate(self, point: PointNo = GATE) -> Gate:
        folder = enrol(self.event, self.path / f"gate{len(self.gates)}", point)
        key = device_key(folder)
        name, certificate = f"Gate {len(self.gates)}", self.event.certificate(key)
        device = device_id(key.verify_key.raw)
        self.server.say(self.event.say(DeviceStated(Cause(device), device, certificate, name, point, ())))
        gate = Gate(folder, self.server, self.clock)
        self.gates.append(gate)
        gate.settle(4)
        return gate

    def close(self) -> None:
        for gate in self.gates:
            gate.kiosk.close()

    def redeem(self, nth: int, *, by: OtherDevice | None = None, product: ProductNo = RALLY) -> Entry:
        """An entry of another device about one of the tickets."""
        other, sold = by or self.other, self.sold[nth]
        proof = proof_of_scan(sold.code, EVENT, DeviceId(other.device), other.run, len(other.written) + 1)
        return other.write(Redeem(sold.ticket, 0, product, 1, GATE, AreaNo(0), EventDay(20_635), (), proof))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


class OfLaterVersion(msgspec.Struct, frozen=True, array_like=True, tag=29):
    """A kind this version does not know."""

    text: str


def digests(entries: tuple[Entry, ...]) -> set[bytes]:
    return {entry.ref.digest for entry in entries}


def test_the_first_contact_brings_the_snapshot(world: World) -> None:
    gate = world.gate()
    assert len(gate.kiosk.stores.snapshots.in_use) == 1
    assert gate.scan(world.sold[0].text).outcome is Outcome.ADMIT


def test_an_admission_at_one_gate_is_refused_at_the_other_once_it_heard(world: World) -> None:
    north, south = world.gate(), world.gate()
    assert north.scan(world.sold[0].text).outcome is Outcome.ADMIT
    north.settle(3)
    south.settle(3)
    assert south.scan(world.sold[0].text).reason is Reason.NOTHING_LEFT


def test_each_entry_arrives_once_and_pending_goes_to_zero(world: World) -> None:
    gate = world.gate()
    for sold in world.sold:
        gate.scan(sold.text)
    gate.settle(5)
    held = [entry.ref.digest for entry in world.server.entries]
    assert digests(gate.own()) <= set(held)
    assert len(held) == len(set(held))
    assert gate.sync.state.pending == 0


def test_an_own_entry_is_sent_at_once(world: World) -> None:
    gate = world.gate()
    gate.sync.step()
    before = len(world.server.requests)
    gate.scan(world.sold[0].text)
    gate.sync.step()
    assert len(world.server.requests) == before + 1
    assert digests(gate.own()) <= digests(world.server.entries)


def test_a_lost_answer_is_repeated_and_changes_nothing(world: World) -> None:
    gate = world.gate()
    gate.scan(world.sold[0].text)

    def lose(_raw: bytes) -> bytes:
        raise Retry("the answer was lost")

    world.server.after_answer = lose
    gate.settle(2)
    world.server.after_answer = lambda raw: raw
    gate.settle(6)
    assert digests(gate.own()) <= digests(world.server.entries)
    assert gate.sync.state.pending == 0


@pytest.mark.parametrize(
    "weather",
    [
        pytest.param(Retry("a captive portal answers with text/html"), id="portal"),
        pytest.param(TooMuch("413"), id="413"),
        pytest.param(TooMuch("500"), id="500"),
        pytest.param(Refused("403: not allowed"), id="403"),
        pytest.param(RuntimeError("a bug in between"), id="bug"),
    ],
)
def test_strange_answers_are_survived_and_scanning_goes_on(world: World, weather: Exception) -> None:
    gate = world.gate()

    def storm(_path: str) -> None:
        raise weather

    world.server.weather = storm
    gate.settle(6)
    state = gate.sync.state
    assert (state.connected, state.trouble != "") == (False, True)
    assert gate.scan(world.sold[0].text).outcome is Outcome.ADMIT
    world.server.weather = lambda _path: None
    gate.settle(10)
    assert gate.sync.state.connected
    assert digests(gate.own()) <= digests(world.server.entries)


def test_an_answer_not_signed_by_the_server_is_not_believed(world: World) -> None:
    gate = world.gate()
    heard = len(gate.kiosk.stores.learnt.of_ticket(world.sold[0].ticket))
    world.server.after_answer = lambda raw: raw[:-1] + bytes([raw[-1] ^ 1])
    world.server.say(world.redeem(0))
    gate.settle(3)
    assert "not signed" in gate.sync.state.trouble
    assert len(gate.kiosk.stores.learnt.of_ticket(world.sold[0].ticket)) == heard


def test_an_old_answer_played_again_is_not_believed(world: World) -> None:
    gate = world.gate()
    kept: list[bytes] = []

    def keep(raw: bytes) -> bytes:
        kept.append(raw)
        return raw

    world.server.after_answer = keep
    gate.settle(2)
    world.server.after_answer = lambda _raw: kept[0]
    gate.settle(2)
    assert "another question" in gate.sync.state.trouble


def test_a_poisonous_entry_never_blocks_what_is_behind_it(world: World) -> None:
    gate = world.gate()
    for sold in world.sold:
        gate.scan(sold.text)
    poison = gate.own()[1]
    world.server.poison.add(poison.ref.digest)
    gate.settle(80)
    assert digests(gate.own()) - digests(world.server.entries) == {poison.ref.digest}
    world.server.poison.clear()
    world.clock.advance(700)
    gate.settle(40)
    assert digests(gate.own()) <= digests(world.server.entries)


def test_an_entry_that_failed_by_chance_is_tried_again_soon(world: World) -> None:
    """A proxy that fails now and then must not hold back a good entry for ten minutes."""
    gate = world.gate()
    gate.scan(world.sold[0].text)
    suspect = gate.own()[0]
    world.server.poison.add(suspect.ref.digest)
    gate.settle(8)
    world.server.poison.clear()
    world.clock.advance(10)
    gate.settle(10)
    assert digests(gate.own()) <= digests(world.server.entries)


def test_an_entry_passed_over_is_sent_anew_when_its_time_is_over_not_when_vectors_are_compared(world: World) -> None:
    gate = world.gate()
    gate.scan(world.sold[0].text)
    suspect = gate.own()[0]
    world.server.poison.add(suspect.ref.digest)
    gate.settle(5)
    world.server.poison.clear()
    for _ in range(8):
        gate.sync.step()
        world.clock.advance(1)
    assert digests(gate.own()) <= digests(world.server.entries)


def test_a_rejected_entry_does_not_stop_the_others(world: World) -> None:
    gate = world.gate()
    for sold in world.sold:
        gate.scan(sold.text)
    tray = gate.own()[0]
    world.server.tray.add(tray.ref.digest)
    gate.settle(10)
    assert digests(gate.own()) - digests(world.server.entries) == {tray.ref.digest}


def test_a_restored_server_gets_everything_back_its_own_statements_too(world: World) -> None:
    gate = world.gate()
    block = world.event.say(Block(Cause(b"b" * 16), world.sold[3].ticket, True, "stolen", ()))
    world.server.say(block, world.redeem(1))
    gate.settle(4)
    gate.scan(world.sold[0].text)
    gate.settle(4)
    everything = digests(world.server.entries)
    world.server.restore(1)
    gate.settle(40)
    assert digests(world.server.entries) == everything


def test_a_restored_server_that_went_on_elsewhere_is_noticed_by_its_tag(world: World) -> None:
    gate = world.gate()
    world.server.say(world.redeem(1))
    gate.settle(4)
    everything = digests(world.server.entries)
    world.server.restore(1)
    late = world.redeem(2)
    world.server.say(late)
    gate.settle(10)
    assert digests(world.server.entries) == everything | {late.ref.digest}
    assert gate.kiosk.stores.learnt.raw_of(late.ref.digest) is not None


def test_a_device_gets_its_own_lost_tail_back(world: World) -> None:
    gate = world.gate()
    gate.scan(world.sold[0].text)
    gate.settle(4)
    gate.kiosk.close()
    for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
        (gate.folder.path / name).unlink(missing_ok=True)
    gate.open()
    gate.settle(4)
    assert gate.scan(world.sold[0].text).reason is Reason.NOTHING_LEFT


def test_a_gate_whose_journal_lost_its_tail_sends_what_it_writes_next_at_once(world: World) -> None:
    gate = world.gate()
    for sold in world.sold[:3]:
        gate.scan(sold.text)
    gate.settle(4)
    gate.kiosk.close()
    for name in ("journal.sqlite", "journal.sqlite-wal", "journal.sqlite-shm"):
        (gate.folder.path / name).unlink(missing_ok=True)
    gate.open()
    gate.settle(4)
    gate.scan(world.sold[3].text)
    gate.sync.step()
    assert digests(gate.own()) <= digests(world.server.entries)


def test_an_entry_under_the_own_name_is_not_believed_because_others_bring_it(world: World) -> None:
    """Whoever has copied a gate's key can sign uses in its name; without the pass's code they prove nothing."""
    gate = world.gate()
    key, run = device_key(gate.folder), RunId(b"stolen!!")
    body = Redeem(world.sold[0].ticket, 0, RALLY, 1, GATE, AreaNo(0), EventDay(20_635), (), None)
    world.server.say(write_entry(key, EVENT, run, 1, None, None, Stamp(NOW_MS), None, body))
    gate.settle(3)
    assert gate.scan(world.sold[0].text).reason is Reason.PROOF_MISSING


def test_entries_that_do_not_verify_lie_in_the_tray_and_have_no_identity(world: World) -> None:
    stranger = OtherDevice(world.event)
    gate = world.gate()
    world.server.say(world.redeem(1, by=stranger))
    gate.settle(3)
    assert gate.kiosk.stores.learnt.tray_count() == 1
    assert gate.scan(world.sold[1].text).outcome is Outcome.ADMIT


def test_entries_not_understood_are_kept_and_handed_on(world: World) -> None:
    strange = world.other.write(OfLaterVersion("what a later version says"))  # type: ignore[arg-type]
    gate = world.gate()
    world.server.say(strange)
    gate.settle(3)
    world.server.restore(1)
    gate.settle(40)
    assert strange.ref.digest in digests(world.server.entries)


def test_a_snapshot_replaces_the_one_it_covers_and_learnt_entries_go_when_safe(world: World) -> None:
    gate = world.gate()
    before = gate.kiosk.stores.learnt.count()
    world.server.say(world.redeem(1), world.redeem(2))
    gate.settle(4)
    assert gate.kiosk.stores.learnt.count() == before + 2
    world.build(NOW_MS + 60_000, safe=True)
    world.clock.advance(600)
    gate.settle(6)
    assert [one.file.build_ms for one in gate.kiosk.stores.snapshots.in_use] == [NOW_MS + 60_000]
    assert gate.kiosk.stores.learnt.count() == 0
    assert gate.scan(world.sold[1].text).reason is Reason.NOTHING_LEFT


def test_learnt_entries_stay_while_a_backup_lacks_them(world: World) -> None:
    gate = world.gate()
    before = gate.kiosk.stores.learnt.count()
    world.server.say(world.redeem(1))
    gate.settle(4)
    world.build(NOW_MS + 60_000, safe=False)
    world.clock.advance(600)
    gate.settle(6)
    assert len(gate.kiosk.stores.snapshots.in_use) == 1
    assert gate.kiosk.stores.learnt.count() == before + 1


def test_a_snapshot_that_lacks_known_uses_loses_none(world: World) -> None:
    """After a restore the server builds a snapshot without a use that the older one had: both are kept."""
    world.server.say(world.redeem(1))
    world.server.snapshots.clear()
    world.build(NOW_MS)
    gate = world.gate()
    world.server.restore(1)
    block = world.event.say(Block(Cause(b"b" * 16), world.sold[3].ticket, True, "stolen", ()))
    world.server.say(block)
    world.server.snapshots.clear()
    world.build(NOW_MS + 60_000)
    world.clock.advance(600)
    gate.settle(6)
    assert len(gate.kiosk.stores.snapshots.in_use) == 2
    assert gate.scan(world.sold[1].text).reason is Reason.NOTHING_LEFT
    assert gate.scan(world.sold[3].text).reason is Reason.BLOCKED


def test_an_older_snapshot_offered_is_not_taken(world: World) -> None:
    old = world.server.snapshots[0]
    world.server.say(world.redeem(1))
    world.build(NOW_MS + 1)
    gate = world.gate()
    world.server.snapshots = [old]
    world.clock.advance(600)
    gate.settle(6)
    assert [one.file.build_ms for one in gate.kiosk.stores.snapshots.in_use] == [NOW_MS + 1]


def test_a_download_that_breaks_off_goes_on_where_it_stopped(world: World) -> None:
    world.server.pieces_before_break = 1
    gate = world.gate()
    gate.settle(30)
    assert len(gate.kiosk.stores.snapshots.in_use) == 1
    assert any(first > 0 for first in world.server.ranges)


def test_a_changed_snapshot_is_not_used(world: World) -> None:
    built = world.server.snapshots[0]
    for sha, packed in list(built.files.items()):
        built.files[sha] = packed[:-4] + b"evil"
    gate = world.gate()
    gate.settle(6)
    assert gate.kiosk.stores.snapshots.in_use == ()
    assert "not the one that was signed" in gate.sync.state.trouble


def test_snapshots_the_server_wants_back_are_uploaded_once(world: World) -> None:
    gate = world.gate()
    built = world.server.snapshots[0]
    world.server.wanted = (built.manifest.files[0].sha256,)
    gate.settle(10)
    assert world.server.uploads == [built.files[built.manifest.files[0].sha256]]


def test_what_a_kiosk_is_told_survives_its_restart_without_network(world: World) -> None:
    gate = world.gate()
    world.server.say(world.redeem(1))
    gate.settle(3)

    def storm(_path: str) -> None:
        raise Retry("no network")

    world.server.weather = storm
    gate.restart()
    assert gate.scan(world.sold[1].text).reason is Reason.NOTHING_LEFT


def test_a_flood_from_one_device_waits_and_hides_nothing(world: World) -> None:
    gate = world.gate()
    gate.kiosk.stores.learnt._per_device_max = 20
    before = gate.kiosk.stores.learnt.count()
    flood = [world.redeem(4) for _ in range(60)]
    quiet = OtherDevice(world.event, "Gate 8")
    world.server.say(*flood)
    world.server.keys[DeviceId(quiet.device)] = quiet.key.as_device().verify_key
    gate.settle(6)
    assert gate.sync.state.why is SyncWhy.TOO_MANY
    block = world.event.say(Block(Cause(b"c" * 16), world.sold[2].ticket, True, "lost", ()))
    world.server.say(block)
    gate.settle(6)
    assert gate.kiosk.stores.learnt.count() == before + 21
    assert gate.scan(world.sold[2].text).reason is Reason.BLOCKED


def test_the_clock_is_set_by_the_server_and_never_goes_below_its_time(world: World) -> None:
    gate = world.gate()
    world.server.now_ms = NOW_MS + 3_600_000
    gate.settle(2)
    assert gate.kiosk.device_clock.now_ms() >= NOW_MS + 3_600_000
    gate.scan(world.sold[0].text)
    assert gate.own()[0].stamp.corrected_ms >= NOW_MS + 3_600_000
    world.clock.set_wall(NOW_MS - 86_400_000)
    gate.restart()
    assert gate.kiosk.device_clock.now_ms() >= NOW_MS + 3_600_000
