"""Bugs where the kiosk writes and keeps."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, Final

import msgspec

from common.entries import Entry, Stamp, write_entry
from common.ids import BadgeId
from kiosk import station as station_module
from kiosk.device_clock import DeviceClock
from kiosk.store import journal as journal_module
from kiosk.store.faults import StoreTrouble
from kiosk.store.journal import Draft, Journal
from kiosk.store.learnt import Learnt, Taken
from tests.simulation.swapping import real_of, swapped

Plant = Callable[[], AbstractContextManager[None]]


def journal_not_flushed() -> AbstractContextManager[None]:
    """The journal's commits do not wait for the disk."""

    def append(self: Journal, draft: Draft) -> Future[Entry]:
        return self._writer.submit(lambda connection: self._append(connection, draft), is_precious=False)

    return swapped(Journal, "append", append)


def commit_errors_swallowed() -> AbstractContextManager[None]:
    """An append that failed is taken for one that will do so later."""
    real = Journal.append

    def append(self: Journal, draft: Draft) -> Future[Entry]:
        future = real(self, draft)
        if not isinstance(future.exception(), StoreTrouble):
            return future
        entry = self.last()
        done: Future[Entry] = Future()
        if entry is None:
            return future
        done.set_result(_as_if_written(self, draft, entry))
        return done

    return swapped(Journal, "append", append)


def _as_if_written(journal: Journal, draft: Draft, last: Entry) -> Entry:
    name = last.ref.identity
    body = draft.make_body(name.run, name.number + 1)
    return write_entry(
        journal._key, journal._event, name.run, name.number + 1, last.ref.digest, None, draft.stamp, None, body
    )


def entries_at_another_point() -> AbstractContextManager[None]:
    """Entries name point 9 instead of the device's own."""
    real = real_of(station_module, "use_body")

    def use_body(*parts: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
        return msgspec.structs.replace(real(*parts, **more), point=9)

    return swapped(station_module, "use_body", use_body)


def entries_stamped_later() -> AbstractContextManager[None]:
    """Entries get a time of ten minutes later, as if it were that of their way to the server."""
    real = DeviceClock.stamp

    def stamp(self: DeviceClock) -> Stamp:
        true = real(self)
        return msgspec.structs.replace(true, wall_ms=true.wall_ms + 600_000)

    return swapped(DeviceClock, "stamp", stamp)


def entries_of_another_operator() -> AbstractContextManager[None]:
    """Every entry names an operator who never scanned a badge at this kiosk."""
    real = real_of(journal_module, "write_entry")

    def write_entry(*parts: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
        *before, _operator, body = parts
        return real(*before, BadgeId(b"somebody"), body)

    return swapped(journal_module, "write_entry", write_entry)


def learnt_vector_ahead() -> AbstractContextManager[None]:
    """Of what came only the first half is stored, and all is counted as held."""
    real = Learnt.take

    def take(self: Learnt, intake: Any) -> Future[Taken]:  # noqa: ANN401 - an intake
        half = replace(intake, entries=intake.entries[: (len(intake.entries) + 1) // 2])
        taken = real(self, half).result()
        done: Future[Taken] = Future()
        done.set_result(Taken(tuple(intake.entries) if taken.new else (), 0))
        return done

    return swapped(Learnt, "take", take)


BUGS: Final[dict[str, tuple[Plant, ...]]] = {
    "delivered-once": (
        journal_not_flushed,
        commit_errors_swallowed,
        entries_at_another_point,
        entries_stamped_later,
        entries_of_another_operator,
    ),
    "honest-vectors": (learnt_vector_ahead,),
}
