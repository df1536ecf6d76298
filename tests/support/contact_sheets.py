"""Many screens beside each other on one picture: a row for each state, a column for each language."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from kiosk.ui.theme import FONTS

HIGH_MAX: Final = 1500  # of a sheet in pixels; more would be too small on the screen of whoever looks
GAP: Final = 10
HEADING: Final = 26
PAPER, INK = "#3a3f47", "#ffffff"


class Sheet:
    """The screens of one kind, filled state by state; written in parts that fit a screen."""

    def __init__(self, path: Path, languages: list[str], size: tuple[int, int], wide: int) -> None:
        self._path, self._languages = path, languages
        self._thumb = (wide, round(wide * size[1] / size[0]))
        self._found: dict[str, dict[str, Image.Image]] = {}

    def add(self, state: str, language: str, picture: Image.Image) -> None:
        """Keep a small copy of this screen."""
        small = picture.resize(self._thumb, Image.Resampling.LANCZOS)
        self._found.setdefault(state, {})[language] = small

    def write(self) -> list[Path]:
        """As many PNGs as it takes; their paths."""
        states, rows = list(self._found), max(1, HIGH_MAX // (self._thumb[1] + HEADING + GAP))
        parts = [states[at : at + rows] for at in range(0, len(states), rows)]
        return [self._write_part(number, part) for number, part in enumerate(parts, start=1)]

    def _write_part(self, number: int, states: list[str]) -> Path:
        wide, high = self._thumb
        size = (GAP + len(self._languages) * (wide + GAP), len(states) * (high + HEADING + GAP) + GAP)
        sheet = Image.new("RGB", size, PAPER)
        draw, font = ImageDraw.Draw(sheet), ImageFont.truetype(str(FONTS / "NotoSans-Bold.ttf"), 17)
        for row, state in enumerate(states):
            top = GAP + row * (high + HEADING + GAP)
            for column, language in enumerate(self._languages):
                left = GAP + column * (wide + GAP)
                draw.text((left, top), f"{language} {state}", INK, font)
                picture = self._found[state].get(language)
                if picture is not None:
                    sheet.paste(picture, (left, top + HEADING))
        path = self._path.with_name(f"{self._path.name}-{number}.png")
        sheet.save(path, compress_level=4)
        return path
