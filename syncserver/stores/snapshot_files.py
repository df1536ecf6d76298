"""Writing the files of a snapshot: rows in, one compressed SQLite file with its hashes out."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

import zstandard

from common.errors import require
from common.exchange import SnapshotFile
from common.snapshot_format import (
    ADMISSION_PRAGMAS,
    ADMISSION_TABLES,
    HOLDERS_PRAGMAS,
    HOLDERS_TABLES,
    PLAIN_BYTES_MAX,
    ZSTD_LEVEL,
)

COPY_BYTES = 1024 * 1024


class FileWriter:
    """A snapshot file being written; it is a snapshot only once `finish` has renamed it to its hash."""

    def __init__(self, path: Path, pragmas: Sequence[str], tables: Sequence[str]) -> None:
        self._path = path
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        # Nothing of it is worth keeping after a crash, so nothing is synced until the end.
        for pragma in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", *pragmas):
            self._file.execute(pragma)
        self._file.execute("BEGIN")
        for table in tables:
            self._file.execute(table)

    @classmethod
    def admission(cls, path: Path) -> FileWriter:
        """An empty admission file."""
        return cls(path, ADMISSION_PRAGMAS, ADMISSION_TABLES)

    @classmethod
    def holders(cls, path: Path) -> FileWriter:
        """An empty holder file."""
        return cls(path, HOLDERS_PRAGMAS, HOLDERS_TABLES)

    def put(self, table: str, rows: Iterable[Sequence[object]]) -> None:
        """Insert whole rows, in rising order of their key where there are many."""
        columns = len(self._file.execute(f"PRAGMA table_info({table})").fetchall())
        marks = ", ".join("?" * columns)
        self._file.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - tables of our own format

    def finish(self, folder: Path, kind: str) -> SnapshotFile:
        """Compress into `folder`, named by the hash of the compressed bytes; the plain file is removed.

        May run in another thread than the writing, after it.
        """
        self._file.execute("COMMIT")
        self._file.close()
        plain_sha256, plain_size = _hash(self._path)
        require(plain_size <= PLAIN_BYTES_MAX, f"a snapshot file of {plain_size} bytes, at most {PLAIN_BYTES_MAX}")
        packed = self._path.with_suffix(".zst")
        with self._path.open("rb") as source, packed.open("wb") as target:
            compressor = zstandard.ZstdCompressor(level=ZSTD_LEVEL, threads=os.cpu_count() or 1)
            compressor.copy_stream(source, target, size=plain_size)
            target.flush()
            os.fsync(target.fileno())
        sha256, size = _hash(packed)
        self._path.unlink()
        packed.rename(folder / sha256.hex())
        return SnapshotFile(kind, sha256, size, plain_sha256, plain_size)


def _hash(path: Path) -> tuple[bytes, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while part := file.read(COPY_BYTES):
            digest.update(part)
            size += len(part)
    return digest.digest(), size
