"""A disk of a few megabytes, in a mount namespace of one program: what fills it harms nobody else."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Final

from tests.conftest import missing

_MOUNT: Final = 'mount -t tmpfs -o size="$1" none "$0" && cp -a "$2/." "$0" && shift 2 && exec "$@"'
FILLER: Final = "filler"


def on_a_disk_of(size: str, folder: Path, holding: Path, untested: str) -> tuple[str, ...]:
    """The words before a program that sees such a disk at `folder`, which begins with a copy of `holding`.

    Skips, loudly, where this machine mounts none; `untested` says what that costs.
    """
    folder.mkdir()
    return (*_unshare(untested), "sh", "-c", _MOUNT, str(folder), size, str(holding))


def seen_by(process_id: int, folder: Path) -> Path:
    """The folder as that program sees it."""
    return Path(f"/proc/{process_id}/root{folder}")


def free_bytes(folder: Path) -> int:
    """What the disk of a folder has left."""
    return shutil.disk_usage(folder).free


def fill(folder: Path, leaving: int) -> None:
    """Take all room but so much; a later call gives back or takes what it needs."""
    with (folder / FILLER).open("ab") as file:
        needed = file.tell() + free_bytes(folder) - leaving
        file.truncate(0)
        for _ in range(max(0, needed) // 4096):
            file.write(bytes(4096))


def empty(folder: Path) -> None:
    """Give all of it back."""
    (folder / FILLER).unlink(missing_ok=True)


def _unshare(untested: str) -> tuple[str, ...]:
    found = [words for words in (("unshare", "-m"), ("unshare", "-Urm")) if _mounts(words)]
    if not found:
        missing(f"this machine mounts no disk in a namespace of its own (unshare -m): {untested}")
    return found[0]


@cache
def _mounts(words: tuple[str, ...]) -> bool:
    if shutil.which(words[0]) is None:
        return False
    command = [*words, "sh", "-c", "mount -t tmpfs -o size=1m none /tmp"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0
