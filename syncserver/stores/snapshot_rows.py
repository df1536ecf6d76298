"""Reading the rows of an admission file that came back to us."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

from common.errors import RallygateError
from common.fact_rows import Row, facts_of_rows, rows_of
from common.facts import Fact
from common.ids import TicketId
from common.snapshot_format import ADMISSION_APPLICATION_ID, Base, StatementRow, ticket_of_key


class SnapshotUnreadable(RallygateError):
    """The file is no admission file, or it is damaged: nothing of it is taken."""


class SnapshotRows:
    """An admission file, opened read-only. Raises SnapshotUnreadable, also from every method."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        if next(self._rows("PRAGMA application_id"))[0] != ADMISSION_APPLICATION_ID:
            self._file.close()
            raise SnapshotUnreadable("this file is no admission file of a snapshot")
        meta = dict(self._rows("SELECT name, value FROM meta"))
        self.base = Base(meta["base_ms"], meta["base_day"])
        self.runs = {no: (device, run) for no, device, run in self._rows("SELECT no, device, run FROM runs")}
        columns = "no, run, number, digest, cause, time_ms"
        self.statements: dict[int, StatementRow] = {
            row[0]: row
            for row in self._rows(f"SELECT {columns} FROM statements")  # noqa: S608 - our own names
        }

    def _rows(self, query: str) -> Iterator[Any]:
        try:
            yield from self._file.execute(query)
        except sqlite3.Error as fault:
            raise SnapshotUnreadable(f"the snapshot cannot be read: {fault}") from fault

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def tickets(self) -> Iterator[tuple[TicketId, list[Row]]]:
        """Every ticket with its rows."""
        for key, facts in self._rows("SELECT ticket, facts FROM tickets"):
            yield ticket_of_key(key), rows_of(facts)

    def facts(self, ticket: TicketId, rows: Sequence[Row]) -> tuple[Fact, ...]:
        """The facts of one ticket's rows."""
        return facts_of_rows(rows, ticket, self.base, self.runs, self.statements)

    def devices(self) -> list[tuple[bytes, bytes, str, int | None, int]]:
        """(device, certificate, name, point, revoked)."""
        return list(self._rows("SELECT device, certificate, name, point, revoked FROM devices"))

    def event_facts(self) -> list[bytes]:
        """Packed facts about the event."""
        return [row[0] for row in self._rows("SELECT fact FROM event_facts")]

    def others(self) -> Iterator[tuple[bytes, bytes, int, bytes, bytes | None]]:
        """(device, run, number, digest, bytes or None) of entries in no ticket."""
        for run, number, digest, raw in self._rows("SELECT run, number, digest, raw FROM others"):
            yield (*self.runs[run], number, digest, raw)
