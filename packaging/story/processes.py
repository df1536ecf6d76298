"""Programs the demo starts: each with a log of its own, waited for until it answers, stopped by its own id."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS_MAX = 15.0
READY_SECONDS_MAX = 60.0
_NAMES = {one.value: one.name for one in signal.Signals}


class NotAsTold(Exception):
    """Something is not as the story tells it; the text says what was expected and what was seen."""


def free_port() -> int:
    """A TCP port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether nobody listens on this TCP port of loopback now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@dataclass
class Program:
    """One process: its command, its settings over ours, and the file its output goes to."""

    name: str
    command: Sequence[str]
    log: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; its output is appended to the log. In a group of its own, so Ctrl-C reaches only the demo."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                list(self.command),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, **self.settings},
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    @property
    def how_it_ended(self) -> str:
        """By which signal, or with which code, for people."""
        code = None if self.process is None else self.process.poll()
        if code is None:
            return "it runs"
        return f"exit code {code}" if code >= 0 else f"signal {_NAMES.get(-code, -code)}"

    def stop(self) -> int | None:
        """Ask it to end and wait; after 15 s it is ended the hard way. The exit code, None if it never ran."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """The end of its log, for people."""
        if not self.log.exists():
            return "(it wrote nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def wait_until(
    what: str, holds: Callable[[], bool], seconds: float = READY_SECONDS_MAX, every_s: float = 0.05
) -> float:
    """Wait until `holds` says so; the seconds it took. Raises NotAsTold after `seconds`."""
    started = time.monotonic()
    while not holds():
        if time.monotonic() - started > seconds:
            raise NotAsTold(f"waited {seconds:g} s in vain: {what}")
        time.sleep(every_s)
    return time.monotonic() - started


def answers(url: str) -> bool:
    """Whether a GET of the address is answered with 2xx."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback addresses the demo made
            return 200 <= int(answer.status) < 300
    except (urllib.error.URLError, OSError):
        return False


def wait_for(program: Program, url: str) -> None:
    """Wait until a program answers at its address; if it ended instead, say what it said last."""

    def ready() -> bool:
        if not program.is_running:
            raise NotAsTold(f"{program.name} ended at its start. It said last:\n{program.tail()}")
        return answers(url)

    wait_until(f"{program.name} answers at {url}; it said last:\n{program.tail()}", ready)
