"""Sealing the holders of a snapshot: in this process where they are few, in others beside it where they are many.

Sealing is a third of what a big snapshot costs and needs nothing but keys and rows, so it runs on the other cores while
this process goes on with the database. Same rows, same bytes, wherever they are sealed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import Final, TypeAlias

from common.ids import EventUid, TicketId
from common.kept_answers import KeptAnswer
from common.sealing import HolderData, seal_holder
from common.snapshot_format import HolderRow, ticket_key
from common.ticket_code import derive_code

HERE_MOST: Final = 20_000  # so many are sealed here sooner than another process would have started
CHUNK: Final = 5_000  # holders per task of another process
PROCESSES_MOST: Final = 4

# A ticket in a generation, and the fields of HolderData: plain values, since they are copied to another process.
HolderSource: TypeAlias = tuple[TicketId, int, tuple[str, str | None, str, str, bool, tuple[KeptAnswer, ...]]]
MakePool: TypeAlias = Callable[[], Executor]


@dataclass(frozen=True, slots=True)
class HolderSealer:
    """Seals the holders of one event."""

    code_key: bytes
    event: EventUid

    def __call__(self, sources: Iterable[HolderSource]) -> list[HolderRow]:
        """The rows of these holders, in their order."""
        return [self._row(ticket, generation, HolderData(*data)) for ticket, generation, data in sources]

    def _row(self, ticket: TicketId, generation: int, data: HolderData) -> HolderRow:
        code = derive_code(self.code_key, ticket, generation)
        return ticket_key(ticket), generation, seal_holder(code, self.event, ticket, generation, data)


class Sealing:
    """Holders being sealed. `rows` waits for them."""

    def __init__(self, seal: HolderSealer, sources: Iterable[HolderSource], pool: Executor | None) -> None:
        self._seal = seal
        self._parts = [(part, None if pool is None else _submit(pool, seal, part)) for part in _parts(sources)]

    def rows(self) -> list[HolderRow]:
        """All rows, by ticket. What a process that died owes is sealed here."""
        return sorted(row for part, task in self._parts for row in self._sealed(part, task))

    def _sealed(self, part: list[HolderSource], task: Future[list[HolderRow]] | None) -> list[HolderRow]:
        if task is None:
            return self._seal(part)
        try:
            return task.result()
        except BrokenProcessPool:
            return self._seal(part)


@contextmanager
def sealing(
    seal: HolderSealer,
    sources: Iterable[HolderSource],
    *,
    make_pool: MakePool | None = None,
    here_most: int = HERE_MOST,
) -> Iterator[Sealing]:
    """Begin to seal these holders; the processes beside end with the block."""
    read = list(sources)
    beside = (os.cpu_count() or 1) - 1
    if len(read) <= here_most or not beside:
        yield Sealing(seal, read, None)
        return
    pool = make_pool() if make_pool else _processes(min(beside, PROCESSES_MOST))
    try:
        yield Sealing(seal, read, pool)
    finally:
        pool.shutdown(cancel_futures=True)


def _processes(count: int) -> Executor:
    # Started anew, not forked: other threads of this process may hold locks that nobody would open in a copy of it.
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def _submit(pool: Executor, seal: HolderSealer, part: list[HolderSource]) -> Future[list[HolderRow]] | None:
    try:
        return pool.submit(seal, part)
    except BrokenProcessPool:
        return None


def _parts(sources: Iterable[HolderSource]) -> Iterator[list[HolderSource]]:
    left = iter(sources)
    while part := list(islice(left, CHUNK)):
        yield part
