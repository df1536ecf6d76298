"""A server's first requests may come all at once: nothing of msgspec is left to be found out by then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize("attempt", range(3))
def test_threads_that_read_for_the_first_time_at_once_all_succeed(attempt: int) -> None:
    """Without `common.studied` this process ended by SIGSEGV in 8 of 8 runs."""
    command = [sys.executable, "-m", "tests.support.first_reads"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) > 0
