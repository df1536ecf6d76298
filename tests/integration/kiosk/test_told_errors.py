"""A commit that tells an error may have kept everything: what it kept bears like anything else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from common.bodies import DeviceStated
from common.decision import Fault, Request
from common.entries import Entry
from kiosk.input.events import Scanned, Source
from kiosk.shown import Shown
from kiosk.store.faults import DiskFull
from kiosk.store.journal import Draft
from kiosk.store.learnt import Intake, Taken
from tests.integration.kiosk.test_exchange import World


@pytest.fixture
def rally(tmp_path: Path) -> Iterator[World]:
    rally = World(tmp_path)
    yield rally
    rally.close()


def test_what_a_disk_kept_while_it_told_an_error_bears_as_soon_as_the_next_thing_is_kept(
    rally: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement of another kiosk lies here, unheard: without its key that kiosk's entries would all be foreign."""
    north, south = rally.gate(), rally.gate()
    learnt = north.kiosk.stores.learnt
    take, told = learnt.take, list[Intake]()

    def take_and_complain(intake: Intake) -> Future[Taken]:
        taken = take(intake)
        if not intake.entries or told:
            return taken
        told.append(intake)
        taken.result()
        complaint: Future[Taken] = Future()
        complaint.set_exception(DiskFull("the commit told an error"))
        return complaint

    monkeypatch.setattr(learnt, "take", take_and_complain)
    north.scan(rally.sold[1].text)  # from now on it remembers what was stated of devices
    north.settle(10)
    assert any(isinstance(entry.body, DeviceStated) for entry in told[0].entries)
    around, other = north.kiosk.around, south.kiosk.stores.journal.device
    assert around.device_name(other) == "Gate 1"
    assert around.key_of(other) is not None


def test_a_use_that_a_disk_kept_while_it_told_an_error_is_sent_at_once_as_if_it_had_told_none(
    rally: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guest was told "not written" and goes to another gate: that one must know of the use, if there is one."""
    gate = rally.gate()
    gate.settle(10)
    journal, rings = gate.kiosk.stores.journal, list[None]()
    gate.kiosk.bell.listen(lambda: rings.append(None))
    append = journal.append

    def append_and_complain(draft: Draft) -> Future[Entry]:
        append(draft).result()
        complaint: Future[Entry] = Future()
        complaint.set_exception(DiskFull("the commit told an error"))
        return complaint

    monkeypatch.setattr(journal, "append", append_and_complain)
    shown = gate.kiosk.station.scan(Scanned(rally.sold[1].text, Source.CAMERA, 0.0), Request())
    assert isinstance(shown, Shown)
    assert isinstance(shown.verdict, Fault)
    assert len(rings) == 1
    gate.sync.step()  # the clock stands still: nothing but the bell makes it due
    assert gate.own()[-1] in rally.server.entries
