"""The real kiosk program, with a stamp at each stage of a scan: `python -m tests.bench.stamped_window FILE WORDS...`.

For every scan that was drawn a line of JSON goes to FILE. Stamps are of the machine's monotonic clock, so that whoever
held the code before the camera can compare them with its own.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

from common.decision import Request
from kiosk.cli import main as kiosk
from kiosk.front import Front
from kiosk.input.events import Scanned
from kiosk.ui import launch

Stamps = dict[str, float]


class Stamper:
    """Collects the stamps of the scan that is under way, and writes them when it is on the screen."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._stamps: Stamps = {}

    def scan(self, real: Callable[[Front, Scanned, Request], Any]) -> Callable[[Front, Scanned, Request], Any]:
        """The station's scan, stamped."""

        def scan(front: Front, scanned: Scanned, request: Request) -> Any:  # noqa: ANN401 - whatever the real one answers
            read_s = scanned.at_monotonic_s
            stamps = {"picture": read_s - scanned.frame_age_ms / 1000, "read": read_s, "begun": time.monotonic()}
            answer = real(front, scanned, request)
            self._stamps = stamps | {"decided": time.monotonic()}
            return answer

        return scan

    def show(self, real: Callable[..., None]) -> Callable[..., None]:
        """The screen's turn to a verdict, stamped."""

        def show(*given: Any) -> None:  # noqa: ANN401 - whatever the real one takes
            self._stamp("shown")
            real(*given)

        return show

    def flip(self, real: Callable[..., None]) -> Callable[..., None]:
        """The frame after it, stamped, and everything written."""

        def flip(*given: Any) -> None:  # noqa: ANN401 - whatever the real one takes
            real(*given)
            if "shown" in self._stamps:
                self._stamp("drawn")
                self._target.write(json.dumps(self._stamps) + "\n")
                self._target.flush()
                self._stamps = {}

        return flip

    def _stamp(self, name: str) -> None:
        if self._stamps:
            self._stamps[name] = time.monotonic()


class StampReader:
    """Reads what a stamped window writes, as it comes."""

    def __init__(self, path: Path) -> None:
        self._path, self._at = path, 0

    def fresh(self) -> list[Stamps]:
        """The scans drawn since the last question; a line that is still being written comes the next time."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._at)
            lines = file.read().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith(b"\n")]
        self._at += sum(map(len, whole))
        return [json.loads(line) for line in whole]


def main() -> int:
    """Run the kiosk's command line, stamped."""
    with Path(sys.argv[1]).open("w", encoding="utf-8") as target:
        stamper, configure = Stamper(target), launch.configure
        setattr(Front, "scan", stamper.scan(Front.scan))  # noqa: B010 - mypy takes a plain assignment for a mistake

        def configured(settings: launch.ScreenSettings) -> None:
            configure(settings)
            from kivy.core.window import Window  # noqa: PLC0415 - importing Kivy opens a window

            from kiosk.ui.stage import Stage  # noqa: PLC0415 - the same

            setattr(Stage, "show_picture", stamper.show(Stage.show_picture))  # noqa: B010
            setattr(type(Window), "flip", stamper.flip(type(Window).flip))  # noqa: B010

        launch.configure = configured
        return kiosk(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
