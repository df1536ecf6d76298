"""Every screen in every language and size shows its texts whole, the longest ones included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.shown import FindTrouble
from kiosk.ui.catalogue import LANGUAGES
from tests.support.fake_station import ANSWERS
from tests.support.gallery import SIZES
from tests.support.gallery_app import LOOKED_AT
from tests.support.sample_questions import QUESTIONS

pytestmark = [pytest.mark.slow, pytest.mark.window]

ROOT = Path(__file__).parents[3]
# Enrol, compare, camera trouble, gate, stand, cue, message, status, code; five of operators, PIN; a form of each kind
# of question and of why; history, messages, the check before doors; only looking, what keeps from finding, whom to
# find, two lists, three tickets, two shifts, settings, left hand; every verdict; verdicts only looked at.
FINDING = 1 + len(FindTrouble) + 1 + 2 + 3 + 2
SCREENS = 9 + 6 + 2 + len(QUESTIONS) + 1 + 3 + FINDING + len(ANSWERS) + len(LOOKED_AT)


def draw(folder: Path, size: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment["KIVY_HOME"] = str(folder)
    command = [sys.executable, "-m", "tests.support.gallery", str(folder), "--size", size, *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=110, check=False)


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("languages", [LANGUAGES[:2], LANGUAGES[2:4], LANGUAGES[4:]], ids="-".join)
def test_no_text_of_any_screen_is_cut_in_any_language(languages: tuple[str, ...], size: str, tmp_path: Path) -> None:
    done = draw(tmp_path, size, "--no-pictures", "--languages", *languages)
    said = done.stdout.splitlines()[-1:]
    assert said == [f"{SCREENS * len(languages)} screens drawn, 0 texts do not fit"], done.stdout + done.stderr[-2000:]
    assert done.returncode == 0


def test_the_pictures_show_the_colours_of_the_verdicts(tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only this test looks into pictures

    done = draw(tmp_path, "1024x600", "--languages", "cs")
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    corners = {}
    for name in ("admit", "confirm", "used", "fault"):
        with Image.open(tmp_path / f"cs-verdict-{name}.png") as picture:
            assert picture.size == (1024, 600)
            corners[name] = picture.convert("RGB").getpixel((5, 5))
    assert corners == {"admit": (11, 128, 67), "confirm": (246, 178, 27), "used": (192, 23, 34), "fault": (90, 44, 160)}
