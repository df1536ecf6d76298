"""What the camera still sees, and what is said of it: the code just answered, two at once, one nobody decided about."""

from __future__ import annotations

from common.decision import Outcome, Verdict
from common.enrolment import Enrolment, parse_enrolment
from kiosk.input.events import SameAgain
from kiosk.shown import Shown
from kiosk.ui.desk import Desk
from kiosk.ui.picture import Cue

QUIET_S = 3.0  # a code is held up for so long after its answer; to be told that it was read already would worry
AGAIN_S = 5.0  # between two cues about it
SEEN_S = 1.0  # so long a verdict must have stood before two codes make it give way


class Seen:
    """Belongs to one session. `same_again` and `asked` may be called from any thread, the rest from the screen's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._text = ""  # asked about last
        self._open_text = ""  # of the question that is still to be decided
        self._told_s = float("-inf")
        self._answered_s: float | None = None  # None: its answer has not come

    def asked(self, text: str) -> None:
        """This code goes to the station now."""
        self._text, self._answered_s = text, None

    def answered(self, before: Shown | None, now: Shown) -> None:
        """Its answer is on the screen, in place of the one before. A question that goes undecided is told of."""
        self._answered_s = self._desk.clock.monotonic_s()
        if _is_open(before) and self._open_text != self._text:
            self._desk.cue("undecided", Cue.CODE)
        self._open_text = self._text if _is_open(now) else ""

    def same_again(self, again: SameAgain) -> None:
        """The code stays before the camera: once its answer has been read it is to go, and the next may come."""
        if _is_open(self._desk.shown) or isinstance(parse_enrolment(again.text), Enrolment):
            return  # it is being decided about, or the kiosk has just joined by it
        now_s = self._desk.clock.monotonic_s()
        since_s = 0.0 if self._answered_s is None else now_s - self._answered_s
        if now_s - self._told_s >= AGAIN_S and (again.text != self._text or since_s >= QUIET_S):
            self._told_s = now_s
            self._desk.cue("same_again", Cue.CODE if self._desk.shown is None else Cue.ANSWERED)

    @property
    def was_read(self) -> bool:
        """Whether the answer on the screen has stood long enough to be seen."""
        return self._answered_s is not None and self._desk.clock.monotonic_s() - self._answered_s >= SEEN_S


def _is_open(shown: Shown | None) -> bool:
    if shown is None or shown.info or shown.practice is not None or not isinstance(shown.verdict, Verdict):
        return False
    return shown.verdict.outcome is Outcome.ASK
