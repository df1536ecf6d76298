"""Programs that are run and ended, command lines, and how this program is told to end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from kiosk.machine.processes import command_of, run_command, words_of
from kiosk.machine.trouble import MachineTrouble

TOLD_TO_END = """
import threading
from kiosk.machine.processes import when_told_to_end
def end():
    print("told", flush=True)
    raise SystemExit(3)
when_told_to_end(end, by_keyboard=BY_KEYBOARD)
print("up", flush=True)
threading.Event().wait(60)
"""


def test_a_programs_exit_code_is_handed_on() -> None:
    assert run_command((sys.executable, "-c", "raise SystemExit(7)"), 30.0) == 7


def test_a_program_that_takes_too_long_is_told_with_its_name() -> None:
    with pytest.raises(MachineTrouble, match=r"timed out.*by hand"):
        run_command((sys.executable, "-c", "import time; time.sleep(60)"), 0.1)


@pytest.mark.parametrize("words", [("lamp", "{level}%"), ("/opt/a gate", "it's", '"', ""), ("x", "a\\b")], ids=str)
def test_words_that_are_shown_as_a_command_are_read_as_the_same_words(words: tuple[str, ...]) -> None:
    assert words_of(command_of(words)) == words


def test_an_open_quote_is_no_command() -> None:
    assert words_of("  ") == ()
    with pytest.raises(ValueError, match="quot"):
        words_of("lamp 'on")


def ended_by(number: int, *, by_keyboard: bool) -> tuple[str, int]:
    """What a program said that was told to end in this way, and its exit code."""
    code = TOLD_TO_END.replace("BY_KEYBOARD", str(by_keyboard))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        program.send_signal(number)
        said = program.stdout.read().decode()
        return said.strip(), program.wait(30)


def test_a_service_manager_ends_the_program_and_ctrl_c_where_that_is_wanted() -> None:
    assert ended_by(signal.SIGTERM, by_keyboard=False) == ("told", 3)
    assert ended_by(signal.SIGINT, by_keyboard=True) == ("told", 3)
    said, code = ended_by(signal.SIGINT, by_keyboard=False)
    assert (said, code == 3) == ("", False), "Python's own interrupt"
