"""How the codes ended that were read here just now: what tells one guest of a list from the next."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from common.ids import Ref
from common.ticket_code import TicketCode, format_code

ENDS_MAX: Final = 50  # as many as the history lists
END_CHARS: Final = 6  # the last group and the check character: never more than people compare with a pass


def end_of(code: TicketCode | None) -> str:
    """How a code ends; empty where there is none."""
    return "" if code is None else format_code(code)[-END_CHARS:]


class CodeEnds:
    """Of the last entries, until whoever read them has left. From any thread."""

    def __init__(self) -> None:
        self._ends: dict[Ref, str] = {}  # the oldest first
        self._people = 0  # how often somebody left
        self._lock = threading.Lock()

    def keeper(self, code: TicketCode | None) -> Callable[[Ref], None]:
        """What to call with the entry about this code, once it is written; after somebody left it keeps nothing."""
        end, people = end_of(code), self._people

        def keep(entry: Ref) -> None:
            with self._lock:
                if end and people == self._people:
                    self._ends[entry] = end
                while len(self._ends) > ENDS_MAX:
                    del self._ends[next(iter(self._ends))]

        return keep

    def of(self, entry: Ref) -> str:
        """Its last characters; empty where no code was read."""
        with self._lock:
            return self._ends.get(entry, "")

    def all(self) -> dict[Ref, str]:
        """By entry."""
        with self._lock:
            return dict(self._ends)

    def forget(self) -> None:
        """What was read leaves memory."""
        with self._lock:
            self._ends.clear()
            self._people += 1
