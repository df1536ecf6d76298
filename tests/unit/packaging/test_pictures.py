"""The drawings of the demo event say nothing that somebody at a gate could take for a guest's."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[3] / "packaging" / "demo-event"
PLATE = re.compile(r'"[0-9][A-Z][0-9A-Z] ?[0-9]{4}"')  # as Czech motorcycles carry them: 1P7 2028


def test_no_drawing_shows_a_number_plate_that_can_be_read() -> None:
    drawn = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    assert PLATE.search('c.word(1, 2, "1P7 2028", 38)')
    assert [name for name, text in drawn.items() if PLATE.search(text)] == []
