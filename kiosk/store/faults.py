"""What can be wrong with the kiosk's files, named by what to do about it."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Final

from common.decision import Fault, FaultCode
from common.errors import UserFacing


class StoreTrouble(UserFacing):
    """A file of the kiosk cannot be used; the text says which, why, and what to do."""


class DiskFull(StoreTrouble):
    """There is no room: free some, then go on; nothing was lost."""


class Unwritable(StoreTrouble):
    """The disk does not take or keep what is written: check it, go on with another device meanwhile."""


class DamagedFile(StoreTrouble):
    """The content is not what was written: what can be read is kept, the file is replaced."""


class DamagedSnapshot(DamagedFile):
    """A snapshot is not what its manifest says: nothing in it is believed, it is fetched anew."""


class NewerFile(StoreTrouble):
    """A later version of the program wrote it: install that version again."""


class InUse(StoreTrouble):
    """Another program has the folder open: close it."""


_FULL: Final = frozenset({sqlite3.SQLITE_FULL})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_FULL_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def trouble_of(error: sqlite3.Error, path: Path) -> StoreTrouble:
    """The trouble behind an error of SQLite, by its primary result code."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _FULL:
        return DiskFull(f"{path}: the disk is full; free some space (logs, old snapshots), then scan again")
    if code in _DAMAGED or (code == sqlite3.SQLITE_ERROR and isinstance(error, sqlite3.OperationalError)):
        return DamagedFile(f"{path}: the file is damaged ({error}); restart the kiosk, it keeps what can be read")
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return InUse(f"{path}: another program holds the file ({error}); close it, then scan again")
    return Unwritable(f"{path}: the disk cannot be written ({error}); use another device and have this one checked")


def fault_of(trouble: StoreTrouble) -> Fault:
    """The same as the station answers it: screens have words for each code, the text is for the log."""
    if isinstance(trouble, DamagedSnapshot):
        return Fault(FaultCode.SNAPSHOT_UNREADABLE, str(trouble))
    code = FaultCode.DISK_FULL if isinstance(trouble, DiskFull) else FaultCode.JOURNAL_UNWRITABLE
    return Fault(code, str(trouble))


def trouble_of_os(error: OSError, path: Path) -> StoreTrouble:
    """The trouble behind an error of the operating system."""
    if error.errno in _FULL_ERRORS:
        return DiskFull(f"{path}: the disk is full ({error.strerror}); free some space, then try again")
    return Unwritable(f"{path}: {error.strerror}; check the disk and who may write there")
