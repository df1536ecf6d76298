"""The safe vector: what every backup still kept contains. Kiosks forget only what it covers."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from common.exchange import Line, VersionVector
from common.vectors import RunKey, is_forked, lines_by_run, vector_of
from syncserver.services import backup
from syncserver.stores.entries import HeldEntries
from syncserver.stores.events import EventRow


def safe_vector(tx: Connection, event: EventRow, backups: Path) -> VersionVector:
    """What all backups in the folder hold of an event; empty where none is kept."""
    kept = backup.safe_vectors(backups, event.uid)
    if not kept:
        return ()
    held = HeldEntries(tx, event.id)
    common = lines_by_run(kept[0])
    for other in kept[1:]:
        theirs = lines_by_run(other)
        common = {run: _both(run, lines, theirs.get(run, ()), held) for run, lines in common.items()}
    return vector_of(common)


def _both(run: RunKey, mine: tuple[Line, ...], theirs: tuple[Line, ...], held: HeldEntries) -> tuple[Line, ...]:
    """What two sets of lines of one run surely share.

    Of a forked run only lines that are the same: to keep an entry too long costs little, to lose it is for ever.
    """
    if is_forked(mine) or is_forked(theirs):
        return tuple(line for line in mine if line in theirs)
    shared = (_overlap(run, one, other, held) for one in mine for other in theirs)
    return tuple(sorted(line for line in shared if line is not None))


def _overlap(run: RunKey, one: Line, other: Line, held: HeldEntries) -> Line | None:
    first, shorter = max(one.first, other.first), min(one, other, key=lambda line: line.last)
    if first > shorter.last:
        return None
    longer = other if shorter is one else one
    if longer.last == shorter.last:
        return Line(first, shorter.last, shorter.digest) if longer.digest == shorter.digest else None
    at_end = held.links_at(*run, shorter.last)
    is_one_branch = len(at_end) == 1 and at_end[0].digest == shorter.digest
    return Line(first, shorter.last, shorter.digest) if is_one_branch else None
