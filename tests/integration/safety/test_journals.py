"""What disks, clocks, clones and floods do to a journal, told through the real server and real kiosks."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from common.bodies import Redeem
from common.clock import ManualClock
from common.decision import Fault, FaultCode, Outcome, Reason, Verdict
from common.entries import Entry, Stamp
from common.exchange import Line
from common.ids import Digest
from common.vectors import vector_of
from kiosk.shown import OperatorTaken, Shown
from kiosk.store.folder import RESERVE_BYTES, Folder
from kiosk.store.journal import Draft, Journal
from kiosk.store.learnt import Intake
from kiosk.sync.held import Held
from syncserver.services import ingest
from syncserver.services.issue_passes import PassText
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from tests.support.server_world import DAY, FOUR_DAYS, GATE, GROUNDS
from tests.support.whole_world import Gate, Guest, WholeWorld

HOUR_S = 3600.0


def own(gate: Gate) -> tuple[Entry, ...]:
    return gate.front.kiosk.stores.journal.since(0)


def answer(gate: Gate, text: str) -> Verdict | Fault:
    shown = gate.scan(text)
    assert isinstance(shown, Shown)
    return shown.verdict


def lose_tail(world: WholeWorld, gate: Gate, tmp_path: Path, first: PassText, second: PassText) -> Entry:
    """Two admissions, of which the disk kept the first only; the server has heard of both. The lost entry."""
    assert answer(gate, first.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    shutil.copytree(gate.folder.path, tmp_path / "as the disk has it")
    assert answer(gate, second.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    gate.settle()
    lost = own(gate)[-1]
    gate.front.close()
    shutil.rmtree(gate.folder.path)
    shutil.copytree(tmp_path / "as the disk has it", gate.folder.path)
    gate.front = world.open(gate.folder, gate.transport)
    return lost


def written_by_a_copy(world: WholeWorld, gate: Gate, image: Path, guest: PassText, count: int) -> list[Entry]:
    """What an image of this kiosk, resumed elsewhere in the midst of its run, writes of a guest."""
    journal = gate.front.kiosk.stores.journal
    shutil.copytree(gate.folder.path, image)
    clone = Journal(image / "journal.sqlite", journal._key, world.event.uid)
    clone._tail = journal._tail

    def body(_run: object, _number: object) -> Redeem:
        return Redeem(guest.ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), b"\x00" * 8)

    written = [clone.append(Draft(body, Stamp(world.clock.now_ms()), None)).result() for _ in range(count)]
    clone.close()
    return written


# --- disks ----------------------------------------------------------------------------------------


def test_a_tail_that_a_lying_disk_lost_is_fetched_back_and_a_new_run_goes_on(world: WholeWorld, tmp_path: Path) -> None:
    """The disk said "durable" and had not written: after the power cut the last entries are not there."""
    first, second, third = world.issue(Guest("A"), Guest("B"), Guest("C"))
    world.build()
    gate = world.gate()
    lost = lose_tail(world, gate, tmp_path, first, second)
    assert lost.ref.digest not in {entry.ref.digest for entry in own(gate)}
    gate.settle()
    verdict = answer(gate, second.digits)
    assert isinstance(verdict, Verdict)
    assert verdict.reason is Reason.ALREADY_TODAY
    assert answer(gate, third.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    fresh = next(entry for entry in own(gate) if isinstance(entry.body, Redeem) and entry.body.ticket == third.ticket)
    assert fresh.ref.identity.run != lost.ref.identity.run
    (opener,) = (e for e in own(gate) if e.opens is not None and e.ref.identity.run == fresh.ref.identity.run)
    assert opener.opens is not None  # it names where the run before ended, as far as this disk knew
    assert opener.opens.run == own(gate)[0].ref.identity.run


def test_who_lacks_a_run_is_given_the_tail_that_was_fetched_back_with_the_rest_of_it(
    world: WholeWorld, tmp_path: Path
) -> None:
    """The first part lies in the journal, the fetched one among what was learnt: a partner gets both, in order."""
    first, second = world.issue(Guest("A"), Guest("B"))
    world.build()
    gate = world.gate()
    lost = lose_tail(world, gate, tmp_path, first, second)
    gate.settle()
    held = Held(gate.front.kiosk.stores)
    (run,) = (one for one in held.lacked_by(()) if one.run == lost.ref.identity.run)
    kept = [entry.raw for entry in own(gate) if entry.ref.identity.run == lost.ref.identity.run]
    assert kept
    assert list(held.all_raws(run)) == [*kept, lost.raw]
    assert held.raws(run, 1) == tuple(kept[:1])


def test_an_own_entry_is_not_taken_for_had_by_who_names_later_ones_of_a_copy(world: WholeWorld, tmp_path: Path) -> None:
    """Both wrote one number; only the copy's last entry is here, so nothing shows yet that the run is forked."""
    first, second, third = world.issue(Guest("A"), Guest("B"), Guest("C"))
    world.build()
    gate = world.gate()
    answer(gate, first.digits)
    stores = gate.front.kiosk.stores
    copys = written_by_a_copy(world, gate, tmp_path / "image", third, 3)
    answer(gate, second.digits)
    mine = own(gate)[-1]
    assert mine.ref.identity == copys[0].ref.identity
    stores.learnt.take(Intake((copys[-1],))).result()
    held, name = Held(stores), copys[-1].ref.identity
    theirs = vector_of({(name.device, name.run): (Line(1, name.number, copys[-1].ref.digest),)})
    lacked = {raw for one in held.lacked_by(theirs) for raw in held.all_raws(one)}
    assert mine.raw in lacked
    assert copys[-1].raw not in lacked


def test_two_that_go_on_from_one_resumed_image_are_found_as_a_fork_and_both_count(
    world: WholeWorld, tmp_path: Path
) -> None:
    """A virtual machine's image resumed twice: memory and disk alike, so both write the next number of one run."""
    first, second, third = world.issue(Guest("A"), Guest("B"), Guest("C"))
    world.build()
    gate = world.gate()
    answer(gate, first.digits)
    (other,) = written_by_a_copy(world, gate, tmp_path / "image", third, 1)
    answer(gate, second.digits)
    mine = own(gate)[-1]
    assert other.ref.identity == mine.ref.identity
    assert other.ref.digest != mine.ref.digest
    gate.settle()
    known = world.services.known.event(world.event.uid)
    world.services.ingest.take(known, [other.raw], None)
    world.tick()
    with world.services.db.read() as tx:
        device = device_store.by_id(tx, world.event.id, mine.ref.identity.device)
        assert entry_store.held(tx, world.event.id, [other.ref.digest, mine.ref.digest]) == {
            other.ref.digest,
            mine.ref.digest,
        }
    assert device is not None
    assert device.is_forked


def test_a_disk_nearly_full_takes_no_snapshot_and_goes_on_admitting(
    world: WholeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept free is the journal's: neither a snapshot nor others' entries eat it."""
    passes = world.issue(*(Guest(f"Host {n}") for n in range(4)))
    world.build()
    gate, south = world.gate(), world.gate()
    held = gate.front.kiosk.stores.snapshots.in_use
    monkeypatch.setattr(Folder, "free_bytes", lambda folder: RESERVE_BYTES if folder == gate.folder else 10**12)
    answer(south, passes[1].digits)
    south.settle()
    world.issue(Guest("Pozdě"))
    world.build()
    gate.idle()
    assert gate.front.kiosk.stores.snapshots.in_use is held
    assert "free some space" in gate.front.sync.state.trouble
    assert answer(gate, passes[0].digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    monkeypatch.undo()
    gate.idle()
    verdict = answer(gate, passes[1].digits)
    assert isinstance(verdict, Verdict)
    assert verdict.reason is Reason.ALREADY_TODAY


def test_snapshots_that_change_during_scans_change_no_answer(world: WholeWorld) -> None:
    passes = world.issue(*(Guest(f"Host {n}") for n in range(120)))
    world.build()
    gate = world.gate()
    answers: list[Verdict | Fault] = []
    done = threading.Event()

    def scan_all() -> None:
        for pass_ in passes:
            answers.extend(answer(gate, pass_.digits) for _ in range(2))
        done.set()

    scanning = threading.Thread(target=scan_all)
    scanning.start()
    changes = 0
    while not done.is_set() and changes < 20:
        world.issue(Guest(f"Nový {changes}"))
        world.build()
        gate.idle()
        changes += 1
    scanning.join()
    assert changes >= 2
    outcomes = [verdict.outcome for verdict in answers if isinstance(verdict, Verdict)]
    assert outcomes == [Outcome.ADMIT, Outcome.REFUSE] * len(passes)


# --- snapshots ------------------------------------------------------------------------------------


def test_an_old_snapshot_offered_by_a_cache_is_not_taken_and_an_emptier_one_takes_nothing_away(
    world: WholeWorld,
) -> None:
    """Real files of the real server: the older manifest is offered again, signed as it was."""
    first, second = world.issue(Guest("A"), Guest("B"))
    world.build()
    gate = world.gate()
    old = gate.front.kiosk.stores.snapshots.in_use[-1].signed_manifest
    answer(gate, first.digits)
    gate.settle()
    world.block_ticket(second.ticket)
    world.build()
    gate.idle()
    (held,) = gate.front.kiosk.stores.snapshots.in_use
    assert held.signed_manifest != old
    assert gate.front.sync.errands.fetch(old) is False
    assert gate.front.kiosk.stores.snapshots.in_use == (held,)
    late = world.gate()
    late.front.sync.errands.fetch(old)
    for one in (gate, late):
        assert answer(one, first.digits).outcome is Outcome.REFUSE  # type: ignore[union-attr]
        verdict = answer(one, second.digits)
        assert isinstance(verdict, Verdict)
        assert verdict.reason is Reason.BLOCKED


# --- clocks ---------------------------------------------------------------------------------------


def shifted(gate: Gate, world: WholeWorld, seconds: float) -> ManualClock:
    """The kiosk is started again with a clock that is wrong by so much, and no network."""
    gate.front.close()
    clock = ManualClock(world.clock.now_ms() + round(seconds * 1000))
    gate.transport.is_down = True
    before, world.clock = world.clock, clock
    gate.front = world.open(gate.folder, gate.transport)
    world.clock = before
    return clock


def test_a_clock_at_1970_admits_nobody_until_a_badge_or_the_server_says_the_time(world: WholeWorld) -> None:
    badge = world.badge()
    (pass_,) = world.issue(Guest("A"))
    world.build()
    gate = world.gate()
    shifted(gate, world, -world.clock.now_ms() / 1000)
    fault = answer(gate, pass_.digits)
    assert isinstance(fault, Fault)
    assert fault.code is FaultCode.CLOCK_UNUSABLE
    assert own(gate) == ()
    gate.scan(badge.digits)
    verdict = answer(gate, pass_.digits)
    assert isinstance(verdict, Verdict)
    gate.transport.is_down = False
    gate.settle()
    assert isinstance(answer(gate, pass_.digits), Verdict)


def test_the_badge_of_a_sign_on_confirms_no_time_that_nobody_was_shown(world: WholeWorld) -> None:
    """First it is told what time the kiosk takes it for; only who scans again after that has confirmed it."""
    badge = world.badge()
    (pass_,) = world.issue(Guest("A"))
    world.build()
    gate = world.gate()
    shifted(gate, world, 2 * 24 * HOUR_S)
    told = gate.scan(badge.digits)
    assert isinstance(told, Shown)
    assert isinstance(told.verdict, Fault)
    assert (told.verdict.code, "2028-07-08" in told.verdict.what) == (FaultCode.CLOCK_UNUSABLE, True)
    assert isinstance(answer(gate, pass_.digits), Fault), "nothing was confirmed yet"
    assert isinstance(gate.scan(badge.digits), OperatorTaken)
    assert isinstance(answer(gate, pass_.digits), Verdict)


def test_a_badge_that_only_a_doubtful_clock_takes_for_expired_is_told_of_the_clock(world: WholeWorld) -> None:
    badge = world.badge()
    world.build()
    gate = world.gate()
    shifted(gate, world, 365 * 24 * HOUR_S)
    for _ in range(2):
        told = gate.scan(badge.digits)
        assert isinstance(told, Shown)
        assert isinstance(told.verdict, Fault)
        assert told.verdict.code is FaultCode.CLOCK_UNUSABLE


@pytest.mark.parametrize("days", [1, 2, 29])
def test_a_clock_some_days_ahead_refuses_no_pass_of_today_unasked_and_is_set_right_later(
    world: WholeWorld, days: int
) -> None:
    badge = world.badge()
    first, second = world.issue(Guest("A"), Guest("B"))
    world.build()
    gate = world.gate()
    real_ms = world.clock.now_ms()
    ahead = shifted(gate, world, days * 24 * HOUR_S)
    assert isinstance(answer(gate, first.digits), Fault), "doubted, not refused as expired"
    assert own(gate) == ()
    ahead.advance(-days * 24 * HOUR_S)  # somebody sets the clock as the fault asks, and restarts
    gate.front.close()
    before, world.clock = world.clock, ahead
    gate.front = world.open(gate.folder, gate.transport)
    world.clock = before
    assert answer(gate, first.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    gate.scan(badge.digits)
    gate.transport.is_down = False
    gate.settle()
    assert answer(gate, second.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    assert all(abs(entry.stamp.corrected_ms - real_ms) < 3_600_000 for entry in own(gate))


def test_a_clock_an_hour_back_is_set_right_by_what_was_signed(world: WholeWorld) -> None:
    (pass_,) = world.issue(Guest("A"))
    world.build()
    gate = world.gate()
    before_ms = world.clock.now_ms()
    shifted(gate, world, -HOUR_S)
    assert isinstance(answer(gate, pass_.digits), Fault)  # below what was signed: it cannot be
    gate.transport.is_down = False
    gate.settle()
    assert answer(gate, pass_.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    assert own(gate)[0].stamp.corrected_ms >= before_ms - 60_000


def test_a_clock_a_year_ahead_expires_no_pass_without_being_doubted(world: WholeWorld) -> None:
    (pass_,) = world.issue(Guest("A"))
    world.build()
    gate = world.gate()
    shifted(gate, world, 365 * 24 * HOUR_S)
    fault = answer(gate, pass_.digits)
    assert isinstance(fault, Fault)
    assert fault.code is FaultCode.CLOCK_UNUSABLE
    gate.transport.is_down = False
    gate.settle()
    assert answer(gate, pass_.digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]


# --- floods ---------------------------------------------------------------------------------------


def test_a_flood_from_one_device_waits_and_delays_no_other(world: WholeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "AUTHOR_BURST", 50)
    passes = world.issue(*(Guest(f"Host {n}") for n in range(3)))
    world.build()
    flooder, north, south = world.gate(), world.gate(), world.gate()
    flooder.transport.is_down = True
    journal = flooder.front.kiosk.stores.journal
    digests: list[Digest] = []
    for number in range(300):
        ticket = passes[number % 3].ticket

        def body(_run: object, _number: object, ticket: bytes = ticket) -> Redeem:
            return Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), b"\x07" * 8)  # type: ignore[arg-type]

        digests.append(journal.append(Draft(body, Stamp(world.clock.now_ms()), None)).result().ref.digest)
    flooder.transport.is_down = False
    flooder.front.sync.exchange_now()
    flooder.front.sync.step()
    with world.services.db.read() as tx:
        assert 0 < len(entry_store.held(tx, world.event.id, digests)) <= 100
    assert answer(north, passes[0].digits).outcome is Outcome.ADMIT  # type: ignore[union-attr]
    (entry,) = own(north)
    north.settle(3)
    south.settle(3)
    assert entry.raw in south.front.kiosk.stores.learnt.of_ticket(passes[0].ticket)
    flooder.settle(400)
    with world.services.db.read() as tx:
        assert len(entry_store.held(tx, world.event.id, digests)) == len(digests)
