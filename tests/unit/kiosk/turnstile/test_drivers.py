"""Each way to open a turnstile, with a real program, a real server and a real pseudo-terminal."""

from __future__ import annotations

import fcntl
import socket
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from common.clock import SystemClock
from kiosk.turnstile.command import CommandTurnstile
from kiosk.turnstile.drivers import CannotOpen, Passage
from kiosk.turnstile.serial_call import SerialTurnstile, Wording
from kiosk.turnstile.web_call import WebTurnstile
from tests.support.gate_controller import GateController
from tests.support.serial_stand import SerialStand

CLOCK = SystemClock()
LONG_S = 30.0
BOUND_S = 15.0  # far below what a hanging partner takes; far above what a busy machine adds


def program(code: str, timeout_s: float = LONG_S) -> CommandTurnstile:
    return CommandTurnstile((sys.executable, "-c", code), timeout_s)


@pytest.mark.parametrize(
    ("code", "passage"), [(0, Passage.UNTOLD), (10, Passage.PASSED), (11, Passage.NOBODY)], ids=str
)
def test_a_program_tells_by_how_it_ends(code: int, passage: Passage) -> None:
    assert program(f"raise SystemExit({code})").turn(Event()) is passage


def test_a_programs_words_go_to_it_without_a_shell(tmp_path: Path) -> None:
    script = f"import sys; open({str(tmp_path / 'out')!r}, 'w').write(sys.argv[1])"
    CommandTurnstile((sys.executable, "-c", script, "$HOME; rm *"), LONG_S).turn(Event())
    assert (tmp_path / "out").read_text() == "$HOME; rm *"


@pytest.mark.parametrize("code", [1, 2, 12, 137], ids=str)
def test_any_other_end_has_not_opened(code: int) -> None:
    with pytest.raises(CannotOpen, match=f"ended with {code}"):
        program(f"raise SystemExit({code})").turn(Event())


def test_a_program_that_is_not_there_has_not_opened() -> None:
    with pytest.raises(CannotOpen, match="/nowhere/gate"):
        CommandTurnstile(("/nowhere/gate",), LONG_S).turn(Event())


def test_a_program_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    """Its child holds a lock on a file until it ends; then the lock can be had."""
    child = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, 2); print(1, flush=True); time.sleep(60)"
    )
    script = (
        "import subprocess, sys, time\n"
        f"p = subprocess.Popen([sys.executable, '-c', {child!r}, sys.argv[1]], stdout=subprocess.PIPE)\n"
        "p.stdout.readline(); open(sys.argv[1] + '.held', 'w').close(); time.sleep(60)"
    )
    lock = tmp_path / "lock"
    started_s = time.monotonic()
    with pytest.raises(CannotOpen, match="timed out"):
        CommandTurnstile((sys.executable, "-c", script, str(lock)), 3.0).turn(Event())
    assert time.monotonic() - started_s < BOUND_S
    assert is_let_go(lock, LONG_S)


def is_let_go(lock: Path, within_s: float) -> bool:
    """Whether nobody holds the lock any more; one that was killed may take a moment to end."""
    ends_s = time.monotonic() + within_s
    with lock.open("a") as file:
        while time.monotonic() < ends_s:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.05)
            else:
                return True
    return False


def web(url: str, timeout_s: float = LONG_S, header: tuple[str, str] | None = None) -> WebTurnstile:
    return WebTurnstile("POST", url, header, timeout_s, CLOCK)


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        (200, Passage.UNTOLD),
        (204, Passage.UNTOLD),
        ('{"passed": true}', Passage.PASSED),
        ('{"passed": false, "ms": 900}', Passage.NOBODY),
        ('{"passed": "yes"}', Passage.UNTOLD),
        ("<html>opened</html>", Passage.UNTOLD),
        ('{"passed": true}' + " " * 5000, Passage.UNTOLD),
    ],
)
def test_a_controller_tells_by_status_and_body(answer: int | str, passage: Passage) -> None:
    with GateController(answer) as controller:
        assert web(controller.url).turn(Event()) is passage


def test_method_address_and_header_reach_the_controller() -> None:
    with GateController(200) as controller:
        web(controller.url, header=("X-Key", "4711")).turn(Event())
    method, path, headers = controller.calls[0]
    assert (method, path, headers["X-Key"]) == ("POST", "/open?lane=3", "4711")


@pytest.mark.parametrize("status", [302, 307, 401, 404, 500, 503])
def test_any_other_status_has_not_opened_and_no_redirect_is_followed(status: int) -> None:
    with GateController(status) as controller, pytest.raises(CannotOpen, match=str(status)):
        web(controller.url).turn(Event())
    assert [path for _, path, _ in controller.calls] == ["/open?lane=3"]


@pytest.mark.parametrize("answer", ["hang", "drip"])
def test_a_controller_that_hangs_or_drips_is_left_in_time(answer: str) -> None:
    with GateController(answer) as controller:
        started_s = time.monotonic()
        with pytest.raises(CannotOpen, match="did not answer within"):
            web(controller.url, 0.5).turn(Event())
        assert time.monotonic() - started_s < BOUND_S


def test_a_controller_that_refuses_has_not_opened_and_no_key_is_said() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, not listening: refuses
        url = f"http://127.0.0.1:{held.getsockname()[1]}/open?key=4711"
        with pytest.raises(CannotOpen, match="ConnectionRefusedError") as failed:
            web(url).turn(Event())
    assert "4711" not in str(failed.value)


@pytest.fixture
def line(tmp_path: Path) -> Iterator[SerialStand]:
    with SerialStand(tmp_path / "gate") as stand:
        yield stand


def serial(line: SerialStand, wording: Wording, pass_s: float = LONG_S, timeout_s: float = LONG_S) -> SerialTurnstile:
    return SerialTurnstile(str(line.path), 9600, wording, timeout_s, pass_s, CLOCK)


def answered(line: SerialStand, turnstile: SerialTurnstile, *pieces: bytes) -> Passage:
    """Turn it, with a controller that says this once it was told to open."""

    def controller() -> None:
        line.taken(len(turnstile.wording.opens))
        for piece in pieces:
            line.send(piece)

    thread = threading.Thread(target=controller)
    thread.start()
    try:
        return turnstile.turn(Event())
    finally:
        thread.join()


BOTH = Wording(b"OPEN\r\n", b"PASS", b"TIMEOUT")


@pytest.mark.parametrize(
    ("pieces", "passage"),
    [
        ((b"ok PASS\r\n",), Passage.PASSED),
        ((b"PA", b"SS"), Passage.PASSED),
        ((b"TIMEOUT",), Passage.NOBODY),
        ((b"TIMEOUT PASS",), Passage.NOBODY),
        ((b"x" * 3000, b"PASS"), Passage.PASSED),
    ],
    ids=["passed", "in pieces", "nobody", "the first counts", "behind much else"],
)
def test_a_line_tells_by_its_words(line: SerialStand, pieces: tuple[bytes, ...], passage: Passage) -> None:
    turnstile = serial(line, BOTH)
    try:
        assert answered(line, turnstile, *pieces) is passage
    finally:
        turnstile.close()


def test_the_word_of_the_guest_before_is_not_the_word_of_this_one(line: SerialStand) -> None:
    turnstile = serial(line, Wording(b"O", b"PASS"), pass_s=1.0)
    try:
        assert answered(line, turnstile, b"PASS") is Passage.PASSED
        line.send(b"PASS")  # late, and nobody waits for it
        assert turnstile.turn(Event()) is Passage.NOBODY
    finally:
        turnstile.close()


def test_a_line_with_no_words_tells_nothing_and_at_once(line: SerialStand) -> None:
    turnstile = serial(line, Wording(b"O"))
    try:
        started_s = time.monotonic()
        assert turnstile.turn(Event()) is Passage.UNTOLD
        assert time.monotonic() - started_s < BOUND_S
        assert line.taken(1) == b"O"
    finally:
        turnstile.close()


def test_a_stop_cuts_the_wait_short(line: SerialStand) -> None:
    turnstile, stopping = serial(line, BOTH), Event()
    stopping.set()
    started_s = time.monotonic()
    assert turnstile.turn(stopping) is Passage.UNTOLD
    assert time.monotonic() - started_s < BOUND_S
    turnstile.close()
    turnstile.close()


def test_a_line_that_is_pulled_out_has_not_opened_and_works_again_once_it_is_back(line: SerialStand) -> None:
    turnstile = serial(line, Wording(b"O"))
    assert turnstile.turn(Event()) is Passage.UNTOLD
    line.pull_out()
    with pytest.raises(CannotOpen, match="cable"):
        turnstile.turn(Event())
    line.plug_in()
    assert turnstile.turn(Event()) is Passage.UNTOLD
    turnstile.close()


def test_a_line_pulled_out_while_a_guest_may_be_in_the_gate_tells_nothing(line: SerialStand) -> None:
    turnstile = serial(line, BOTH)

    def pull() -> None:
        line.taken(6)
        line.pull_out()

    thread = threading.Thread(target=pull)
    thread.start()
    assert turnstile.turn(Event()) is Passage.UNTOLD
    thread.join()
