"""SQL of the small numbers by which packed facts name runs and statements."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from syncserver.db.tables_sync import fact_runs, fact_statements
from syncserver.stores import rows
from syncserver.stores.prepared import Prepared

StatementNumbers = tuple[int, int, int, bytes, bytes, int]
_COLUMNS = ("no", "run_no", "number", "digest", "cause", "time_ms")


def fact_run_rows(tx: Connection, event_id: int) -> dict[int, tuple[bytes, bytes]]:
    """Number -> (device, run)."""
    return {row.no: (row.device, row.run) for row in _RUNS(tx, event_id=event_id)}


_RUNS = Prepared(
    lambda event_id: select(fact_runs.c.no, fact_runs.c.device, fact_runs.c.run).where(fact_runs.c.event_id == event_id)
)


def add_fact_run(tx: Connection, event_id: int, no: int, device: bytes, run: bytes) -> None:
    """Give a run its number."""
    tx.execute(fact_runs.insert().values(event_id=event_id, no=no, device=device, run=run))


def statement_rows(tx: Connection, event_id: int, nos: Sequence[int]) -> dict[int, StatementNumbers]:
    """Number -> (no, run no, number, digest, cause, time)."""
    found = rows.select_in(tx, fact_statements, _COLUMNS, event_id, "no", nos)
    return {row[0]: (row[0], row[1], row[2], row[3], row[4], row[5]) for row in found}


def statement_nos(tx: Connection, event_id: int, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Digest -> number of statements that have one."""
    return dict(rows.select_in(tx, fact_statements, ("digest", "no"), event_id, "digest", digests))


def last_statement_no(tx: Connection, event_id: int) -> int:
    """The highest number given out."""
    return int(_LAST(tx, event_id=event_id).scalar_one())


_LAST = Prepared(
    lambda event_id: select(func.coalesce(func.max(fact_statements.c.no), 0)).where(
        fact_statements.c.event_id == event_id
    )
)


def add_statements(tx: Connection, event_id: int, new: Sequence[StatementNumbers]) -> None:
    """Give statements their numbers."""
    rows.insert_values(tx, fact_statements, ("event_id", *_COLUMNS), [(event_id, *row) for row in new])
