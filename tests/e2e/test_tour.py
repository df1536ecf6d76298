"""The whole story, end to end, with real processes: the command that anyone can run tells it and ends well."""

from __future__ import annotations

import os
import re
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
    assert told_in_logs(tmp_path / "logs", done.stdout) == []


def told_in_logs(folder: Path, story: str) -> list[str]:
    """Whatever of a person stands in any program's log: names, addresses, ticket codes, the digits of a pass."""
    codes = re.findall(r"\b(?:[0-9A-Z]{4}-){4}[0-9A-Z]\b", story)
    assert len(codes) >= 3, story
    words = ["Novák", "Malá", "jan.nov", "eva.mal", "@example.org", *codes, *(code.replace("-", "") for code in codes)]
    logs = {path.name: path.read_text(errors="replace") for path in folder.iterdir()}
    assert {"server.log", "gate.log", "bank.log"} <= set(logs)
    found = [f"{name}: {word}" for name, text in logs.items() for word in words if word in text]
    return found + [f"{name}: a pass" for name, text in logs.items() if re.search(r"\d{150}", text)]
