"""SQL of snapshots: those built here, those wanted from kiosks, and what was taken back from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from common.exchange import Line, RunLines, VersionVector
from common.ids import DeviceId, RunId
from common.vectors import lines_by_run
from syncserver.db.tables_sync import (
    cover_lines,
    recovered_entries,
    snapshot_files,
    snapshots,
    wanted_snapshots,
)
from syncserver.stores import rows
from syncserver.stores.line_codec import pack_lines, unpack_lines


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A snapshot that was built here."""

    id: int
    build_ms: int
    position: int
    catalogue_version: int
    manifest: bytes
    admission: bytes
    ticket_count: int
    use_count: int
    took_ms: int


_COLUMNS = tuple(snapshots.c[name] for name in SnapshotRow.__dataclass_fields__)


def newest(tx: Connection, event_id: int) -> SnapshotRow | None:
    """The snapshot built last."""
    wanted = select(*_COLUMNS).where(snapshots.c.event_id == event_id).order_by(snapshots.c.id.desc()).limit(1)
    row = tx.execute(wanted).first()
    return None if row is None else SnapshotRow(**row._asdict())


def latest(tx: Connection, event_id: int, limit: int = 20) -> tuple[SnapshotRow, ...]:
    """Snapshots, the newest first."""
    wanted = select(*_COLUMNS).where(snapshots.c.event_id == event_id).order_by(snapshots.c.id.desc()).limit(limit)
    return tuple(SnapshotRow(**row._asdict()) for row in tx.execute(wanted))


def add(tx: Connection, row: rows.Row, files: Sequence[tuple[bytes, str, int]], now_ms: int) -> None:
    """Keep a built snapshot and its files (sha256, kind, size)."""
    tx.execute(snapshots.insert().values(row))
    new = [
        {"sha256": sha, "event_id": row["event_id"], "kind": kind, "size": size, "made_ms": now_ms}
        for sha, kind, size in files
    ]
    rows.add_missing(tx, snapshot_files, ("sha256",), new)


def file_event(tx: Connection, sha256: bytes) -> int | None:
    """The event a file of a snapshot belongs to."""
    wanted = select(snapshot_files.c.event_id).where(snapshot_files.c.sha256 == sha256)
    return tx.execute(wanted).scalar_one_or_none()


def forget_old_files(tx: Connection, event_id: int, kept: int) -> list[bytes]:
    """Forget all but the newest files of an event; the hashes of those that are to be removed."""
    query = select(snapshot_files.c.sha256).where(snapshot_files.c.event_id == event_id)
    old = list(tx.execute(query.order_by(snapshot_files.c.made_ms.desc()).offset(kept).limit(1_000)).scalars())
    if old:
        tx.execute(delete(snapshot_files).where(snapshot_files.c.sha256.in_(old)))
    return old


def has_manifest(tx: Connection, event_id: int, manifest: bytes) -> bool:
    """Whether this very snapshot was built here."""
    wanted = select(snapshots.c.id).where(snapshots.c.event_id == event_id, snapshots.c.manifest == manifest)
    return tx.execute(wanted.limit(1)).first() is not None


# --- evidence -------------------------------------------------------------------------------------


def want(tx: Connection, event_id: int, sha256: bytes, manifest: bytes, now_ms: int) -> None:
    """Note that rows of this admission file are lacking here."""
    row = {"event_id": event_id, "sha256": sha256, "manifest": manifest, "since_ms": now_ms}
    rows.add_missing(tx, wanted_snapshots, ("event_id", "sha256"), [row])


def wanted_manifest(tx: Connection, sha256: bytes) -> tuple[int, bytes] | None:
    """(event, manifest) of a file that is wanted and not taken yet."""
    query = select(wanted_snapshots.c.event_id, wanted_snapshots.c.manifest).where(
        wanted_snapshots.c.sha256 == sha256, wanted_snapshots.c.taken_ms.is_(None)
    )
    row = tx.execute(query).first()
    return None if row is None else (row.event_id, row.manifest)


def taken(tx: Connection, event_id: int, sha256: bytes, now_ms: int, fault: str | None) -> None:
    """A wanted file came: its rows are here, or why they cannot be used."""
    where = (wanted_snapshots.c.event_id == event_id, wanted_snapshots.c.sha256 == sha256)
    tx.execute(update(wanted_snapshots).where(*where).values(taken_ms=now_ms, fault=fault))


def cover(tx: Connection, event_id: int) -> VersionVector:
    """What is known by rows of our own snapshots, without the bytes."""
    query = select(cover_lines.c.device, cover_lines.c.run, cover_lines.c.lines)
    found = tx.execute(query.where(cover_lines.c.event_id == event_id))
    return tuple(sorted(RunLines(DeviceId(r.device), RunId(r.run), unpack_lines(r.lines)) for r in found))


def put_cover(tx: Connection, event_id: int, vector: VersionVector) -> None:
    """Replace what is known by rows."""
    by_run: dict[tuple[DeviceId, RunId], tuple[Line, ...]] = lines_by_run(vector)
    new = [
        {"event_id": event_id, "device": device, "run": run, "lines": pack_lines(lines)}
        for (device, run), lines in by_run.items()
    ]
    rows.put(tx, cover_lines, ("event_id", "device", "run"), new)


def add_recovered(tx: Connection, new: Sequence[rows.Row]) -> None:
    """Keep rows of entries that are in no ticket, with or without their bytes."""
    rows.add_missing(tx, recovered_entries, ("event_id", "digest"), new)


def recovered(tx: Connection, event_id: int) -> tuple[tuple[bytes, bytes, int, bytes, bytes | None], ...]:
    """(device, run, number, digest, bytes or None) of what was taken back outside tickets."""
    c = recovered_entries.c
    query = select(c.device, c.run, c.number, c.digest, c.raw).where(c.event_id == event_id)
    return tuple((r.device, r.run, r.number, r.digest, r.raw) for r in tx.execute(query))


def sizes(tx: Connection, event_id: int, built_ms: Sequence[int]) -> dict[int, dict[str, int]]:
    """When built -> kind of file -> bytes, of files that are kept still."""
    c, found = snapshot_files.c, dict[int, dict[str, int]]()
    query = select(c.made_ms, c.kind, c.size).where(c.event_id == event_id, c.made_ms.in_(list(built_ms)))
    for row in tx.execute(query):
        found.setdefault(row.made_ms, {})[row.kind] = row.size
    return found


def built_below(tx: Connection, event_id: int, below: int | None, limit: int) -> tuple[SnapshotRow, ...]:
    """Snapshots below a number, the newest first."""
    where = [snapshots.c.event_id == event_id, *([snapshots.c.id < below] if below is not None else [])]
    rows = tx.execute(select(*_COLUMNS).where(*where).order_by(snapshots.c.id.desc()).limit(limit))
    return tuple(SnapshotRow(**row._asdict()) for row in rows)
