"""The journal itself is damaged: nobody is silently admitted again, and what can be had comes back.

Real kiosks and the real server; the harm is done to `journal.sqlite` between two starts.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from common.bodies import Flag, Redeem
from common.decision import Outcome, Reason, Request
from common.errors import BadInput
from kiosk.cli import main
from kiosk.headless import Headless
from kiosk.shown import DamageShown
from kiosk.store.carving import PAGE_BYTES
from syncserver.services.issue_passes import PassText
from syncserver.stores import entries as entry_store
from tests.simulation.disks import Disk, Disks
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

GUESTS = 60
Harm = Callable[[Path], None]


@dataclass(frozen=True)
class Scene:
    """A gate that admitted all but the last guest, and is closed; it never reached anybody since it joined."""

    world: WholeWorld
    gate: Gate
    passes: list[PassText]

    @property
    def fresh(self) -> PassText:
        """Who has not been here yet."""
        return self.passes[-1]

    def harm(self, harm: Harm) -> None:
        """Damage the journal and start again."""
        self.gate.front.close()
        harm(self.gate.folder.journal)
        self.gate.front = self.world.open(self.gate.folder, self.gate.transport)

    def heard_then_alone(self) -> None:
        """The server has all that was written; then the network goes."""
        self.gate.transport.is_down = False
        self.gate.settle()
        self.gate.transport.is_down = True

    def lost(self) -> list[PassText]:
        """The guests whose admission cannot be read any more."""
        kept = {e.body.ticket for e in self.gate.front.kiosk.stores.journal.since(0) if isinstance(e.body, Redeem)}
        return [one for one in self.passes[:-1] if one.ticket not in kept]

    def damage(self) -> DamageShown:
        """What the status tells."""
        damage = self.gate.front.status().damage
        assert damage is not None
        return damage


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeWorld]:
    world = make_whole_world(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture
def scene(world: WholeWorld) -> Scene:
    """A gate and guests of their own, in the world of all tests here."""
    passes = world.issue(*(Guest(f"Host {n}") for n in range(GUESTS)))
    world.build()
    gate = world.gate()
    gate.transport.is_down = True
    for one in passes[:-1]:
        assert gate.verdict(one.digits).outcome is Outcome.ADMIT
    return Scene(world, gate, passes)


def leaves(path: Path) -> list[int]:
    """Which pages hold entries."""
    raw = path.read_bytes()
    return [at for at in range(1, len(raw) // PAGE_BYTES) if raw[at * PAGE_BYTES] == 0x0D and _entries(raw, at) > 2]


def _entries(raw: bytes, at: int) -> int:
    return raw[at * PAGE_BYTES : (at + 1) * PAGE_BYTES].count(b"\x84W\xa3\x01")  # how every entry of a device begins


def overwrite(path: Path, at: int) -> None:
    with path.open("r+b") as file:
        file.seek(at * PAGE_BYTES)
        file.write(os.urandom(PAGE_BYTES))


def pages_in_the_middle(path: Path) -> None:
    found = leaves(path)
    assert len(found) > 3
    for at in found[1:3]:
        overwrite(path, at)


def no_header(path: Path) -> None:
    overwrite(path, 0)


def cut_short(path: Path) -> None:
    os.truncate(path, leaves(path)[2] * PAGE_BYTES)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def last_gone(path: Path) -> None:
    """What a disk does that had said it kept the last ten entries."""
    with closing(sqlite3.connect(path)) as connection:
        (guard,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'entries_remain'").fetchone()
        connection.execute("DROP TRIGGER entries_remain")
        connection.execute("DELETE FROM entries WHERE position > (SELECT max(position) FROM entries) - 10")
        connection.execute(guard)
        connection.commit()


@pytest.mark.parametrize("harm", [pages_in_the_middle, cut_short])
def test_nobody_is_silently_admitted_again_by_a_kiosk_that_lost_what_it_wrote(scene: Scene, harm: Harm) -> None:
    scene.harm(harm)
    lost = scene.lost()
    assert 0 < len(lost) < GUESTS - 1
    known = next(one for one in scene.passes[:-1] if one not in lost)
    assert scene.gate.reason(known.digits) is Reason.ALREADY_TODAY
    for one in (lost[0], scene.fresh):  # nobody here can tell them apart
        verdict = scene.gate.verdict(one.digits)
        assert (verdict.outcome, verdict.reason) == (Outcome.ASK, Reason.HISTORY_INCOMPLETE)
    confirmed = scene.gate.verdict(scene.fresh.digits, Request(confirmed=True))
    assert confirmed.outcome is Outcome.ADMIT
    assert int(Flag.HISTORY_INCOMPLETE) in confirmed.flags


@pytest.mark.parametrize("harm", [pages_in_the_middle, no_header, cut_short])
def test_what_the_server_had_heard_comes_back_and_the_asking_ends(scene: Scene, harm: Harm) -> None:
    scene.heard_then_alone()
    scene.harm(harm)
    lost = scene.lost()
    assert scene.gate.verdict(scene.fresh.digits).reason is Reason.HISTORY_INCOMPLETE
    assert scene.damage().is_open
    scene.gate.transport.is_down = False
    scene.gate.settle()
    assert scene.damage() == replace(scene.damage(), missing=0, is_open=False)
    for one in lost:
        assert scene.gate.reason(one.digits) is Reason.ALREADY_TODAY
    assert scene.gate.verdict(scene.fresh.digits).outcome is Outcome.ADMIT


def test_what_never_left_the_kiosk_is_asked_about_until_a_supervisor_goes_on_without_it(scene: Scene) -> None:
    badge = scene.world.badge()
    scene.world.build()
    scene.harm(pages_in_the_middle)
    lost = scene.lost()
    scene.gate.transport.is_down = False
    scene.gate.settle()
    scene.gate.idle()
    assert scene.damage().missing == len(lost)
    assert scene.gate.verdict(scene.fresh.digits).reason is Reason.HISTORY_INCOMPLETE
    with pytest.raises(BadInput, match="a supervisor answers for that"):
        scene.gate.front.accept_losses()
    scene.gate.restart()
    assert scene.damage().is_open, "a restart does not end it"
    scene.gate.sign_on(badge)
    headless = Headless(scene.gate.front, None, scene.world.clock)  # type: ignore[arg-type]
    assert headless.answer(b'{"do":"accept_losses"}') == {"answer": "done"}
    assert scene.gate.verdict(scene.fresh.digits).outcome is Outcome.ADMIT
    scene.gate.restart()
    given_up = scene.damage()
    assert (given_up.is_open, given_up.missing) == (False, len(lost)), "lost they are all the same"


def test_a_journal_emptied_without_a_trace_is_noticed_by_what_was_sent(scene: Scene) -> None:
    scene.heard_then_alone()
    scene.harm(emptied)
    verdict = scene.gate.verdict(scene.passes[0].digits)
    assert (verdict.outcome, verdict.reason) == (Outcome.ASK, Reason.HISTORY_INCOMPLETE)
    scene.gate.transport.is_down = False
    scene.gate.settle()
    assert not scene.damage().is_open
    assert scene.gate.reason(scene.passes[0].digits) is Reason.ALREADY_TODAY
    assert scene.gate.verdict(scene.fresh.digits).outcome is Outcome.ADMIT


def nothing(_scene: Scene) -> None:
    pass


def how_far_is_noted(scene: Scene) -> None:
    scene.gate.front.sync.exchanger.outbox.note_sent(scene.gate.front.kiosk.stores.learnt).result()


def somebody_is_admitted(scene: Scene) -> None:
    admitted = scene.gate.verdict(scene.fresh.digits, Request(confirmed=True))
    assert admitted.outcome is Outcome.ADMIT


@pytest.mark.parametrize("meanwhile", [nothing, how_far_is_noted, somebody_is_admitted])
def test_on_a_full_disk_a_kiosk_that_lost_its_end_starts_and_asks_and_knows_of_it_later(
    scene: Scene, meanwhile: Callable[[Scene], None]
) -> None:
    scene.heard_then_alone()
    disks, disk = Disks(), Disk(is_full=True)
    disks.put(scene.gate.folder.path, disk)
    with disks.installed():
        scene.harm(last_gone)
        assert scene.gate.reason(scene.passes[-2].digits) is Reason.HISTORY_INCOMPLETE
        assert scene.damage().is_open
        disk.is_full = False
        meanwhile(scene)
    scene.gate.restart()
    assert scene.damage().is_open
    assert scene.gate.reason(scene.passes[-2].digits) is Reason.HISTORY_INCOMPLETE
    scene.gate.transport.is_down = False
    scene.gate.settle()
    assert not scene.damage().is_open
    assert scene.gate.reason(scene.passes[-2].digits) is Reason.ALREADY_TODAY


def test_a_loss_found_on_a_full_disk_and_answered_for_is_not_found_again_at_the_next_start(scene: Scene) -> None:
    badge = scene.world.badge()
    scene.world.build()
    scene.heard_then_alone()
    disks, disk = Disks(), Disk(is_full=True)
    disks.put(scene.gate.folder.path, disk)
    with disks.installed():
        scene.harm(last_gone)
        disk.is_full = False
        scene.gate.sign_on(badge)
        scene.gate.front.accept_losses()
    assert not scene.damage().is_open
    scene.gate.restart()
    assert not scene.damage().is_open


def test_an_end_nobody_knew_is_not_said_to_be_whole_because_a_supervisor_went_on_without_it(scene: Scene) -> None:
    """Where nothing is known to be missing it said "nothing lost" again, restarts and all, while nobody could know."""
    badge = scene.world.badge()
    scene.world.build()
    scene.heard_then_alone()
    scene.harm(last_gone)
    scene.gate.sign_on(badge)
    scene.gate.front.accept_losses()
    for _ in range(2):
        assert (scene.damage().is_open, scene.damage().is_end_unknown) == (False, True)
        scene.gate.restart()
    scene.gate.transport.is_down = False
    scene.gate.settle()
    for _ in range(2):
        assert (scene.damage().is_open, scene.damage().is_end_unknown) == (False, False)
        scene.gate.restart()
    assert scene.gate.reason(scene.passes[-2].digits) is Reason.ALREADY_TODAY


def test_damage_is_logged_with_what_was_saved(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "rallygate"):
        scene.harm(pages_in_the_middle)
    (told,) = (r.getMessage() for r in caplog.records if "journal was damaged" in r.getMessage())
    saved = len(scene.gate.front.kiosk.stores.journal.since(0))
    assert f"{saved} entries were saved, {len(scene.lost())} are missing" in told
    assert scene.gate.front.kiosk.warnings == (told,)


@pytest.mark.parametrize("harm", [pages_in_the_middle, no_header, cut_short])
def test_the_readable_part_of_a_damaged_journal_is_exported_and_counts(
    scene: Scene, tmp_path: Path, harm: Harm, capsys: pytest.CaptureFixture[str]
) -> None:
    written = [entry.ref.digest for entry in scene.gate.front.kiosk.stores.journal.since(0)]
    scene.gate.front.close()
    harm(scene.gate.folder.journal)
    before = scene.gate.folder.journal.read_bytes()
    target = tmp_path / "journal.cbor"
    assert main(["--folder", str(scene.gate.folder.path), "export-journal", str(target)]) == 0
    told = capsys.readouterr()
    assert "the journal is damaged" in told.err
    assert scene.gate.folder.journal.read_bytes() == before
    done = scene.world.services.journals.take(target)
    assert done.rejected == 0
    assert 0 < done.entries <= len(written)
    assert f"{done.entries} entries written" in told.out
    with scene.world.services.db.read() as tx:
        assert len(entry_store.held(tx, scene.world.event.id, written)) == done.entries
    scene.gate.front = scene.world.open(scene.gate.folder, scene.gate.transport)
    assert len(scene.gate.front.kiosk.stores.journal.since(0)) == done.entries
