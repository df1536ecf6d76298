"""Sealing the holders of a snapshot: in this process where they are few, in others beside it where they are many.

Sealing is a third of what a big snapshot costs and needs nothing but keys and rows, so it runs on the other cores while
this process goes on with the database. Same rows, same bytes, wherever they are sealed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

from common.ids import EventUid, TicketId
from common.kept_answers import KeptAnswer
from common.sealing import HolderData, seal_holder
from common.snapshot_format import HolderRow, ticket_key
from common.ticket_code import derive_code

HERE_MOST: Final = 20_000  # so many are sealed here sooner than another process would have started
CHUNK: Final = 5_000  # holders that go to another process at once
PROCESSES_MOST: Final = 4

# A ticket in a generation, and the fields of HolderData: plain values, since they are copied to another process.
HolderSource: TypeAlias = tuple[TicketId, int, tuple[str, str | None, str, str, bool, tuple[KeptAnswer, ...]]]


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


class Beside:
    """A process that seals what it is sent, for one thread. Dead, it answers None.

    A pipe of our own: Python's pool of processes waits for ever where one dies while it is being sent something.
    """

    def __init__(self, seal: Seal) -> None:
        # Started anew, not forked: other threads of this process may hold locks that nobody would open in a copy.
        spawn = get_context("spawn")
        self._ours, theirs = spawn.Pipe()
        self.process = spawn.Process(target=_serve, args=(theirs, seal), daemon=True)
        self.process.start()
        theirs.close()  # so that its death is the end of the pipe

    def __call__(self, part: list[HolderSource]) -> list[HolderRow] | None:
        """The rows of these holders; None where the process has died."""
        try:
            self._ours.send(part)
            rows: list[HolderRow] = self._ours.recv()
        except (EOFError, OSError):
            return None
        return rows

    def close(self) -> None:
        """Let it end."""
        self._ours.close()
        self.process.join()
        self.process.close()


Seal: TypeAlias = Callable[[list[HolderSource]], list[HolderRow]]
Begin: TypeAlias = Callable[[Seal], Beside]


class Sealing:
    """Holders being sealed. `rows` waits for them."""

    def __init__(self, tasks: list[Future[list[HolderRow]]]) -> None:
        self._tasks = tasks

    def rows(self) -> list[HolderRow]:
        """All rows, by ticket."""
        return sorted(row for task in self._tasks for row in task.result())


@contextmanager
def sealing(
    seal: HolderSealer, sources: Iterable[HolderSource], *, begin: Begin = Beside, here_most: int = HERE_MOST
) -> Iterator[Sealing]:
    """Begin to seal these holders; the processes beside end with the block. What one that died owes is sealed here."""
    parts = list(_parts(sources))
    count = min((os.cpu_count() or 1) - 1, PROCESSES_MOST) if sum(map(len, parts)) > here_most else 0
    with ExitStack() as opened:
        threads = opened.enter_context(ThreadPoolExecutor(max(1, count), "holders"))
        if not count:
            yield Sealing([threads.submit(seal, part) for part in parts])
            return
        tasks = []
        for at in range(count):
            beside = begin(seal)
            opened.callback(beside.close)
            tasks.append(threads.submit(_sealed, beside, seal, parts[at::count]))
        yield Sealing(tasks)


def _sealed(beside: Beside, seal: HolderSealer, parts: list[list[HolderSource]]) -> list[HolderRow]:
    rows: list[HolderRow] = []
    for part in parts:
        found = beside(part)
        rows += seal(part) if found is None else found
    return rows


def _serve(theirs: Connection[list[HolderRow], list[HolderSource]], seal: Seal) -> None:
    """What the process beside does until nobody sends any more."""
    while True:
        try:
            part = theirs.recv()
        except EOFError:
            return
        theirs.send(seal(part))


def _parts(sources: Iterable[HolderSource]) -> Iterator[list[HolderSource]]:
    left = iter(sources)
    while part := list(islice(left, CHUNK)):
        yield part
