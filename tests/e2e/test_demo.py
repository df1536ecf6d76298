"""The demo as a person starts it, with real processes: its kiosk outlives its server, and Ctrl-C ends all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.virtual_screen import VirtualScreen

ROOT = Path(__file__).resolve().parent.parent.parent
START_S_MAX, END_S_MAX = 240.0, 60.0
GOES_ON_S = 3.0  # the watch looks every second


@pytest.mark.slow
@pytest.mark.window
@pytest.mark.timeout(START_S_MAX + 2 * END_S_MAX)
def test_the_demo_s_kiosk_goes_on_without_its_server_until_ctrl_c(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with VirtualScreen() as screen, said.open("wb") as out:
        demo = subprocess.Popen(
            [sys.executable, "-m", "story", "--folder", str(tmp_path / "demo")],
            stdout=out,
            stderr=subprocess.STDOUT,
            env=_surroundings(screen.name, tmp_path),
        )
        try:
            _until(demo, START_S_MAX, lambda: "Ctrl-C stops everything." in said.read_text())
            programs = _programs(demo.pid)
            os.kill(programs["rallygate-server"], signal.SIGTERM)
            _until(demo, END_S_MAX, lambda: "server has ended" in said.read_text())
            time.sleep(GOES_ON_S)
            assert demo.poll() is None, said.read_text()
            assert {"rallygate-kiosk"} <= _programs(demo.pid).keys()
            assert "rallygate-server" not in _programs(demo.pid)
            demo.send_signal(signal.SIGINT)
            assert demo.wait(END_S_MAX) == 0
        finally:
            demo.kill()
            demo.wait()
    assert not [pid for pid in programs.values() if Path(f"/proc/{pid}").exists()]
    told = said.read_text()
    assert "The kiosk goes on without it. Ctrl-C here, or closing the kiosk's window, ends everything." in told
    assert told.splitlines()[-1].startswith("stopped.")


def _surroundings(display: str, home: Path) -> dict[str, str]:
    path = os.pathsep.join((str(ROOT / "packaging"), str(ROOT)))
    return {**os.environ, "PYTHONPATH": path, "DISPLAY": display, "HOME": str(home), "SDL_AUDIODRIVER": "dummy"}


def _until(demo: subprocess.Popen[bytes], seconds: float, holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + seconds
    while not holds():
        assert demo.poll() is None
        assert time.monotonic() < end_s
        time.sleep(0.1)


def _programs(parent: int) -> dict[str, int]:
    """The commands a process has started, by their names."""
    found: dict[str, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            line = (stat.parent / "cmdline").read_text().split("\0")
        except OSError:  # it ended meanwhile
            continue
        if int(fields[1]) == parent and fields[0] != "Z":
            found |= {
                Path(word).name: int(stat.parent.name) for word in line if Path(word).name.startswith("rallygate-")
            }
    return found
