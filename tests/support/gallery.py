"""Every screen as a picture, in six languages and three sizes: `python -m tests.support.gallery FOLDER --size SIZE`.

Draws with the real app and the fake station, without a display, and says where a text does not fit its box.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SIZES = {"1280x800": (1280, 800), "1024x600": (1024, 600), "800x1280": (800, 1280)}
READABLE_PX = 11  # a text squeezed below this is as good as cut


def cut_texts(root: Any) -> Iterator[str]:  # noqa: ANN401 - Kivy's widgets have no types
    """Labels whose drawn text is larger than their box, or squeezed until nobody can read it."""
    from kiosk.ui.widgets import FitLabel  # noqa: PLC0415 - importing Kivy opens a window

    for widget in _visible(root):
        if not isinstance(widget, FitLabel) or not widget.text.strip():
            continue
        wide, high = widget.texture_size
        if wide > widget.width + 1 or high > widget.height + 1:
            yield f"{widget.text!r}: {wide}x{high} in a box of {widget.width:.0f}x{widget.height:.0f}"
        elif widget.font_size < READABLE_PX:
            yield f"{widget.text!r}: only {widget.font_size:.1f} px high"


def _visible(widget: Any) -> Iterator[Any]:  # noqa: ANN401 - Kivy's widgets have no types
    if widget.opacity:
        yield widget
        for child in widget.children:
            yield from _visible(child)


def draw(folder: Path, languages: list[str], size: tuple[int, int], *, pictures: bool) -> tuple[int, list[str]]:
    """How many screens were drawn, and what was cut. One PNG each if wished. Opens a window: once per process."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    folder.mkdir(parents=True, exist_ok=True)
    from tests.support.gallery_app import GalleryApp  # noqa: PLC0415 - the environment must be set first

    app = GalleryApp(folder, languages, size, pictures=pictures)
    app.run()
    return app.count, app.cut


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--size", choices=SIZES, default="1280x800")
    parser.add_argument("--languages", nargs="+", default=["cs", "en", "de", "fr", "it", "pl"])
    parser.add_argument("--no-pictures", action="store_true", help="only look for texts that do not fit")
    options = parser.parse_args()
    size, pictures = SIZES[options.size], not options.no_pictures
    count, cut = draw(options.folder, options.languages, size, pictures=pictures)
    print("\n".join([*cut, f"{count} screens drawn, {len(cut)} texts do not fit"]))
    sys.exit(1 if cut else 0)


if __name__ == "__main__":
    main()
