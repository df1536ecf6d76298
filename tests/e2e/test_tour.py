"""The whole story, end to end, with real processes: the command that anyone can run tells it and ends well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
STORY_SECONDS_MAX = 540
CHAPTERS = (
    "1. A biker buys",
    "2. Kiosks join",
    "3. The printed page",
    "4. The network goes down",
    "5. The server comes back",
    "6. The server's disk is lost",
)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.window
@pytest.mark.timeout(STORY_SECONDS_MAX + 30)
def test_the_tour_is_as_told_from_the_sale_to_the_lost_server(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT / "packaging"), str(ROOT)))
    done = subprocess.run(
        [sys.executable, "-m", "story", "--tour", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS_MAX,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert [title for title in CHAPTERS if title not in done.stdout] == []
    assert "first ADMIT after" in done.stdout.splitlines()[-1]
