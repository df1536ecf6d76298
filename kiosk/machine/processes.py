"""Processes and signals: a program is run, a command line taken apart, and this program told to end."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Final

from kiosk.machine.trouble import MachineTrouble, MachineWhy
from kiosk.machine.windows import words_of_command

_QUIET: Final = subprocess.DEVNULL
_TREE_S_MAX: Final = 5.0  # for Windows to end a program and all it started


def run_command(words: Sequence[str], timeout_s: float) -> int:
    """Run a program of this device's settings, without a shell; its exit code. Raises MachineTrouble.

    What takes longer is ended, with everything it has started.
    """
    try:
        with _started(words) as program:
            try:
                return program.wait(timeout_s)
            except subprocess.TimeoutExpired:
                try:
                    _end_with_its_own(program)
                finally:
                    program.kill()
                raise
    except (OSError, subprocess.TimeoutExpired) as error:
        why = MachineWhy.SLOW if isinstance(error, subprocess.TimeoutExpired) else MachineWhy.NO_COMMAND
        raise MachineTrouble(f"{words[0]}: {error}; try the command by hand", why) from error


def words_of(command: str) -> tuple[str, ...]:
    """A command line in words, by the rules of this system's own quotes. Raises ValueError where a quote is open."""
    if sys.platform == "win32":
        return words_of_command(command)
    return tuple(shlex.split(command))


def command_of(words: Sequence[str]) -> str:
    """The words as a person types them."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def when_told_to_end(then: Callable[[], object], *, by_keyboard: bool) -> None:
    """Call `then` when the system or a service manager ends this program, and with `by_keyboard` at Ctrl-C too.

    Called from the main thread, which `then` is called in too, between any two steps of it; it may raise there.
    """
    for number in (*_ENDS, *((signal.SIGINT,) if by_keyboard else ())):
        signal.signal(number, lambda _number, _frame: then())


if sys.platform == "win32":
    # A console that is closed and a session that ends send no SIGTERM: Python tells both as SIGBREAK.
    _ENDS: Final = (signal.SIGTERM, signal.SIGBREAK)

    def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
        apart = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        return subprocess.Popen(  # noqa: S603 - the command is this device's own setting
            list(words), stdin=_QUIET, stdout=_QUIET, creationflags=apart
        )

    def _end_with_its_own(program: subprocess.Popen[bytes]) -> None:
        """Windows has no groups to be killed: its own tool walks the tree."""
        ending = ["taskkill", "/T", "/F", "/PID", str(program.pid)]
        subprocess.run(  # noqa: S603 - no word of it comes from outside
            ending, check=False, stdin=_QUIET, stdout=_QUIET, stderr=_QUIET, timeout=_TREE_S_MAX
        )

else:
    import os

    _ENDS: Final = (signal.SIGTERM,)

    def _started(words: Sequence[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603 - the command is this device's own setting
            list(words), stdin=_QUIET, stdout=_QUIET, start_new_session=True
        )

    def _end_with_its_own(program: subprocess.Popen[bytes]) -> None:
        os.killpg(program.pid, signal.SIGKILL)
