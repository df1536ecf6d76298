"""The real kiosk program, and a witness: `python -m tests.support.watched_window FILE WORDS-OF-RALLYGATE-KIOSK...`.

Every text that a label draws is written to FILE too, so that a test knows what a person saw.
"""

from __future__ import annotations

import sys
from typing import TextIO

from kiosk.cli import main as kiosk
from kiosk.ui import launch


def watch(witness: TextIO) -> None:
    """Write down each text that is drawn from now on. Imports Kivy, which opens a window."""
    from kiosk.ui.widgets import FitLabel  # noqa: PLC0415

    drawn_before = FitLabel.texture_update

    def texture_update(label: FitLabel, *changed: object) -> None:
        drawn_before(label, *changed)
        witness.write(f"{label.text}\n")
        witness.flush()

    setattr(FitLabel, "texture_update", texture_update)  # noqa: B010 - mypy takes a plain assignment for a mistake


def main() -> int:
    """Run the kiosk's command line, watched once its window is set up."""
    configure = launch.configure
    with open(sys.argv[1], "w", encoding="utf-8") as witness:  # noqa: PTH123 - a path as it was given

        def configured(settings: launch.ScreenSettings) -> None:
            configure(settings)
            watch(witness)

        launch.configure = configured
        return kiosk(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
