"""Every screen in every language and size shows its texts whole, even the longest, and nothing over another."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

from common.decision import FaultCode, Reason
from kiosk.ui.catalogue import LANGUAGES
from kiosk.ui.picture import Colour
from kiosk.ui.theme import SUNLIGHT_VERDICT_HEX, VERDICT_HEX
from tests.support.corner import WORD as CORNER
from tests.support.gallery import SIZES, THEMES

pytestmark = [pytest.mark.slow, pytest.mark.window]

ROOT = Path(__file__).parents[3]
SCREENS_MIN = 170 + len(Reason) + len(FaultCode)  # of one language and size; the walk must not end early


def draw(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    environment["KIVY_HOME"] = str(folder)
    command = [sys.executable, "-m", "tests.support.gallery", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What one window has found wrong on its walk through all of them; a theme changes colours alone, so one is enough.

    The last line counts what was drawn: the walk must have come to its end.
    """
    done = draw(tmp_path_factory.mktemp("walk"), "--no-sheets", "--themes", "dark")
    *faults, last = done.stdout.splitlines() or [""]
    assert last.endswith("faults found"), done.stdout[-4000:] + done.stderr[-2000:]
    assert int(last.split()[0]) >= SCREENS_MIN * len(LANGUAGES) * len(SIZES), last
    return [fault for fault in faults if fault]


@pytest.mark.timeout(960)
def test_nothing_is_cut_or_overlaps_on_any_screen_in_any_language_and_size(walked: list[str]) -> None:
    assert [fault for fault in walked if CORNER not in fault] == []


@pytest.mark.timeout(960)
def test_the_corner_that_leads_back_or_on_is_the_same_on_every_screen_and_harmless(walked: list[str]) -> None:
    """A hand that leaves by habit allowed what was refused, and made the kiosk speak Czech."""
    assert [fault for fault in walked if CORNER in fault] == []


@pytest.mark.timeout(360)
def test_every_text_stands_out_from_what_is_drawn_behind_it_in_both_themes(tmp_path: Path) -> None:
    """Measured in the drawn pixels: contrast of 4.5 : 1 or more, the theme changed while the window is open."""
    done = draw(tmp_path, "--no-sheets", "--contrast", "--sizes", "1024x600", "--languages", "cs")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert int(done.stdout.splitlines()[-1].split()[0]) >= SCREENS_MIN * len(THEMES)


def test_the_pictures_show_the_colours_of_the_verdicts(tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only this test looks into pictures

    done = draw(
        tmp_path, "--sizes", "1024x600", "--languages", "cs", "--themes", "dark", "--only", "verdict", "--single"
    )
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    corners = {}
    for name in ("admit", "confirm", "used", "fault"):
        with Image.open(tmp_path / f"1024x600-dark-cs-verdict-{name}.png") as picture:
            assert picture.size == (1024, 600)
            corners[name] = picture.convert("RGB").getpixel((5, 5))
    assert corners == {"admit": (11, 128, 67), "confirm": (246, 178, 27), "used": (192, 23, 34), "fault": (90, 44, 160)}
    assert (tmp_path / "1024x600-dark-verdicts-1.png").exists()


def test_a_kiosk_set_to_out_has_a_frame_in_the_colour_of_going_out_in_both_themes(tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415 - only these tests look into pictures

    done = draw(tmp_path, "--sizes", "1024x600", "--languages", "cs", "--only", "gate", "--single")
    assert done.returncode == 0, done.stdout + done.stderr[-2000:]
    framed = {}
    for theme, name in itertools.product(THEMES, ("gate", "gate-out", "gate-only-out")):
        with Image.open(tmp_path / f"1024x600-{theme}-cs-{name}.png") as picture:
            edges = ((6, 300), (1017, 300), (512, 6), (512, 593))
            framed[theme, name] = {picture.convert("RGB").getpixel(at) for at in edges}
    cyan = {"dark": VERDICT_HEX[Colour.CYAN], "sunlight": SUNLIGHT_VERDICT_HEX[Colour.CYAN]}
    for theme in THEMES:
        out = tuple(bytes.fromhex(cyan[theme][1:]))
        assert framed[theme, "gate-out"] == framed[theme, "gate-only-out"] == {out}
        assert out not in framed[theme, "gate"]
