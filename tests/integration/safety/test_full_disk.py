"""A disk that is really full, under the real kiosk: who was shown green is in the journal, and nobody else was."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from common.bodies import Redeem
from common.clock import SystemClock
from kiosk.root import open_kiosk
from kiosk.store.enrolled import device_key
from kiosk.store.folder import Folder
from kiosk.store.journal import Journal
from tests.support.headless_process import HeadlessProcess
from tests.support.kiosk_world import EVENT, Contents, Event, Sold, build_snapshot, enrol, put_snapshot
from tests.support.small_disk import empty, fill, free_bytes, on_a_disk_of, seen_by

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mount namespaces are Linux's")
UNTESTED = "what a kiosk does on a disk that is really full"
GUESTS = 120
LEFT_BYTES = 600_000  # some twenty admissions


@dataclass
class Gate:
    """A kiosk on a disk of its own."""

    kiosk: HeadlessProcess
    folder: Path  # as it is seen from here
    sold: list[Sold]

    def scan(self, one: Sold) -> dict[str, Any]:
        """Its answer to a guest."""
        return self.kiosk.line(one.text)

    def written(self, copy: Path) -> list[bytes]:
        """The tickets admitted by the journal, read from a copy as after a power cut."""
        copy.mkdir()
        for path in self.folder.glob("journal.sqlite*"):
            shutil.copy(path, copy)
        folder = Folder(self.folder)
        with closing(Journal(copy / "journal.sqlite", device_key(folder), EVENT)) as journal:
            return [entry.body.ticket for entry in journal.since(0) if isinstance(entry.body, Redeem)]


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    build_ms = SystemClock().now_ms()
    event = Event(now_ms=build_ms)
    sold = [event.make_ticket() for _ in range(GUESTS)]
    made = enrol(event, tmp_path / "made")
    put_snapshot(made, event, build_snapshot(event, Contents((event.issue(*sold),), build_ms=build_ms), tmp_path))
    open_kiosk(made).close()
    folder = tmp_path / "kiosk"
    inside = on_a_disk_of("8m", folder, made.path, UNTESTED)
    kiosk = HeadlessProcess(folder, tmp_path / "kiosk.log", inside=inside)
    assert kiosk.ask(do="status")["fault"] is None
    yield Gate(kiosk, seen_by(kiosk.process_id, folder), sold)
    kiosk.close()


def test_who_is_shown_green_on_a_full_disk_is_in_the_journal_and_with_room_it_goes_on(
    gate: Gate, tmp_path: Path
) -> None:
    fill(gate.folder, LEFT_BYTES)
    answers = [gate.scan(one) for one in gate.sold[:-10]]
    green = [one.ticket for one, answer in zip(gate.sold, answers, strict=False) if answer.get("outcome") == "admit"]
    faults = [answer for answer in answers if answer["answer"] == "fault"]
    assert len(green) >= 5, "there was room for some"
    assert len(faults) >= 5, "and not for all"
    assert {fault["code"] for fault in faults} == {"disk_full"}
    assert "free some space" in faults[0]["what"]
    assert set(green) == set(gate.written(tmp_path / "while it is full"))
    assert gate.scan(gate.sold[-1])["answer"] == "fault", "it stays so"
    assert gate.scan(gate.sold[0])["outcome"] == "refuse", "who was here is still known"
    empty(gate.folder)
    assert free_bytes(gate.folder) > LEFT_BYTES
    for one, answer in zip(gate.sold, answers, strict=False):
        again = gate.scan(one)
        assert again["outcome"] == ("admit" if answer["answer"] == "fault" else "refuse"), again
    kept = gate.written(tmp_path / "at the end")
    assert len(kept) == len(set(kept)) == GUESTS - 10, "each once, and nobody was lost"
