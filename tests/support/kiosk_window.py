"""The real kiosk window with the fake station, as a program of its own: `python -m tests.support.kiosk_window ...`.

A scanned text beginning with 1 is admitted, 2 was used before, 3 asks, 4 is a fault of the kiosk, 5 offers a choice, 6
has questions, 7 is unpaid, 8 is a supervisor's badge, 9 a party of four; anything else is foreign. What the station is
asked is printed, one line of JSON each, so that whoever drives the window can compare it.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from dataclasses import replace
from pathlib import Path

from common.clock import SystemClock
from common.decision import Fault, FaultCode, Request
from kiosk.input.events import Scanned
from kiosk.shown import Answer, BackInService, EnrolmentOffer, GateNews, GateOutcome
from kiosk.store.folder import Folder
from kiosk.store.liking import read_liking
from kiosk.ui.launch import ScreenSettings, run
from kiosk.ui.ports import StationPort
from tests.support.drawn_products import draw_pictures
from tests.support.fake_station import ANSWERS, REF, FakeEnrolment, FakeStation, at_a_turnstile, status_of
from tests.support.sample_questions import QUESTIONS

_ANSWERS = {"1": "admit", "2": "used", "3": "confirm", "4": "fault", "5": "choose", "7": "unpaid", "9": "party_in"}
_ASKING = replace(ANSWERS["questions"], questions=(QUESTIONS[2], QUESTIONS[1]))  # yes or no, then a number


class PrintingStation(FakeStation):
    """Says on standard output what was scanned. At a turnstile each admission jams it, and a badge puts it right."""

    is_turnstile = False

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """Print, then answer as the fake does."""
        said = {"text": scanned.text, "source": scanned.source, "frame_age_ms": scanned.frame_age_ms}
        print(json.dumps(said), flush=True)
        if self.is_turnstile and scanned.text.startswith("8"):
            self.now = replace(self.now, fault=None)
            return BackInService("Super Zdeňka")
        if self.is_turnstile and scanned.text.startswith("1"):
            threading.Timer(1.0, self.jam).start()
        if scanned.text.startswith("6"):
            return _ASKING
        if scanned.text.startswith("8"):
            scanned = replace(scanned, text="badge:Super Zdeňka")
        return super().scan(scanned, request)

    def again(self, request: Request) -> Answer:
        """Print what was chosen, answered or overridden."""
        chosen = {"product": request.product, "quantity": request.quantity, "answers": dict(request.answers)}
        said = chosen | {"override": request.override, "why": request.override_why}
        print(json.dumps({"text": json.dumps(said)}), flush=True)
        return super().again(request)

    def jam(self) -> None:
        """The turnstile does not open for whoever was admitted last."""
        self.now = replace(self.now, fault=Fault(FaultCode.OUT_OF_ORDER, "jammed"))
        self.tell_gate(GateNews(REF, GateOutcome.FAILED, annulled=True))

    def enter_pin(self, pin: str) -> Answer:
        """Print whether it was right, never the PIN."""
        answer = super().enter_pin(pin)
        print(json.dumps({"text": type(answer).__name__}), flush=True)
        return answer


class PrintingEnrolment(FakeEnrolment):
    """Says on standard output when the kiosk has joined."""

    def accept(self, offer: EnrolmentOffer) -> StationPort:
        """Print, then hand out the station."""
        print(json.dumps({"text": "joined"}), flush=True)
        return super().accept(offer)


def stall(seconds: float, every_s: float) -> None:
    """Stand the screen still again and again, as a busy tablet does."""
    from kivy.clock import Clock  # noqa: PLC0415 - importing Kivy opens a window

    Clock.schedule_interval(lambda _: time.sleep(seconds), every_s)


def main() -> None:
    """Open the window until it is closed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--camera")
    parser.add_argument("--serial", default="", help="line of a serial scanner")
    parser.add_argument("--fullscreen", action="store_true")
    parser.add_argument("--stall-ms", type=int, default=0, help="stand still for so long five times a second")
    parser.add_argument("--stand", action="store_true", help="stand at a stand, where quantities are asked")
    parser.add_argument("--enrol", action="store_true", help="begin with the enrol screen; the code is GOOD-CODE")
    parser.add_argument("--turnstile", action="store_true", help="nobody stands here, and the turnstile does not open")
    options = parser.parse_args()
    station = PrintingStation(at_a_turnstile() if options.turnstile else status_of(stand=options.stand))
    station.is_turnstile = options.turnstile
    station.pictures = draw_pictures(options.folder / "drawn")
    station.by_text = lambda text: _ANSWERS.get(text[:1], "foreign")
    settings = ScreenSettings(
        options.folder,
        options.camera,
        fullscreen=options.fullscreen,
        sound=False,
        serial=options.serial,
        liking=read_liking(Folder(options.folder)),
    )
    if options.stall_ms:
        threading.Timer(2.0, stall, (options.stall_ms / 1000, 0.2)).start()
    if options.enrol:
        run(settings, SystemClock(), None, PrintingEnrolment(station))
    else:
        run(settings, SystemClock(), station)


if __name__ == "__main__":
    main()
