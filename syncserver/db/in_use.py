"""Whether a server has an SQLite file open: SQLite itself cannot say, since an idle connection in WAL holds no lock.

A server keeps a shared lock on a file beside the database for as long as it lives; the system gives it back whatever
way the process ends. Putting a backup back under a living server would leave it writing into a file without a name.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from common.errors import require
from syncserver.db.engine import Database


class InUse:
    """Says that this process uses the database, until `end` or the process's end."""

    def __init__(self, database: Database) -> None:
        self._descriptor = os.open(_beside(database), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def end(self) -> None:
        """Give the lock back; may be called twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def is_in_use(database: Database) -> bool:
    """Whether a server says so of this file."""
    if not _beside(database).exists():
        return False
    descriptor = os.open(_beside(database), os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _beside(database: Database) -> Path:
    path = database.sqlite_path
    require(path is not None, "only SQLite needs a lock file")
    return Path(f"{path}.lock")
