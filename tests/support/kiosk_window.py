"""The real kiosk window with the fake station, as a program of its own: `python -m tests.support.kiosk_window ...`.

A scanned text beginning with 1 is admitted, 2 was used before, 3 asks, 4 is a fault of the kiosk; anything else is
foreign. Each answered scan is printed as one line of JSON, so that whoever drives the window can compare it.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from pathlib import Path

from common.clock import SystemClock
from common.decision import Request
from kiosk.input.events import Scanned
from kiosk.shown import Answer
from kiosk.ui.launch import ScreenSettings, run
from tests.support.fake_station import FakeStation

_ANSWERS = {"1": "admit", "2": "used", "3": "confirm", "4": "fault"}


class PrintingStation(FakeStation):
    """Says on standard output what was scanned."""

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """Print, then answer as the fake does."""
        said = {"text": scanned.text, "source": scanned.source, "frame_age_ms": scanned.frame_age_ms}
        print(json.dumps(said), flush=True)
        return super().scan(scanned, request)


def stall(seconds: float, every_s: float) -> None:
    """Stand the screen still again and again, as a busy tablet does."""
    from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

    Clock.schedule_interval(lambda _: time.sleep(seconds), every_s)


def main() -> None:
    """Open the window until it is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--camera")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--stall-ms", type=int, default=0, help="stand still for so long five times a second")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    station = PrintingStation()
    station.by_text = lambda text: _ANSWERS.get(text[:1], "foreign")
    settings = ScreenSettings(options.folder, options.camera, width=width, height=height, sound=False)
    if options.stall_ms:
        threading.Timer(2.0, stall, (options.stall_ms / 1000, 0.2)).start()
    run(settings, SystemClock(), station)


if __name__ == "__main__":
    main()
