"""Files and folders: what is durable, whose it is, who has it open, and how much room is left."""

from __future__ import annotations

import os
import shutil
import sys
from io import FileIO
from pathlib import Path
from typing import Final

from common.durable import flush_to_disk, sync_folder
from kiosk.machine.windows import move_through

__all__ = [
    "data_folder",
    "flush_to_disk",
    "free_bytes",
    "lock",
    "make_private_folder",
    "put_in_place",
    "second_name",
    "sync_folder",
]

_LOCK_BYTES: Final = 1


def put_in_place(path: Path, to: Path) -> None:
    """Rename in one step, over what is there: a crash leaves the old or the new one. Durable. Raises OSError."""
    if sys.platform == "win32":
        move_through(path, to)
        return
    path.replace(to)
    sync_folder(to.parent)


def second_name(path: Path, to: Path) -> None:
    """Let the file be found under another name too, durably. Raises OSError.

    It costs no room, but on a disk that has no second names (FAT), where it is copied: the name is there once the copy
    is whole.
    """
    try:
        os.link(path, to)
    except OSError:
        _copy(path, to)
    else:
        sync_folder(to.parent)


def _copy(path: Path, to: Path) -> None:
    part = to.with_name(f"{to.name}.part")
    shutil.copyfile(path, part)
    with part.open("rb+") as copy:
        flush_to_disk(copy)
    put_in_place(part, to)


def make_private_folder(path: Path) -> None:
    """Make a folder, if it is not there, and those above it. Raises OSError.

    On Linux nobody but its owner looks into it. On Windows it has the rights of the folder it lies in, which in a
    user's own are that user's.
    """
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def free_bytes(folder: Path) -> int:
    """Room left on the disk of a folder, for this user. Raises OSError."""
    return shutil.disk_usage(folder).free


def data_folder(name: str) -> Path:
    """Where a program of that name keeps its data, if nobody says otherwise. It need not be there yet."""
    if sys.platform == "win32":  # not in the roaming profile: a device's key stays on its device
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / name
    return Path.home() / ".local" / "share" / name


if sys.platform == "win32":
    import msvcrt

    def lock(file: FileIO) -> None:
        """Take an open file for this program alone, until it is closed or the program ends, however it ends.

        Raises OSError if another program has it; never waits.
        """
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, _LOCK_BYTES)

else:
    import fcntl

    def lock(file: FileIO) -> None:
        """Take an open file for this program alone, until it is closed or the program ends, however it ends.

        Raises OSError if another program has it; never waits.
        """
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
