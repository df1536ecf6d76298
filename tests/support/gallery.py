"""Every screen in six languages, three sizes and both themes, from one window: on contact sheets, or only checked.

Draws with the real app and the fake station, without a display, and says where a text is cut or things overlap.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.support.contact_sheets import Sheet

SIZES = {"1280x800": (1280, 800), "1024x600": (1024, 600), "800x1280": (800, 1280)}
THEMES = ("dark", "sunlight")
LANGUAGES = ("cs", "en", "de", "fr", "it", "pl")
WIDE = {"1280x800": 400, "1024x600": 400, "800x1280": 260}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be drawn, and what is kept of it. `folder` takes Kivy's files too."""

    folder: Path
    languages: tuple[str, ...] = LANGUAGES
    sizes: tuple[str, ...] = tuple(SIZES)
    themes: tuple[str, ...] = THEMES
    only: str = ""  # the screens whose name holds this
    sheets: bool = True
    single: bool = False
    contrast: bool = False
    wide: int = 0  # of one screen on a sheet; 0: what six languages leave

    @property
    def is_drawn(self) -> bool:
        """Whether anyone looks at pixels; without, laying everything out takes half the time."""
        return self.sheets or self.single or self.contrast


@dataclass(frozen=True, slots=True)
class Drawn:
    """How many screens were drawn, what is wrong with them, and the sheets that were written."""

    count: int
    faults: tuple[str, ...]
    sheets: tuple[Path, ...]


def draw(wanted: Wanted) -> Drawn:
    """Draw them all. Opens a window: once per process."""
    os.environ["SDL_VIDEODRIVER"] = "offscreen"
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    wanted.folder.mkdir(parents=True, exist_ok=True)
    from tests.support.gallery_app import GalleryApp  # noqa: PLC0415 - the environment must be set first

    app = GalleryApp(wanted)
    app.run()
    return Drawn(app.count, tuple(app.faults), tuple(app.write_sheets()))


def sheet_for(wanted: Wanted, size: str, theme: str, topic: str) -> Sheet:
    """An empty sheet for the screens of one kind, size and theme."""
    path = wanted.folder / f"{size}-{theme}-{topic}"
    return Sheet(path, list(wanted.languages), SIZES[size], wanted.wide or WIDE[size])


def _parse() -> Wanted:
    parser = argparse.ArgumentParser(prog="packaging/screens", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the sheets go")
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=list(SIZES))
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--themes", nargs="+", choices=THEMES, default=list(THEMES))
    parser.add_argument("--only", default="", metavar="WORD", help="the screens whose name holds this word")
    parser.add_argument("--single", action="store_true", help="also every screen as a PNG of its own")
    parser.add_argument("--no-sheets", action="store_true", help="only look for what is cut or overlaps")
    parser.add_argument("--contrast", action="store_true", help="with --no-sheets: look for faint texts too")
    parser.add_argument("--wide", type=int, default=0, metavar="PX", help="width of one screen on a sheet")
    found = parser.parse_args()
    return Wanted(
        found.folder,
        tuple(found.languages),
        tuple(found.sizes),
        tuple(found.themes),
        found.only,
        not found.no_sheets,
        found.single,
        found.contrast,
        found.wide,
    )


def main() -> None:
    """Draw what is asked for; fails if something is cut or overlaps."""
    drawn = draw(_parse())
    print("\n".join([*drawn.faults, *map(str, drawn.sheets)]))
    print(f"{drawn.count} screens drawn, {len(drawn.faults)} faults found")
    sys.exit(1 if drawn.faults or not drawn.count else 0)


if __name__ == "__main__":
    main()
