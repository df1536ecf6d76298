"""Two kiosk processes on a LAN of their own (network namespaces, a cable between): no server, no list, only mDNS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from kiosk.store.folder import Folder
from tests.support.kiosk_world import LUNCH, Contents, Event, build_snapshot, enrol, put_snapshot
from tests.support.namespaces import cabled, set_link

ROOT = Path(__file__).resolve().parents[2]
WITHIN_S = 40.0


class Headless:
    """A kiosk process in a namespace; a line in, a line out."""

    def __init__(self, space: str, folder: Folder, log: Path) -> None:
        settings = {
            "RALLYGATE_KIOSK_FOLDER": str(folder.path),
            "RALLYGATE_KIOSK_PEER_LISTEN": "0.0.0.0:7443",
            "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        }
        program = (
            sys.executable,
            "-c",
            "from kiosk.cli import main; raise SystemExit(main(['--verbose', 'headless']))",
        )
        with log.open("wb") as errors:
            self.process = subprocess.Popen(
                ["ip", "netns", "exec", space, *program],
                env=os.environ | settings,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def ask(self, line: str) -> dict[str, object]:
        """The answer to a line."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert isinstance(answer, dict)
        return answer

    def status(self) -> dict[str, object]:
        """How sync stands."""
        sync = self.ask('{"do":"status"}')["sync"]
        assert isinstance(sync, dict)
        return sync

    def stop(self) -> None:
        """End of input."""
        self.process.communicate(timeout=30)


@pytest.fixture
def lan() -> Iterator[tuple[str, str]]:
    """The names of two namespaces with a cable between."""
    with cabled("a LAN of two kiosks is not tested") as spaces:
        yield spaces


def until(kiosk: Headless, name: str, wanted: int) -> bool:
    """Whether a figure of the status reaches what is wanted in time."""
    end_s = time.monotonic() + WITHIN_S
    while time.monotonic() < end_s:
        found = kiosk.status()[name]
        if isinstance(found, int) and found >= wanted:
            return True
        time.sleep(0.2)
    return False


@pytest.mark.slow
def test_two_kiosks_find_each_other_and_admit_a_pass_once(tmp_path: Path, lan: tuple[str, str]) -> None:
    event = Event(now_ms=SystemClock().now_ms())
    sold = [event.make_ticket((LUNCH, 1)) for _ in range(2)]
    built = build_snapshot(event, Contents((event.issue(*sold),), build_ms=event.now_ms), tmp_path)
    kiosks: list[Headless] = []
    for space in lan:
        folder = enrol(event, tmp_path / space)
        put_snapshot(folder, event, built)
        kiosks.append(Headless(space, folder, tmp_path / f"{space}.log"))
    first, second = kiosks
    try:
        assert until(first, "peers", 1), (tmp_path / f"{lan[0]}.log").read_text()[-3000:]
        assert until(second, "peers", 1), (tmp_path / f"{lan[1]}.log").read_text()[-3000:]
        assert first.ask(sold[0].text)["outcome"] == "admit"
        assert until(second, "learnt", 1)
        again = second.ask(sold[0].text)
        assert (again["outcome"], again["reason"]) == ("refuse", "nothing_left")
        set_link(lan[0], "down")
        assert first.ask(sold[1].text)["outcome"] == "admit"
        set_link(lan[0], "up")
        assert until(second, "learnt", 2)
        assert second.ask(sold[1].text)["reason"] == "nothing_left"
    finally:
        for kiosk in kiosks:
            kiosk.stop()
