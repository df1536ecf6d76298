"""Reading the search file of a snapshot: sealed keys and sealed chunks. Nothing in it is readable without a badge."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from common.badges import Role
from common.ids import BadgeId
from common.snapshot_format import SEARCH_APPLICATION_ID, SNAPSHOT_SCHEMA
from kiosk.store.faults import trouble_of
from kiosk.store.opening import FileKind, open_reader

SEARCH: Final = FileKind("search file", SEARCH_APPLICATION_ID, SNAPSHOT_SCHEMA, ())


@dataclass(frozen=True, slots=True)
class SearchFile:
    """A search file that was verified when it came. Opened for each question: people ask few. Raises StoreTrouble."""

    path: Path
    build_ms: int

    def role_key(self, badge: BadgeId, role: Role) -> bytes | None:
        """The file's key, sealed to a badge for one of its roles; None where it was not sealed to it."""
        rows = list(self._read("SELECT sealed FROM role_keys WHERE badge = ? AND role = ?", badge, role.value))
        return rows[0][0] if rows else None

    def chunks(self) -> Iterator[tuple[int, bytes]]:
        """(number, sealed chunk), in order."""
        yield from self._read("SELECT no, sealed FROM chunks ORDER BY no")

    def _read(self, text: str, *values: object) -> Iterator[tuple[Any, ...]]:
        try:
            with contextlib.closing(open_reader(self.path, SEARCH, immutable=True)) as connection:
                yield from connection.execute(text, values)
        except sqlite3.Error as error:
            raise trouble_of(error, self.path) from error
