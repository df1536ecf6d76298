"""Lists a session opens: history, messages, the check before doors, the rules here. No Kivy."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kiosk.shown import StatusShown
from kiosk.ui.desk import Desk
from kiosk.ui.status_words import message_line

Listed = TypeVar("Listed")


class Lists:
    """Belongs to one session; called on the screen's thread."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._unread, self._message = 0, ""

    def status_came(self, status: StatusShown) -> None:
        """A message that came since the last status is told at once, wherever somebody is."""
        came = status.unread > self._unread or (status.unread == self._unread and status.message != self._message)
        self._unread, self._message = status.unread, status.message
        if came and status.message:
            self._desk.cue("message_came", text=message_line(status, self._desk.texts))

    def open_history(self) -> None:
        """The last own entries."""
        self._list(self._desk.station.history, self._desk.view.show_history)

    def open_messages(self) -> None:
        """What the control room said."""
        self._list(self._desk.station.messages, self._desk.view.show_messages)

    def open_preflight(self) -> None:
        """The check before doors."""
        self._desk.cue("preflight_running")
        self._list(self._desk.station.preflight, self._desk.view.show_preflight)

    def open_rules(self) -> None:
        """What holds at this point."""
        self._list(self._desk.station.rules, self._desk.view.show_rules)

    def mark_read(self, key: str) -> None:
        """A message was read: said to the station, and shown."""
        self._desk.submit(lambda: self._mark_read(key))

    def _list(self, fetch: Callable[[], Listed], show: Callable[[Listed], None]) -> None:
        def job() -> None:
            found = fetch()
            self._desk.deliver(lambda: show(found))

        self._desk.submit(job)

    def _mark_read(self, key: str) -> None:
        desk = self._desk
        desk.station.mark_read(key)
        messages = desk.station.messages()
        desk.deliver(lambda: desk.view.show_messages(messages))
        desk.take_status()
