"""An exchange that somebody asked for: that it runs, and how it ended. No Kivy."""

from __future__ import annotations

from typing import Final

from kiosk.shown import SyncShown
from kiosk.sync.errors import SyncWhy
from kiosk.ui.desk import Desk
from kiosk.ui.status_words import StatusFact, Tone, is_harmed

ANSWER_S: Final = 15.0  # longer than a server that is there takes
SAID_S: Final = 10.0  # how it ended stays for whoever looks away in between
_UNANSWERED: Final = frozenset({"", SyncWhy.UNREACHABLE, SyncWhy.SLOW})


class Exchanging:
    """Belongs to one session; called on the screen's thread. `says` is None while nobody asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._before: SyncShown | None = None  # how it stood as it was asked for; None: no end is waited for
        self._until_s: float | None = None
        self._is_running = False
        self.says: StatusFact | None = None

    def begin(self) -> None:
        """Ask for it, and say that it runs."""
        desk = self._desk
        self._before, self._is_running, self._until_s = None, True, desk.clock.monotonic_s() + ANSWER_S
        self.says = StatusFact("", desk.texts("exchange_running"))
        desk.view.refresh()
        desk.submit(self._ask)

    def status_came(self) -> None:
        """Every second: whether the server has answered or refused since, or it is time to give up or fall silent."""
        if self._until_s is None or self._desk.status is None:
            return
        is_late, sync, before = self._desk.clock.monotonic_s() >= self._until_s, self._desk.status.sync, self._before
        if before is not None and sync.connected and sync.last_contact_ms != before.last_contact_ms:
            self._before = None
            self._end("exchange_partly" if sync.pending else "exchange_done", Tone.GOOD)
        elif self._is_running and (is_late or (before is not None and sync.failures != before.failures)):
            self._end(self._failed_key(), Tone.WARN)
        elif is_late:
            self._until_s = self.says = None

    def _ask(self) -> None:
        """From the worker: how it stands is read before it is asked for, so that its end is never missed."""
        before = self._desk.station.status().sync
        self._desk.station.exchange_now()
        self._desk.deliver(lambda: self._asked(before))

    def _asked(self, before: SyncShown) -> None:
        self._before = before

    def _failed_key(self) -> str:
        """That nobody answered; of any other trouble the row below says what."""
        status = self._desk.status
        harmed = status is not None and is_harmed(status)
        if status is None or status.sync.why in _UNANSWERED:
            return "exchange_failed_harmed" if harmed else "exchange_failed"
        return "exchange_troubled_harmed" if harmed else "exchange_troubled"

    def _end(self, key: str, tone: Tone) -> None:
        desk, status = self._desk, self._desk.status
        if status is None:
            return
        time, pending = desk.texts.clock(status.now_ms, status.zone), desk.texts.number(status.sync.pending)
        said = desk.texts(key, time=time, pending=pending, trouble=desk.texts("trouble"))
        self.says = StatusFact("", said, tone)
        self._is_running, self._until_s = False, desk.clock.monotonic_s() + SAID_S
