"""The demo's story is that the kiosk goes on without its server: the window outlives whatever else ends."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
WAIT_S_MAX = 30.0
LASTING = (sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)")


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(PACKAGING))
    loaded = import_module("story.demo")
    monkeypatch.setattr(loaded, "WATCH_EVERY_S", 0.01)
    return loaded


class Watched:
    """Real processes in place of the demo's, and the watch over them in a thread."""

    def __init__(self, demo: ModuleType, folder: Path, *, has_window: bool) -> None:
        program: Any = import_module("story.processes").Program
        made = {name: program(name, LASTING, folder / f"{name}.log") for name in ("server", "bank", "mails", "kiosk")}
        self.server, self.bank, self.mails, self.kiosk = made.values()
        self.window = self.kiosk if has_window else None
        for one in (self.server, self.bank, self.mails, self.window):
            if one is not None:
                one.start()
        stage = SimpleNamespace(server=self.server, bank=self.bank, catcher=self.mails, folder=folder)
        self.code: int | None = None
        self._thread = threading.Thread(target=self._watch, args=(demo, stage), daemon=True)
        self._thread.start()

    def _watch(self, demo: ModuleType, stage: SimpleNamespace) -> None:
        self.code = demo._watch(stage, self.window)

    @property
    def goes_on(self) -> bool:
        return self._thread.is_alive()

    def end(self) -> None:
        for one in (self.server, self.bank, self.mails, self.kiosk):
            one.stop()
        self._thread.join(WAIT_S_MAX)
        assert not self._thread.is_alive()


@pytest.fixture
def watched(demo: ModuleType, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(demo, tmp_path, has_window=True)
    yield made
    made.end()


def until(holds: Callable[[], bool]) -> None:
    end_s = time.monotonic() + WAIT_S_MAX
    while not holds():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_the_kiosk_goes_on_when_the_server_ends_and_one_line_says_so(
    watched: Watched, capsys: pytest.CaptureFixture[str]
) -> None:
    said: list[str] = []

    def is_said() -> bool:
        said.extend(capsys.readouterr().out.splitlines())
        return bool(said)

    watched.server.stop()
    until(is_said)
    watched.bank.stop()
    until(lambda: is_said() and len(said) == 2)
    assert [line.split(" (")[0] for line in said] == ["server has ended", "bank has ended"]
    assert "signal SIGTERM" in said[0]
    assert str(watched.server.log) in said[0]
    assert "The kiosk goes on without it. Ctrl-C here, or closing the kiosk's window, ends everything." in said[0]
    assert watched.goes_on
    assert watched.kiosk.is_running


def test_when_the_window_is_closed_too_all_ends(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    watched.server.stop()
    until(lambda: "server has ended" in capsys.readouterr().out)
    watched.kiosk.stop()
    until(lambda: not watched.goes_on)
    assert watched.code == 1


def test_the_rest_goes_on_where_only_the_window_is_closed(watched: Watched, capsys: pytest.CaptureFixture[str]) -> None:
    watched.kiosk.stop()
    until(lambda: "the kiosk's window was closed" in capsys.readouterr().out)
    assert watched.goes_on
    watched.server.stop()
    until(lambda: not watched.goes_on)
    assert watched.code == 1


def test_without_a_window_the_end_of_the_server_is_the_end_and_says_why(
    demo: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    watched = Watched(demo, tmp_path, has_window=False)
    until(lambda: "up" in watched.server.tail())
    watched.server.stop()
    until(lambda: not watched.goes_on)
    watched.end()
    said = capsys.readouterr().out
    assert watched.code == 1
    assert "server has ended (signal SIGTERM" in said
    assert "It said last:\nup" in said


def test_a_signal_without_a_name_is_told_by_its_number(demo: ModuleType, tmp_path: Path) -> None:
    """Real-time signals have none: the line that says what ended ended the demo, the kiosk's window with it."""
    program = import_module("story.processes").Program("server", ("sh", "-c", "kill -40 $$"), tmp_path / "server.log")
    program.start()
    until(lambda: not program.is_running)
    assert "signal 40" in demo._ended(program, is_open=True)
