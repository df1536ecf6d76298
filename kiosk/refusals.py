"""Refusals are entries too, but nobody waits for them, and repeats are counted rather than stored each."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from common.bodies import Refuse

AGAIN_WITHIN_S: Final = 120.0  # the same refusal within so long is a repeat
WAITING_MAX: Final = 200
STRANGE_PER_MINUTE_MAX: Final = 30  # foreign codes beyond this are counted together: a poster of codes is no news
REPEATS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class _Waiting:
    body: Refuse
    at_s: float
    repeats: int  # since the entry that was written


_Key = tuple[object, ...]


class Refusals:
    """Says which entries to write for the refusals there are. Not thread-safe: the station calls it under its lock."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._waiting: OrderedDict[_Key, _Waiting] = OrderedDict()
        self._strange: list[float] = []

    def refused(self, body: Refuse) -> tuple[Refuse, ...]:
        """Entries to write now: the refusal itself where it is new, and counts whose time is over."""
        now_s = self._monotonic_s()
        over = self.due()
        if self._is_repeat(body):
            return over
        if body.ticket is None and not self._has_room_for_strange(now_s):
            body = without_content(body)
            if self._is_repeat(body):
                return over
        self._waiting[_key(body)] = _Waiting(body, now_s, 0)
        return (*over, body)

    def _is_repeat(self, body: Refuse) -> bool:
        """Whether the same was refused a moment ago; then it is counted."""
        waiting = self._waiting.get(_key(body))
        if waiting is not None:
            self._waiting[_key(body)] = replace(waiting, repeats=min(waiting.repeats + 1, REPEATS_MAX))
        return waiting is not None

    def due(self, *, every: bool = False) -> tuple[Refuse, ...]:
        """Counts to write: those whose time is over, or all when the kiosk closes."""
        now_s, written = self._monotonic_s(), []
        for key, waiting in list(self._waiting.items()):
            if every or now_s - waiting.at_s > AGAIN_WITHIN_S or len(self._waiting) > WAITING_MAX:
                del self._waiting[key]
                written.append(waiting)
        return tuple(_counted(waiting) for waiting in written if waiting.repeats)

    def _has_room_for_strange(self, now_s: float) -> bool:
        self._strange = [at_s for at_s in self._strange if now_s - at_s < 60]
        if len(self._strange) >= STRANGE_PER_MINUTE_MAX:
            return False
        self._strange.append(now_s)
        return True


def _key(body: Refuse) -> _Key:
    return (body.ticket, body.content, body.reason, body.point)


def without_content(body: Refuse) -> Refuse:
    """The same refusal of no code in particular."""
    return Refuse(body.ticket, body.generation, None, body.reason, body.point, body.day, body.repeats)


def _counted(waiting: _Waiting) -> Refuse:
    body = waiting.body
    return Refuse(body.ticket, body.generation, body.content, body.reason, body.point, body.day, waiting.repeats)
