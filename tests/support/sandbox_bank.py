"""A running sandbox gateway for tests: the real process, on a free port of the loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

SECRET = "sandbox secret of the tests"
PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class RunningBank:
    """Its address and process, and the buyer's hand on its page."""

    url: str
    pid: int

    def act(self, page_url: str, do: str, webhooks: int = 1) -> None:
        """Press one of the page's buttons as a buyer would."""
        answer = requests.post(page_url, data={"do": do, "webhooks": webhooks}, allow_redirects=False, timeout=5)
        assert answer.status_code == 303, answer.text


@contextmanager
def running_bank(book: Path, late_s: float = 0.3) -> Iterator[RunningBank]:
    """The gateway's process on this book, ended with the block."""
    command = [sys.executable, "-m", "syncserver.integrations.sandbox", "--port", "0", "--book", str(book)]
    command += ["--late-seconds", str(late_s)]
    environ = {**os.environ, "RALLYGATE_SANDBOX_SECRET": SECRET}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ, cwd=PROJECT
    ) as process:
        try:
            assert process.stdout is not None
            yield RunningBank(json.loads(process.stdout.readline())["ready"], process.pid)
        finally:
            process.terminate()
            process.wait(10)
