"""Stands between admissions and the turnstile: opens it once for each, and takes back what nobody used.

An entry is committed before the turnstile is told to open, so a crash can leave one for which it was never told. What
is kept in `turnstile.json` tells that one apart (it is annulled at the next start) from one it was told to open for, of
which nobody knows the end (it stands: the guest may be inside).
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from common.decision import Fault, FaultCode, Outcome, Verdict
from common.ids import Ref
from kiosk.checks_shown import Check, Health
from kiosk.shown import Answer, GateBusy, GateNews, GateOutcome, Shown, Undone
from kiosk.store.faults import StoreTrouble
from kiosk.store.folder import Folder
from kiosk.store.turnstile_file import TurnstileRecord, read_turnstile, write_turnstile
from kiosk.turnstile.drivers import CannotOpen, Driver, Passage

log = logging.getLogger("rallygate.kiosk.turnstile")

CLAIM_S: Final = 0.3  # so long a scan waits for one that is being decided; an opening takes longer
BETWEEN_TRIES_S: Final = 0.3
STOP_S_MAX: Final = 5.0

OnNews = Callable[[GateNews], None]


@dataclass(frozen=True, slots=True)
class GateParts:
    """What a gatekeeper works with. `annul`, `was_shown` and `last_use` are the station's and its journal's."""

    driver: Driver
    tries: int
    folder: Folder
    annul: Callable[[Ref], Answer]
    was_shown: Callable[[Ref], None]
    last_use: Callable[[], Ref | None]


@dataclass(frozen=True, slots=True)
class _Admitted:
    entry: Ref
    people: int


class Gatekeeper:
    """One per turnstile; calls come from any thread and never wait for the turnstile itself."""

    def __init__(self, parts: GateParts) -> None:
        self._parts = parts
        self._record = read_turnstile(parts.folder) or TurnstileRecord()
        self._turn = threading.Lock()  # held from a scan to the end of its opening
        self._jobs: queue.Queue[_Admitted | None] = queue.Queue()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="turnstile", daemon=True)
        self._watchers: list[OnNews] = []
        self._untold: list[GateNews] = []
        self._telling = threading.Lock()
        self.on_fault: Callable[[], None] = lambda: None  # it failed, or works again

    @property
    def fault(self) -> Fault | None:
        """Out of order, and why; None while it works."""
        why = self._record.out_of_order
        return Fault(FaultCode.OUT_OF_ORDER, why) if why else None

    def check(self) -> Check:
        """For the check before doors."""
        why = self._record.out_of_order
        if not why:
            return Check("turnstile", "ready", Health.GOOD)
        return Check("turnstile", "out_of_order", Health.BAD, {"what": why})

    def start(self) -> None:
        """Settle what a crash left, before anything is scanned; then open for whoever is admitted."""
        try:
            self._settle()
        except StoreTrouble as trouble:
            self._record = TurnstileRecord(out_of_order=f"what was admitted last is not known: {trouble}")
        self._thread.start()

    def stop(self) -> None:
        """Wait no longer for anybody, and let the turnstile go. May be called twice, and without a start."""
        self._stopping.set()
        self._jobs.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)
        if not self._thread.is_alive():
            self._parts.driver.close()

    def watch(self, told: OnNews) -> None:
        """Tell this of every admission's end; what a restart settled comes at once."""
        with self._telling:
            self._watchers.append(told)
            untold, self._untold = self._untold, []
        for news in untold:
            told(news)

    def claim(self) -> Fault | GateBusy | None:
        """Begin a scan that may admit somebody; None: go on, and call `decided` whatever comes of it."""
        if (fault := self.fault) is not None:
            return fault
        if not self._turn.acquire(timeout=CLAIM_S):
            return GateBusy()
        if (fault := self.fault) is not None:  # the opening that was waited for has failed
            self._turn.release()
        return fault

    def decided(self, answer: Answer | None) -> None:
        """The scan was decided: open for who was admitted; else the next one may be."""
        admitted = _admitted_by(answer)
        if admitted is None:
            self._turn.release()
        else:
            self._jobs.put(admitted)

    def acknowledge(self) -> bool:
        """Staff has looked at it: it works again. False if it did before."""
        if self.fault is None:
            return False
        log.warning("the entrance is in service again, by staff")
        self._keep(out_of_order="")
        self.on_fault()
        return True

    def _run(self) -> None:
        while (admitted := self._jobs.get()) is not None:
            try:
                self._open_for(admitted)
            except Exception:  # the outermost loop of the thread: the next guest wants to come in
                log.exception("opening the turnstile failed")
                self._keep(out_of_order="the program failed while it opened the turnstile; its log says how")
            finally:
                self._turn.release()

    def _open_for(self, admitted: _Admitted) -> None:
        digest = admitted.entry.digest.hex()
        outcome, gone_through, what = GateOutcome.FAILED, 0, "what it is told cannot be kept, so it is not opened"
        if self._keep(entry=digest, is_done=False):
            outcome, gone_through, what = self._turn_for(admitted.people)
        if outcome is GateOutcome.UNTOLD and self._stopping.is_set():
            return  # nobody knows the end of it; the next start says so
        goes_back = outcome in {GateOutcome.NOBODY, GateOutcome.FAILED} and not gone_through
        annulled = goes_back and self._annul(admitted.entry)
        self._keep(is_done=True, out_of_order=what if outcome is GateOutcome.FAILED else "")
        if outcome is GateOutcome.FAILED:
            log.error("out of order: %s", what)
            self.on_fault()
        self._tell(GateNews(admitted.entry, outcome, annulled, what))

    def _turn_for(self, people: int) -> tuple[GateOutcome, int, str]:
        """Open once for each; how it ended, after how many were let through, and why it ended early."""
        outcome = GateOutcome.UNTOLD
        for done in range(people):
            try:
                outcome = GateOutcome(self._try_to_turn().value)
            except CannotOpen as error:
                return GateOutcome.FAILED, done, str(error)
            if outcome is GateOutcome.NOBODY:
                return outcome, done, f"{done} of {people} went through"
        return outcome, people, ""

    def _try_to_turn(self) -> Passage:
        """Raises CannotOpen after so many tries."""
        for left in range(self._parts.tries - 1, -1, -1):
            try:
                return self._parts.driver.turn(self._stopping)
            except CannotOpen as error:
                log.warning("the turnstile did not open, %d tries left: %s", left, error)
                if not left:
                    raise
                self._stopping.wait(BETWEEN_TRIES_S)
        raise CannotOpen("it was never tried; set TRIES to 1 or more")

    def _annul(self, entry: Ref) -> bool:
        answer = self._parts.annul(entry)
        if isinstance(answer, Undone) and answer.done:
            return True
        log.warning("the entry stands, though nobody went through: %s", answer)
        return False

    def _settle(self) -> None:
        last, record = self._parts.last_use(), read_turnstile(self._parts.folder)
        digest = last.digest.hex() if last is not None else ""
        if record is None:
            self._keep(entry=digest)
            return
        self._record = record
        if last is not None and record.entry != digest:
            self._take_back(last)
        elif not record.is_done:
            log.warning("the program ended while the turnstile was open; whoever was admitted counts as gone through")
        self._keep(entry=digest, is_done=True)

    def _take_back(self, entry: Ref) -> None:
        """The turnstile was never told to open for it."""
        if self._annul(entry):
            self._parts.was_shown(entry)
            what = "the program ended before the turnstile was told to open"
            log.warning("%s; the entry was annulled", what)
            self._untold.append(GateNews(entry, GateOutcome.NOBODY, annulled=True, what=what))

    def _tell(self, news: GateNews) -> None:
        with self._telling:
            watchers = tuple(self._watchers)
        for told in watchers:
            told(news)

    def _keep(self, **changes: object) -> bool:
        """Remember it, and on disk; False where the disk does not."""
        self._record = msgspec.structs.replace(self._record, **changes)
        try:
            write_turnstile(self._parts.folder, self._record)
        except StoreTrouble as trouble:
            log.error("turnstile.json cannot be written: %s", trouble)  # noqa: TRY400 - the trouble says it all
            return False
        return True


def _admitted_by(answer: Answer | None) -> _Admitted | None:
    if not isinstance(answer, Shown) or answer.entry is None or not isinstance(answer.verdict, Verdict):
        return None
    if answer.verdict.outcome is not Outcome.ADMIT:
        return None
    return _Admitted(answer.entry, max(1, answer.verdict.quantity))
