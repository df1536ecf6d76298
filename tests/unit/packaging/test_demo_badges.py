"""The demo makes two badges once and says whose they are, which PIN they have, and where their codes lie."""

from __future__ import annotations

import re
import stat
from importlib import import_module
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest
import zxingcpp

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
DIGITS = {"hostess": "1234567890" * 12, "supervisor": "9876543210" * 12}


class Desk:
    """Stands for the stage: its folder, and the server's command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pins: dict[str, str] = {}

    def manage(self, *arguments: str) -> str:
        command, _name, _, role, option, path = arguments
        assert (command, option) == ("issue-badge", "--pin-file")
        assert role not in self.pins, "made a second time"
        self.pins[role] = Path(path).read_text()
        return DIGITS[role] + "\n"


@pytest.fixture
def badges(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(PACKAGING)
    return import_module("story.badges")


def test_each_badge_is_told_with_its_pin_and_a_picture_that_reads_as_its_code(
    badges: ModuleType, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    made = badges.make_badges(desk)
    lines = "\n".join(badges.told(made))
    assert [one.role for one in made] == ["hostess", "supervisor"]
    for one in made:
        assert re.fullmatch(r"\d{6}", one.pin)
        assert desk.pins[one.role] == one.pin
        pixels = cv2.imdecode(np.frombuffer(Path(one.picture).read_bytes(), np.uint8), cv2.IMREAD_GRAYSCALE)
        assert pixels is not None
        assert [found.text for found in zxingcpp.read_barcodes(pixels)] == [DIGITS[one.role]]
        assert all(part in lines for part in (one.name, one.role, one.pin, one.picture))


def test_started_again_the_demo_has_the_same_badges_and_nobody_else_may_read_them(
    badges: ModuleType, tmp_path: Path
) -> None:
    desk = Desk(tmp_path)
    assert badges.make_badges(desk) == badges.make_badges(desk)
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(kept) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in kept} == {0o600}
