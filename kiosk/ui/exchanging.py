"""An exchange that somebody asked for: that it runs, and how it ended. No Kivy."""

from __future__ import annotations

from typing import Final

from kiosk.ui.desk import Desk
from kiosk.ui.status_words import StatusFact, Tone

ANSWER_S: Final = 15.0  # longer than a server that is there takes
SAID_S: Final = 10.0  # how it ended stays for whoever looks away in between


class Exchanging:
    """Belongs to one session; called on the screen's thread. `says` is None while nobody asked."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._contact_ms: int | None = None  # the last one before
        self._until_s: float | None = None
        self._is_running = False
        self.says: StatusFact | None = None

    def begin(self) -> None:
        """Ask for it, and say that it runs."""
        desk, status = self._desk, self._desk.status
        self._contact_ms = None if status is None else status.sync.last_contact_ms
        self._is_running, self._until_s = True, desk.clock.monotonic_s() + ANSWER_S
        self.says = StatusFact("", desk.texts("exchange_running"))
        desk.view.refresh()
        desk.submit(desk.station.exchange_now)

    def status_came(self) -> None:
        """Every second: whether the server has answered since, or it is time to give up or to fall silent."""
        if self._until_s is None or self._desk.status is None:
            return
        is_late, sync = self._desk.clock.monotonic_s() >= self._until_s, self._desk.status.sync
        if self._is_running and sync.connected and sync.last_contact_ms != self._contact_ms:
            self._end("exchange_partly" if sync.pending else "exchange_done", Tone.GOOD)
        elif self._is_running and is_late:
            self._end("exchange_failed", Tone.WARN)
        elif is_late:
            self._until_s = self.says = None

    def _end(self, key: str, tone: Tone) -> None:
        desk, status = self._desk, self._desk.status
        if status is None:
            return
        time, pending = desk.texts.clock(status.now_ms, status.zone), desk.texts.number(status.sync.pending)
        self.says = StatusFact("", desk.texts(key, time=time, pending=pending), tone)
        self._is_running, self._until_s = False, desk.clock.monotonic_s() + SAID_S
