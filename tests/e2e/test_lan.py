"""Two kiosk processes on a LAN of their own (network namespaces, a cable between): no server, no list, only mDNS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from common.clock import SystemClock
from kiosk.store.folder import Folder
from tests.conftest import missing
from tests.support.kiosk_world import LUNCH, Contents, Event, build_snapshot, enrol, put_snapshot

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


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextmanager
def cable(first: str, second: str) -> Iterator[None]:
    """Two namespaces with a cable between them; the addresses are documentation's and exist only there."""
    spaces = (first, second)
    try:
        for space in spaces:
            ip("netns", "add", space)
        ip("link", "add", "rgw0", "netns", first, "type", "veth", "peer", "name", "rgw0", "netns", second)
        for number, space in enumerate(spaces, start=1):
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "addr", "add", f"192.0.2.{number}/24", "dev", "rgw0")
            ip("-n", space, "link", "set", "rgw0", "up")
            ip("-n", space, "route", "add", "224.0.0.0/4", "dev", "rgw0")
        yield
    finally:
        for space in spaces:
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The names of two namespaces with a cable between."""
    first, second = f"rg{os.getpid()}a", f"rg{os.getpid()}b"
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing("network namespaces need `ip` and root: two kiosks on a LAN of their own are not tested")
    try:
        with cable(first, second):
            yield first, second
    except subprocess.CalledProcessError as error:
        missing(f"this machine makes no network namespaces ({error.stderr!r}): a LAN of two kiosks is not tested")


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
        ip("-n", lan[0], "link", "set", "rgw0", "down")
        assert first.ask(sold[1].text)["outcome"] == "admit"
        ip("-n", lan[0], "link", "set", "rgw0", "up")
        assert until(second, "learnt", 2)
        assert second.ask(sold[1].text)["reason"] == "nothing_left"
    finally:
        for kiosk in kiosks:
            kiosk.stop()
