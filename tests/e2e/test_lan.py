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
from tests.support.kiosk_world import LUNCH, Contents, Event, Sold, build_snapshot, enrol, put_snapshot
from tests.support.namespaces import ADDRESSES, DEVICE, cabled, ip, set_address, set_link

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


def kiosks_of(path: Path, spaces: tuple[str, str], sold: list[Sold], event: Event) -> list[Headless]:
    built = build_snapshot(event, Contents((event.issue(*sold),), build_ms=event.now_ms), path)
    kiosks: list[Headless] = []
    for space in spaces:
        folder = enrol(event, path / space)
        put_snapshot(folder, event, built)
        kiosks.append(Headless(space, folder, path / f"{space}.log"))
    return kiosks


def until_trouble(kiosk: Headless, *, is_wanted: bool) -> bool:
    """Whether in time the status says, or no longer says, that others are not found."""
    end_s = time.monotonic() + WITHIN_S
    while ("are not found" in str(kiosk.status()["trouble"])) is not is_wanted:
        if time.monotonic() > end_s:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.slow
def test_kiosks_find_each_other_whose_network_comes_late_and_changes_its_addresses(
    tmp_path: Path, lan: tuple[str, str]
) -> None:
    """Both start without any address and say so; later both get others, as by DHCP, and no list names them."""
    event = Event(now_ms=SystemClock().now_ms())
    sold = [event.make_ticket((LUNCH, 1)) for _ in range(2)]
    for space, address in zip(lan, ADDRESSES, strict=True):
        ip("-n", space, "addr", "del", f"{address}/24", "dev", DEVICE)
    first, second = kiosks = kiosks_of(tmp_path, lan, sold, event)
    try:
        assert all(until_trouble(kiosk, is_wanted=True) for kiosk in kiosks)
        for space, address in zip(lan, ADDRESSES, strict=True):
            set_address(space, address)
        assert all(until_trouble(kiosk, is_wanted=False) for kiosk in kiosks)
        assert first.ask(sold[0].text)["outcome"] == "admit"
        assert until(second, "learnt", 1), (tmp_path / f"{lan[1]}.log").read_text()[-3000:]
        for space, after, before in zip(lan, ("192.0.2.71", "192.0.2.72"), ADDRESSES, strict=True):
            set_address(space, after, before)
        assert first.ask(sold[1].text)["outcome"] == "admit"
        assert until(second, "learnt", 2), (tmp_path / f"{lan[1]}.log").read_text()[-3000:]
        assert second.ask(sold[1].text)["reason"] == "nothing_left"
    finally:
        for kiosk in kiosks:
            kiosk.stop()


@pytest.mark.slow
def test_two_kiosks_find_each_other_and_admit_a_pass_once(tmp_path: Path, lan: tuple[str, str]) -> None:
    event = Event(now_ms=SystemClock().now_ms())
    sold = [event.make_ticket((LUNCH, 1)) for _ in range(2)]
    first, second = kiosks = kiosks_of(tmp_path, lan, sold, event)
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
