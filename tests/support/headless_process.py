"""The real headless kiosk: a process of its own, a line in, a line of JSON out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
WAIT_S = 60.0
PROGRAM = ("-m", "kiosk.cli")


class HeadlessProcess:
    """`rallygate-kiosk headless` on a folder; its log goes to a file that the caller names.

    `program`: what Python is given to run in the place of the kiosk's own module; `inside`: the words before it.
    """

    def __init__(
        self, folder: Path, log: Path, *options: str, program: tuple[str, ...] = PROGRAM, inside: tuple[str, ...] = ()
    ) -> None:
        command = [*inside, sys.executable, *program, "--verbose", "--folder", str(folder), "headless", *options]
        self._log: IO[bytes] = log.open("ab")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(log.parent)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, env=environment, cwd=log.parent
        )

    @property
    def process_id(self) -> int:
        """Of the program that runs."""
        return self._process.pid

    def ask(self, **fields: object) -> dict[str, Any]:
        """One command, one answer."""
        return self.line(json.dumps(fields))

    def line(self, text: str) -> dict[str, Any]:
        """One line, one answer."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(text.encode() + b"\n")
        process.stdin.flush()
        answered = process.stdout.readline()
        assert answered, "the kiosk ended"
        return json.loads(answered)  # type: ignore[no-any-return]

    def until(self, is_so: Callable[[], bool], rounds: int = 100) -> None:
        """Exchange until something is so."""
        for _ in range(rounds):
            if is_so():
                return
            self.ask(do="exchange")
        raise AssertionError(f"not so after {rounds} exchanges")

    def kill(self) -> None:
        """As a power cut does."""
        self._process.kill()
        self._end()

    def close(self) -> None:
        """As a person does."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._end()

    def _end(self) -> None:
        self._process.wait(WAIT_S)
        for stream in (self._process.stdin, self._process.stdout, self._log):
            if stream is not None:
                stream.close()
