"""A headless kiosk that opens a turnstile, as a process of its own: real program, line and server, killed, started."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.bodies import Redeem, Void
from common.clock import SystemClock
from kiosk.store.enrolled import device_key
from kiosk.store.folder import Folder
from kiosk.store.journal import Journal
from tests.support.gate_controller import GateController
from tests.support.kiosk_world import EVENT, Contents, Event, Sold, build_snapshot, enrol, put_snapshot
from tests.support.serial_stand import SerialStand

ROOT = Path(__file__).parents[3]
WAIT_S = 60.0


class Entrance:
    """A kiosk's folder, and the program on it with a turnstile."""

    def __init__(self, path: Path) -> None:
        now_ms = SystemClock().now_ms()
        self.event = Event(now_ms=now_ms)
        self.sold: list[Sold] = [self.event.make_ticket() for _ in range(3)]
        self.badge = self.event.badge()
        self.path = path
        self.folder: Folder = enrol(self.event, path / "kiosk")
        contents = Contents((self.event.issue(*self.sold),), build_ms=now_ms)
        put_snapshot(self.folder, self.event, build_snapshot(self.event, contents, self.folder.path))
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: queue.Queue[dict[str, object]] = queue.Queue()

    def start(self, **settings: str) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(self.path)}
        environment |= {f"RALLYGATE_KIOSK_{name.upper()}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "kiosk.cli", "--folder", str(self.folder.path), "headless"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        self.lines = queue.Queue()
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def say(self, text: str) -> dict[str, object]:
        """A line in, the next line out."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()
        return self.told()

    def told(self) -> dict[str, object]:
        return self.lines.get(timeout=WAIT_S)

    def end(self, *, kill: bool = False) -> None:
        if self.process is None:
            return
        if kill:
            self.process.kill()
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(WAIT_S)
        self.process = None

    def kinds(self) -> list[type]:
        """What stands in the journal, in order; the kiosk must have ended."""
        journal = Journal(self.folder.journal, device_key(self.folder), EVENT)
        try:
            return [type(entry.body) for entry in journal.since(0)]
        finally:
            journal.close()

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.lines.put(json.loads(line))


@pytest.fixture
def entrance(tmp_path: Path) -> Iterator[Entrance]:
    made = Entrance(tmp_path)
    yield made
    made.end(kill=True)


def program(path: Path, code: str) -> str:
    """A command that runs this; `path` is its argument."""
    return f'"{sys.executable}" -c "{code}" "{path}"'


def admitted(entrance: Entrance, sold: Sold) -> str:
    """The entry of an admission."""
    answer = entrance.say(sold.text)
    assert (answer["answer"], answer.get("outcome")) == ("verdict", "admit"), answer
    return str(answer["entry"])


def test_a_command_opens_and_its_exit_code_annuls_or_latches_until_acknowledged(
    entrance: Entrance, tmp_path: Path
) -> None:
    """The command ends as a file says: nobody passed, then jammed, then opened."""
    says = tmp_path / "says"
    command = program(says, "import pathlib, sys; raise SystemExit(int(pathlib.Path(sys.argv[1]).read_text()))")
    says.write_text("11")
    entrance.start(turnstile=command, turnstile_tries="2", turnstile_timeout_s="20")
    entry = admitted(entrance, entrance.sold[0])
    news = {"answer": "turnstile", "entry": entry, "outcome": "nobody", "annulled": True, "what": "0 of 1 went through"}
    assert entrance.told() == news
    says.write_text("3")
    entry = admitted(entrance, entrance.sold[0])
    jammed = entrance.told()
    assert (jammed["entry"], jammed["outcome"], jammed["annulled"]) == (entry, "failed", True)
    assert "ended with 3" in str(jammed["what"])
    assert entrance.say(entrance.sold[1].text)["code"] == "out_of_order"
    entrance.end()
    says.write_text("0")
    entrance.start(turnstile=command)
    assert entrance.say(entrance.sold[1].text)["code"] == "out_of_order", "it outlives a restart"
    assert entrance.say(entrance.badge) == {"answer": "in_service", "was_out_of_order": True, "name": "Jana"}
    admitted(entrance, entrance.sold[1])
    assert entrance.told()["outcome"] == "untold"
    assert entrance.say('{"do":"acknowledge"}') == {"answer": "in_service", "was_out_of_order": False}
    entrance.end()
    assert entrance.kinds() == [Redeem, Void, Redeem, Void, Redeem]


def test_killed_while_the_turnstile_is_told_to_open_the_entry_stands_and_it_is_not_opened_again(
    entrance: Entrance, tmp_path: Path
) -> None:
    log = tmp_path / "opened"
    hangs = program(log, "import sys, time; open(sys.argv[1], 'a').write('x'); time.sleep(8)")
    entrance.start(turnstile=hangs, turnstile_timeout_s="30")
    admitted(entrance, entrance.sold[0])
    ends_s = SystemClock().monotonic_s() + WAIT_S
    while not log.exists():
        assert SystemClock().monotonic_s() < ends_s
        threading.Event().wait(0.02)
    assert entrance.say(entrance.sold[1].text) == {"answer": "busy"}
    entrance.end(kill=True)
    quick = program(log, "import sys; open(sys.argv[1], 'a').write('y')")
    entrance.start(turnstile=quick, turnstile_timeout_s="30")
    refused = entrance.say(entrance.sold[0].text)
    assert (refused["outcome"], refused["reason"]) == ("refuse", "nothing_left")
    admitted(entrance, entrance.sold[1])
    assert entrance.told()["outcome"] == "untold"
    entrance.end()
    assert log.read_text() == "xy", "once for each admission, never again for the one before the kill"
    assert Void not in entrance.kinds()


def test_a_controller_that_answers_500_and_then_works(entrance: Entrance) -> None:
    with GateController(500, '{"passed": true}') as controller:
        entrance.start(turnstile=controller.url, turnstile_header="X-Key: 4711", turnstile_timeout_s="20")
        admitted(entrance, entrance.sold[0])
        assert entrance.told()["outcome"] == "passed"
    assert [call[2].get("X-Key") for call in controller.calls] == ["4711", "4711"]


def test_a_line_says_that_nobody_passed(entrance: Entrance, tmp_path: Path) -> None:
    with SerialStand(tmp_path / "line") as line:
        real = str((tmp_path / "line").readlink())  # the setting wants a line below /dev/
        entrance.start(turnstile=real, turnstile_opens=r"OPEN\r", turnstile_nobody="BACK", turnstile_passed="THRU")
        entry = admitted(entrance, entrance.sold[0])
        assert line.taken(5) == b"OPEN\r"
        line.send(b"BACK\r\n")
        news = entrance.told()
        assert (news["entry"], news["outcome"], news["annulled"]) == (entry, "nobody", True)
        entrance.end()


def test_a_setting_that_cannot_be_used_is_said_at_the_start(entrance: Entrance) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RALLYGATE_KIOSK_TURNSTILE": "ftp://gate"}
    command = [sys.executable, "-m", "kiosk.cli", "--folder", str(entrance.folder.path), "headless"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 1
    assert "RALLYGATE_KIOSK_TURNSTILE: ftp://: only http and https" in done.stderr
    assert "Traceback" not in done.stderr
