"""Writing that outlives a lost current: the two calls that server and kiosk both make, and where systems differ."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO


def flush_to_disk(file: IO[bytes]) -> None:
    """Everything written to an open file is on the disk when this returns. Raises OSError."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """The names in a folder are on the disk when this returns. Raises OSError.

    Windows has no handle on a folder to be flushed, and NTFS commits names in its own log: there it does nothing.
    """
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
