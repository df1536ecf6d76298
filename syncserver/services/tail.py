"""The last entries of an event, kept in memory: a hundred kiosks ask for the same ones within the same second.

What is here is a stretch of committed rows without a hole. Rows never change and get their positions one after the
other, so a stretch once read stays true; after a restore other tags stand at its positions, and it is dropped.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import accumulate

from common.exchange import Cursor
from syncserver.stores.entries import Head, StoredEntry

ENTRIES_MAX = 8_000
BYTES_MAX = 16 * 1024 * 1024


class Tail:
    """A stretch of an event's entries, usually up to their end. Safe to share between threads."""

    def __init__(self, entries_max: int = ENTRIES_MAX, bytes_max: int = BYTES_MAX) -> None:
        self._entries_max, self._bytes_max = entries_max, bytes_max
        self._rows: list[StoredEntry] = []
        self._bytes = 0
        self._lock = threading.Lock()

    def end(self) -> Head | None:
        """Where the stretch ends; None while it is empty."""
        with self._lock:
            return Head(self._rows[-1].position, self._rows[-1].tag) if self._rows else None

    def add(self, found: Sequence[StoredEntry]) -> None:
        """Add committed rows in order and without a hole, if they begin right behind the stretch or it is empty."""
        with self._lock:
            behind = self._behind(found)
            self._rows += behind
            self._bytes += sum(len(row.raw) for row in behind)
            self._shorten()

    def _behind(self, found: Sequence[StoredEntry]) -> Sequence[StoredEntry]:
        if not found or not self._rows:
            return found
        last, known = self._rows[-1], self._rows[-1].position - found[0].position + 1
        if 1 <= known <= len(found) and found[known - 1].tag != last.tag:
            self._rows, self._bytes = [], 0  # the database was put back
            return found
        return found[known:] if known >= 0 else ()

    def _shorten(self) -> None:
        """Forget the oldest; a quarter at a time, so that this is rare."""
        if len(self._rows) <= self._entries_max and self._bytes <= self._bytes_max:
            return
        newest_first = accumulate(len(row.raw) for row in reversed(self._rows))
        kept = sum(size <= self._bytes_max * 3 // 4 for size in newest_first)
        kept = min(kept, self._entries_max * 3 // 4)
        self._rows = self._rows[len(self._rows) - kept :]
        self._bytes = sum(len(row.raw) for row in self._rows)

    def drop(self) -> None:
        """Forget all."""
        with self._lock:
            self._rows, self._bytes = [], 0

    def drop_unless(self, head: Head) -> None:
        """Forget all if the entries, as just read, end somewhere that does not fit: they are others now."""
        with self._lock:
            at = self._index(head.position)
            is_behind = bool(self._rows) and head.position > self._rows[-1].position
            if not is_behind and (at is None or self._rows[at].tag != head.tag):
                self._rows, self._bytes = [], 0

    def after(self, cursor: Cursor, limit: int) -> list[StoredEntry] | None:
        """Up to `limit` rows behind a cursor; None where the stretch does not hold the cursor's own row."""
        with self._lock:
            at = self._index(cursor.position)
            if at is None or self._rows[at].tag != cursor.tag:
                return None
            return self._rows[at + 1 : at + 1 + limit]

    def _index(self, position: int) -> int | None:
        at = position - self._rows[0].position if self._rows else -1
        return at if 0 <= at < len(self._rows) else None
