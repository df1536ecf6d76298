"""A real server and real kiosks that never have a network: what one has, all get, by files on sticks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.carry_format import SHA_BYTES, CarryKind, CarryWriter, Piece, content_of, read_contents
from common.clock import ManualClock
from common.decision import Outcome, Reason
from common.errors import BadInput, UserFacing
from syncserver.app import make_services
from syncserver.config import config_for
from tests.support.admin_world import Office
from tests.support.server_world import GATE, KITCHEN
from tests.support.stick_world import DAY_S, LonelyKiosk, StickWorld, make_stick_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[StickWorld]:
    world = make_stick_world(tmp_path)
    yield world
    world.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder / "trial.rallygate"


def of_kind(path: Path, kind: CarryKind) -> list[bytes]:
    with path.open("rb") as file:
        return [content_of(file, piece) for piece in read_contents(file).of(kind)]


def delivered(kiosk: LonelyKiosk, world: StickWorld) -> bool:
    return {entry.ref.digest for entry in kiosk.own()} <= set(world.held())


def test_a_gate_that_never_has_a_network_works_for_four_days(world: StickWorld, stick: Path) -> None:
    sold = world.tickets(3)
    gate = world.join("Camp gate", stick)
    for day in range(4):
        later = world.tickets(1)[0]
        world.block(sold.pop(0)[0] if day == 1 else later[0])
        world.carry(stick)
        gate.front.carry(stick)
        for _, text in sold:
            assert gate.verdict(text).outcome is Outcome.ADMIT
            assert gate.verdict(text).reason is Reason.ALREADY_TODAY
        gate.front.carry(stick)
        world.clock.advance(DAY_S)
    assert gate.verdict(later[1]).reason is Reason.BLOCKED
    gate.front.carry(stick)
    brought = world.take(stick)
    assert (brought.rejected, brought.troubles, brought.is_whole) == (0, (), True)
    assert delivered(gate, world)
    assert len(world.held()) == len(set(world.held()))


def test_what_one_lonely_gate_admitted_the_other_refuses_once_a_stick_went_from_one_to_the_other(
    world: StickWorld, stick: Path
) -> None:
    [(_, text)] = world.tickets(1)
    north, south = world.join("North", stick), world.join("South", stick.with_name("other.rallygate"))
    assert north.verdict(text).outcome is Outcome.ADMIT
    north.front.carry(stick)
    done = south.front.carry(stick)
    assert done.new >= 1
    assert south.verdict(text).reason is Reason.ALREADY_TODAY


def test_a_revocation_and_a_move_reach_kiosks_without_a_network_by_stick(world: StickWorld, stick: Path) -> None:
    """What the revoked kiosk goes on writing waits for a supervisor at every gate that has heard of it."""
    [(_, text)] = world.tickets(1)
    kiosks = [world.join(name, stick.with_name(f"{name}.rallygate")) for name in ("North", "South", "West")]
    north, south, west = kiosks
    world.move(north, KITCHEN)
    world.revoke(south)
    world.carry(stick)
    for kiosk in (north, west):
        kiosk.front.carry(stick)
        assert [one.device for one in kiosk.front.kiosk.known.event_facts().revokes] == [south.device]
    here = [kiosk.front.kiosk.around.here() for kiosk in (north, west)]
    assert [getattr(one, "point", one) for one in here] == [KITCHEN, GATE]
    assert south.verdict(text).outcome is Outcome.ADMIT
    south.front.carry(stick)
    west.front.carry(stick)
    assert west.verdict(text).reason is Reason.NEEDS_SUPERVISOR


def test_carrying_again_and_in_any_order_changes_nothing(world: StickWorld, stick: Path) -> None:
    sold = world.tickets(4)
    gate = world.join("Camp gate", stick)
    old = stick.with_name("old.rallygate")
    for number, (_, text) in enumerate(sold):
        gate.verdict(text)
        gate.front.carry(stick)
        if number == 1:
            shutil.copy(stick, old)
    for path in (stick, old, stick, old):
        world.take(path)
    before = world.held()
    assert len(before) == len(set(before))
    assert delivered(gate, world)
    assert gate.front.carry(old).new == 0
    assert world.take(old).rejected == 0
    assert world.held() == before


def test_the_server_takes_in_what_lies_in_a_file_before_it_writes_over_it(world: StickWorld, stick: Path) -> None:
    [(_, text)] = world.tickets(1)
    gate = world.join("Camp gate", stick)
    gate.verdict(text)
    gate.front.carry(stick)
    world.carry(stick)
    assert delivered(gate, world)
    assert gate.front.sync.exchanger.outbox.pending() > 0
    assert gate.front.carry(stick).added == 0
    assert gate.front.sync.exchanger.outbox.pending() == 0


def test_a_restored_server_gets_back_what_it_had_said_itself(world: StickWorld, stick: Path, tmp_path: Path) -> None:
    sold = world.tickets(2)
    gate = world.join("Camp gate", stick)
    shutil.copytree(tmp_path / "server", tmp_path / "backup")
    world.block(sold[0][0])
    world.office.services.snapshots.build(world.office.event.id)
    world.block(sold[1][0])
    world.carry(stick)
    gate.front.carry(stick)
    assert [gate.verdict(text).reason for _, text in sold] == [Reason.BLOCKED] * 2
    services = make_services(config_for(tmp_path / "backup"), world.clock)
    restored = StickWorld(tmp_path, Office(services, world.office.event, world.office.app), world.clock)
    brought = restored.take(stick)
    assert brought.tickets > 0
    restored.carry(stick)
    other = restored.join("Other gate", stick)
    assert [other.verdict(text).reason for _, text in sold] == [Reason.BLOCKED] * 2
    restored.close()


def test_a_file_cut_anywhere_harms_nobody_and_is_mended_by_whoever_carries_it(world: StickWorld, stick: Path) -> None:
    sold = world.tickets(5)
    gate = world.join("Camp gate", stick)
    for _, text in sold:
        gate.verdict(text)
    gate.front.carry(stick)
    whole = stick.read_bytes()
    other = world.join("Other gate", stick.with_name("other.rallygate"))
    for size in [0, 1, 17, 18, 20, 60, *range(100, len(whole), max(1, len(whole) // 40))]:
        cut = stick.with_name("cut.rallygate")
        cut.write_bytes(whole[:size])
        try:
            done = other.front.carry(cut)
        except UserFacing:
            assert cut.read_bytes() == whole[:size]
            continue
        assert not done.is_whole
        assert done.unverified == 0
        with cut.open("rb") as file:
            assert read_contents(file).is_whole
        assert world.take(cut).rejected == 0
    assert other.front.carry(stick).is_whole
    assert other.verdict(sold[0][1]).reason is Reason.ALREADY_TODAY


def test_changed_bytes_bring_nothing_that_was_not_signed(world: StickWorld, stick: Path) -> None:
    sold = world.tickets(5)
    gate = world.join("Camp gate", stick)
    for _, text in sold:
        gate.verdict(text)
    gate.front.carry(stick)
    other = world.join("Other gate", stick.with_name("other.rallygate"))
    whole = bytearray(stick.read_bytes())
    genuine = {entry.ref.digest for entry in gate.own()} | set(world.held())
    for at in range(18, len(whole), max(1, len(whole) // 60)):
        changed = bytearray(whole)
        changed[at] ^= 0x21
        path = stick.with_name("changed.rallygate")
        path.write_bytes(changed)
        try:
            assert not other.front.carry(path).is_whole
        except UserFacing:
            assert path.read_bytes() == changed
    learnt = {row.digest for row in other.front.kiosk.stores.learnt.rows()}
    assert learnt <= genuine
    assert other.front.kiosk.stores.snapshots.troubles == ()


def test_a_spoilt_snapshot_leaves_the_file_and_the_next_who_has_it_puts_it_back(world: StickWorld, stick: Path) -> None:
    gate = world.join("Camp gate", stick)
    world.carry(stick)
    [file, *others] = _files_of(stick)
    whole = bytearray(stick.read_bytes())
    whole[file.at + SHA_BYTES + file.size // 2] ^= 1
    stick.write_bytes(whole)
    late = world.joining("Late gate")
    enrolment = world.code("Late gate")
    assert late.enrol_by_file(enrolment, world.path / "late.rallygate") is None
    world.carry(world.path / "late.rallygate")
    offer = late.enrol_by_file(enrolment, world.path / "late.rallygate")
    assert offer is not None
    late.accept(offer).close()
    lacking = world.open(late.folder)
    assert not lacking.carry(stick).took_snapshot
    assert len(_files_of(stick)) == len(others)
    gate.front.carry(stick)
    assert len(_files_of(stick)) == len(others) + 1
    assert lacking.carry(stick).took_snapshot
    lacking.close()


def _files_of(path: Path) -> list[Piece]:
    with path.open("rb") as file:
        return list(read_contents(file).of(CarryKind.FILE))


def test_forged_entries_are_not_stored_and_leave_the_file(world: StickWorld, stick: Path) -> None:
    [(_, text)] = world.tickets(1)
    gate = world.join("Camp gate", stick)
    gate.verdict(text)
    forged = gate.own()[0].raw[:-1] + bytes([gate.own()[0].raw[-1] ^ 1])
    other = world.join("Other gate", stick.with_name("other.rallygate"))
    with stick.open("wb") as file:
        writer = CarryWriter(file, world.office.event.uid)
        for raw in (forged, b"nothing", b""):
            writer.add(CarryKind.ENTRY, raw)
        writer.add(CarryKind.CERTIFICATE, gate.front.kiosk.enrolled.certificate)
        writer.finish()
    done = other.front.carry(stick)
    assert (done.new, done.unverified) == (0, 3)
    assert forged not in of_kind(stick, CarryKind.ENTRY)
    assert other.verdict(text).outcome is Outcome.ADMIT


def test_a_file_of_another_event_or_of_something_else_is_left_as_it_is(
    world: StickWorld, stick: Path, tmp_path: Path
) -> None:
    gate = world.join("Camp gate", stick)
    foreign = stick.with_name("foreign.rallygate")
    with foreign.open("wb") as file:
        writer = CarryWriter(file, type(world.office.event.uid)(b"else"))
        writer.finish()
    photo = stick.with_name("photo.jpg")
    photo.write_bytes(b"\xff\xd8 a photo")
    for path, what in ((foreign, "another event"), (photo, "no file that carries"), (tmp_path, "is no file")):
        before = path.read_bytes() if path.is_file() else b""
        with pytest.raises(BadInput, match=what):
            gate.front.carry(path)
        with pytest.raises(BadInput, match=what):
            world.carry(path)
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_stick_that_is_full_keeps_the_file_it_had(
    world: StickWorld, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = world.join("Camp gate", stick)
    before = stick.read_bytes()

    def no_room(self: CarryWriter) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(CarryWriter, "finish", no_room)
    with pytest.raises(UserFacing, match="disk is full"):
        gate.front.carry(stick)
    assert stick.read_bytes() == before
    assert [path.name for path in stick.parent.iterdir()] == [stick.name]


def test_an_answer_to_another_kiosk_lets_nobody_join(world: StickWorld, stick: Path) -> None:
    first, second = world.joining("First"), world.joining("Second")
    code = world.code("First")
    first.enrol_by_file(code, stick)
    second.enrol_by_file(code, stick)
    written = world.carry(stick)
    assert len(written.brought.joined) == 1
    assert "used by another device" in written.brought.troubles[0]
    assert second.enrol_by_file(code, stick) is None
    assert first.enrol_by_file(code, stick) is not None


def test_view_of_a_carried_kiosk_is_as_old_as_the_servers_word(world: StickWorld, stick: Path) -> None:
    gate = world.join("Camp gate", stick)
    world.clock.advance(3600)
    world.carry(stick)
    written_ms = world.clock.now_ms()
    assert isinstance(world.clock, ManualClock)
    world.clock.advance(7200)
    gate.front.carry(stick)
    assert gate.front.kiosk.around.heard_ms() == written_ms


@pytest.mark.skipif(os.name == "nt", reason="making links needs rights there")
def test_what_lies_on_a_stick_beside_the_file_leads_nobody_to_write_elsewhere(world: StickWorld, stick: Path) -> None:
    [(_, text)] = world.tickets(1)
    gate = world.join("Camp gate", stick)
    gate.verdict(text)
    precious, beside = world.path / "precious", stick.with_name(stick.name + ".new")
    precious.write_bytes(b"a journal")
    beside.symlink_to(precious)
    world.carry(stick)
    assert precious.read_bytes() == b"a journal"
    beside.unlink(missing_ok=True)
    beside.symlink_to(precious)
    gate.front.carry(stick)
    assert precious.read_bytes() == b"a journal"
    with stick.open("rb") as file:
        assert read_contents(file).is_whole


def test_a_folder_where_the_new_file_would_be_is_a_trouble_with_words(world: StickWorld, stick: Path) -> None:
    gate = world.join("Camp gate", stick)
    stick.with_name(stick.name + ".new").mkdir()
    with pytest.raises(UserFacing):
        gate.front.carry(stick)
