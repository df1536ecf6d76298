"""Several small writes in one transaction: whoever comes while another commits is taken along with the next.

A commit waits for the disk (0.2 ms here, milliseconds elsewhere, a round trip with a distant replica); entries arrive
one by one from a hundred kiosks. Nobody waits for company: a lone write is committed at once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from common.errors import InvariantError

W = TypeVar("W")
R = TypeVar("R")


@dataclass
class _Waiting(Generic[W, R]):
    work: W
    woken: threading.Event = field(default_factory=threading.Event)  # done, or its turn to lead has come
    is_done: bool = False
    result: list[R] = field(default_factory=list)
    fault: BaseException | None = None


class GroupCommit(Generic[W, R]):
    """Hands works that wait together to `write`, which gives one result for each, in order.

    The first to come leads; when its group is written it wakes those that went with it, and the oldest of those that
    came meanwhile leads next. Whoever is done goes at once: none waits out a group it is not part of.
    """

    def __init__(self, write: Callable[[Sequence[W]], Sequence[R]], works_max: int = 64) -> None:
        self._write, self._works_max = write, works_max
        self._pending: list[_Waiting[W, R]] = []
        self._is_led = False
        self._lock = threading.Lock()

    def do(self, work: W) -> R:
        """The result for this work. Raises what `write` raised for the group it went with: none of it is written."""
        mine: _Waiting[W, R] = _Waiting(work)
        with self._lock:
            self._pending.append(mine)
            leads, self._is_led = not self._is_led, True
        if not leads:
            mine.woken.wait()
        if not mine.is_done:
            self._lead()
        if mine.fault is not None:
            raise mine.fault
        return mine.result[0]

    def _lead(self) -> None:
        with self._lock:
            group, self._pending = self._pending[: self._works_max], self._pending[self._works_max :]
        try:
            self._do(group)
        finally:
            self._pass_on()
            for one in group:
                one.is_done = True
                one.woken.set()

    def _pass_on(self) -> None:
        with self._lock:
            self._is_led = bool(self._pending)
            if self._pending:
                self._pending[0].woken.set()

    def _do(self, group: Sequence[_Waiting[W, R]]) -> None:
        try:
            results = self._write([one.work for one in group])
            if len(results) != len(group):
                raise InvariantError(f"{len(group)} works were written, {len(results)} results came")
            for one, result in zip(group, results, strict=True):
                one.result.append(result)
        except BaseException as fault:
            for one in group:
                one.fault = fault
            if not isinstance(fault, Exception):
                raise
