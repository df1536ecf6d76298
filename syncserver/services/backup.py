"""Backups: a copy of the database and what it is sure to hold, in a folder of its own.

A backup's vector is read before the copy is made, so the copy holds at least that. Kiosks throw away what they learnt
only where *every* backup still kept has it (the safe vector): whichever one is put back, they can give it the rest.
Signing keys are in no backup: `rallygate-server keys export` keeps those.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from common.clock import Clock
from common.errors import BadInput
from common.exchange import VersionVector
from syncserver.db import dump
from syncserver.db.engine import Database
from syncserver.db.migrate import is_known, version_of
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store

FORMAT = 1
ABOUT_FILE = "backup.msgpack"
BACKUPS_MAX = 1_000


class EventVector(msgspec.Struct, frozen=True):
    """What a backup holds of one event, by the event's uid."""

    uid: bytes
    vector: VersionVector


class AboutBackup(msgspec.Struct, frozen=True):
    """What a backup says of itself."""

    format: int
    made_ms: int
    dialect: str
    events: tuple[EventVector, ...]
    schema: str = ""  # the database's version; older backups do not say


class Backup(msgspec.Struct, frozen=True):
    """A backup on disk."""

    folder: Path
    about: AboutBackup


def make(database: Database, folder: Path, clock: Clock) -> Backup:
    """Copy the database into a new folder below `folder`, while the server runs.

    The folder gets its name only when everything in it is on disk, so a half-made backup is never taken for one.
    Raises dump.DumpFailed.
    """
    made_ms = clock.now_ms()
    name = datetime.fromtimestamp(made_ms / 1000, UTC).strftime("%Y%m%dT%H%M%S") + f"{made_ms % 1000:03d}Z"
    about = AboutBackup(FORMAT, made_ms, database.dialect, _vectors(database), version_of(database) or "")
    half = folder / f".{name}.half"
    half.mkdir(parents=True, mode=0o700)
    try:
        dump.dump(database, half)
        _write(half / ABOUT_FILE, msgspec.msgpack.encode(about))
        half.rename(folder / name)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return Backup(folder / name, about)


def kept(folder: Path) -> tuple[Backup, ...]:
    """The backups in a folder, oldest first. What is no whole backup is passed over."""
    found = (_read(path) for path in sorted(folder.iterdir())) if folder.is_dir() else ()
    return tuple(backup for backup in found if backup is not None)[-BACKUPS_MAX:]


def newest_ms(folder: Path) -> int | None:
    """When the newest backup that is whole was made; None: there is none."""
    paths = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    found = (_read(path) for path in paths)
    return next((backup.about.made_ms for backup in found if backup is not None), None)


def find(folder: Path, name: str | None) -> Backup:
    """The backup of a name, or the newest (None). Raises BadInput naming those there are."""
    all_kept = kept(folder)
    for backup in reversed(all_kept):
        if name is None or backup.folder.name == name:
            return backup
    names = ", ".join(backup.folder.name for backup in all_kept[-5:]) or "none"
    if name is not None and name in broken(folder):
        raise BadInput(f"{folder / name} is damaged, or was not made by this program; the newest whole ones: {names}")
    wanted = "no backup" if name is None else f"no backup {name}"
    raise BadInput(f"{wanted} in {folder}; the newest there are: {names}")


def broken(folder: Path) -> tuple[str, ...]:
    """Names of folders that look like backups but are none that can be read."""
    places = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(one.name for one in places if one.is_dir() and not one.name.startswith(".") and _read(one) is None)


def restore(database: Database, backup: Backup) -> None:
    """Put a backup back in place of the database. The server must not be running.

    Backups newer than this one stay. Entries they lack come back from the kiosks by themselves.
    Raises BadInput if someone is connected or the backup is of the other kind of database or of a newer version, and
    dump.DumpFailed.
    """
    if backup.about.dialect != database.dialect:
        raise BadInput(f"{backup.folder} is a backup of {backup.about.dialect}, this server's is {database.dialect}")
    if not is_known(backup.about.schema):
        raise BadInput(
            f"{backup.folder} has schema version {backup.about.schema}, which this version of the server does not "
            "know: install the newer version, then restore"
        )
    others = dump.others_connected(database)
    if others:
        raise BadInput(f"the database is in use ({others} connected): stop the server and its workers, then restore")
    database.close()
    dump.put_back(database.url, backup.folder)


def safe_vectors(folder: Path, uid: bytes) -> Sequence[VersionVector]:
    """For one event, the vector of each backup kept; empty if there is none, and then nothing is safe."""
    return [_vector_of(backup.about.events, uid) for backup in kept(folder)]


def _vector_of(events: Iterable[EventVector], uid: bytes) -> VersionVector:
    return next((event.vector for event in events if event.uid == uid), ())


def _vectors(database: Database) -> tuple[EventVector, ...]:
    with database.read_moment() as tx:
        found = [(event.uid, event.id) for event in event_store.all_events(tx)]
        return tuple(EventVector(bytes(uid), entry_store.vector(tx, event_id)) for uid, event_id in found)


def _read(folder: Path) -> Backup | None:
    try:
        about = msgspec.msgpack.decode((folder / ABOUT_FILE).read_bytes(), type=AboutBackup)
    except (OSError, msgspec.DecodeError):
        return None
    return Backup(folder, about) if about.format == FORMAT else None


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
