"""Whether this machine can do a server's work, and if not, what is wrong: for machines that ask, and people.

A trouble that stops everybody (no database, no room to write) is told apart from one that stops one event or will
stop something soon: behind a load balancer the first takes this machine out, the second must not.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from common.errors import UserFacing
from syncserver.db.engine import Database
from syncserver.services.keys import KeyStore, check_keys
from syncserver.stores import events as event_store
from syncserver.stores.events import EventRow

FULL_BYTES: Final = 16 * 1024 * 1024
LOW_BYTES: Final = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong. `what` may be shown to anyone; `detail` names places and says what to do."""

    what: str
    detail: str
    is_fatal: bool


class Health:
    """Looks when asked; remembers nothing."""

    def __init__(self, db: Database, keys: KeyStore, folders: tuple[Path, ...]) -> None:
        self._db, self._keys = db, keys
        self._folders = folders if db.sqlite_path is None else (*folders, db.sqlite_path.parent)

    def troubles(self) -> tuple[Trouble, ...]:
        """All that is wrong now, what stops everybody first."""
        found = [*self._of_database(), *self._of_disk()]
        return tuple(sorted(found, key=lambda one: not one.is_fatal))

    def _of_database(self) -> list[Trouble]:
        file = self._db.sqlite_path
        # A file that is gone goes on being written to by those who have it open: it must be asked for by name.
        if (file is not None and not file.exists()) or not self._db.answers():
            return [Trouble("the database does not answer", "see that it runs and its disk is there", is_fatal=True)]
        try:
            with self._db.read() as tx:
                told = [self._of_keys(tx, event) for event in event_store.all_events(tx)]
        except SQLAlchemyError:
            return [Trouble("the database has other tables", "run `rallygate-server init`", is_fatal=True)]
        return [one for one in told if one is not None]

    def _of_keys(self, tx: Connection, event: EventRow) -> Trouble | None:
        try:
            check_keys(tx, self._keys, event)
        except UserFacing as fault:
            return Trouble("an event's keys cannot be used", str(fault), is_fatal=False)
        return None

    def _of_disk(self) -> list[Trouble]:
        free = {str(folder): free_bytes(folder) for folder in self._folders}
        return [
            Trouble(
                "the disk is full" if left < FULL_BYTES else "the disk is nearly full",
                f"{path}: {left // 2**20} MB left; free some space",
                is_fatal=left < FULL_BYTES,
            )
            for path, left in sorted(free.items())
            if left < LOW_BYTES
        ]


def free_bytes(folder: Path) -> int:
    """What can still be written below a folder, or the first above it that is there; 0 where nobody can tell."""
    for place in (folder, *folder.parents):
        try:
            return shutil.disk_usage(place).free
        except FileNotFoundError:
            continue
        except OSError:
            return 0
    return 0
