"""Refusals are entries too, but nobody waits for them, and repeats are counted rather than stored each.

Whenever a count is written, it says when the last of its refusals was, and who was at the kiosk then.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Final

from common.bodies import Refuse
from common.entries import Entry, Stamp
from common.ids import BadgeId, EventDay, PointNo, Ref
from common.refusal_counts import AGAIN_WITHIN_S, key_of
from kiosk.store.journal import Draft

WAITING_MAX: Final = 200
STRANGE_PER_MINUTE_MAX: Final = 30  # foreign codes beyond this are counted together: a poster of codes is no news
REPEATS_MAX: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal or a count of the same ones: when the (last) one was, and who was here."""

    body: Refuse
    stamp: Stamp
    operator: BadgeId | None
    written: Callable[[Ref], None] = lambda _entry: None  # called from the journal's thread


@dataclass(frozen=True, slots=True)
class _Waiting:
    last: Refused
    at_s: float  # of the first
    repeats: int  # since the entry that was written


_Key = tuple[object, ...]


class Refusals:
    """Writes the refusals there are. Not thread-safe but for `unwritten`: the station calls it under its lock."""

    def __init__(
        self, append: Callable[[Draft], Future[Entry]], monotonic_s: Callable[[], float], on_entry: Callable[[], None]
    ) -> None:
        self._append, self._monotonic_s, self._on_entry = append, monotonic_s, on_entry
        self._waiting: OrderedDict[_Key, _Waiting] = OrderedDict()
        self._strange: list[float] = []
        self._operator: BadgeId | None = None
        self._unwritten: defaultdict[tuple[EventDay, PointNo], int] = defaultdict(int)
        self._counting = threading.Lock()

    def refused(self, one: Refused) -> None:
        """Write it where it is new, and counts whose time is over: all, where another operator has come."""
        self.write(every=one.operator != self._operator)
        self._operator = one.operator
        now_s = self._monotonic_s()
        self._count(one.body, 1)
        if self._is_repeat(one):
            return
        if one.body.ticket is None and not self._has_room_for_strange(now_s):
            one = replace(one, body=_without_content(one.body))
            if self._is_repeat(one):
                return
        self._waiting[key_of(one.body)] = _Waiting(one, now_s, 0)
        self._write(one)

    def write(self, *, every: bool = False) -> None:
        """Write counts whose time is over; all, when the kiosk closes or moves. Raises StoreTrouble."""
        now_s, written = self._monotonic_s(), list[_Waiting]()
        for key, waiting in list(self._waiting.items()):
            if every or now_s - waiting.at_s > AGAIN_WITHIN_S or len(self._waiting) > WAITING_MAX:
                del self._waiting[key]
                written.append(waiting)
        for waiting in written:
            if waiting.repeats:
                self._write(_counted(waiting))

    def unwritten(self, day: EventDay, point: PointNo) -> int:
        """How many refusals of a day at a point no entry tells of yet. From any thread."""
        with self._counting:
            return self._unwritten.get((day, point), 0)

    def _is_repeat(self, one: Refused) -> bool:
        """Whether the same was refused a moment ago; then it is counted."""
        waiting = self._waiting.get(key_of(one.body))
        if waiting is not None:
            repeats = min(waiting.repeats + 1, REPEATS_MAX)
            self._waiting[key_of(one.body)] = replace(waiting, last=one, repeats=repeats)
        return waiting is not None

    def _write(self, one: Refused) -> None:
        """Nobody waits for a refusal; a disk that fails shows at the next admission."""

        def written(done: Future[Entry]) -> None:
            self._count(one.body, -one.body.repeats)
            if done.exception() is None:
                one.written(done.result().ref)
                self._on_entry()

        self._append(Draft(lambda _run, _number: one.body, one.stamp, one.operator)).add_done_callback(written)

    def _count(self, body: Refuse, change: int) -> None:
        with self._counting:
            self._unwritten[body.day, body.point] += change

    def _has_room_for_strange(self, now_s: float) -> bool:
        self._strange = [at_s for at_s in self._strange if now_s - at_s < 60]
        if len(self._strange) >= STRANGE_PER_MINUTE_MAX:
            return False
        self._strange.append(now_s)
        return True


def _without_content(body: Refuse) -> Refuse:
    """The same refusal of no code in particular."""
    return Refuse(body.ticket, body.generation, None, body.reason, body.point, body.day, body.repeats)


def _counted(waiting: _Waiting) -> Refused:
    body = waiting.last.body
    counted = Refuse(body.ticket, body.generation, body.content, body.reason, body.point, body.day, waiting.repeats)
    return replace(waiting.last, body=counted)
