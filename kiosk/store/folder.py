"""The kiosk's folder: which file is where, one program at a time, and whole files written at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kiosk.machine.files import flush_to_disk, free_bytes, lock, make_private_folder, put_in_place
from kiosk.store.faults import DiskFull, InUse, trouble_of_os

RESERVE_BYTES = 64 * 1024 * 1024  # kept free for the journal: about 150,000 entries


@dataclass(frozen=True, slots=True)
class Folder:
    """Paths of one kiosk's files; the folder belongs to one event."""

    path: Path

    @property
    def journal(self) -> Path:
        return self.path / "journal.sqlite"

    @property
    def learnt(self) -> Path:
        return self.path / "learnt.sqlite"

    @property
    def device_key(self) -> Path:
        return self.path / "device.key"

    @property
    def enrolled(self) -> Path:
        return self.path / "enrolled.cbor"

    @property
    def pointer(self) -> Path:
        return self.path / "snapshots.json"

    @property
    def snapshots(self) -> Path:
        return self.path / "snapshots"

    def make(self) -> None:
        """Make the folder, for its owner only. Raises StoreTrouble."""
        try:
            make_private_folder(self.path)
            make_private_folder(self.snapshots)
        except OSError as error:
            raise trouble_of_os(error, self.path) from error

    def free_bytes(self) -> int:
        """Room left on its disk."""
        return free_bytes(self.path)

    def require_room(self, needed: int) -> None:
        """Raise DiskFull if taking so many bytes would eat the journal's reserve."""
        free = self.free_bytes()
        if free < needed + RESERVE_BYTES:
            raise DiskFull(
                f"{self.path}: {free} bytes free, {needed} wanted "
                f"and {RESERVE_BYTES} kept for the journal; free some space"
            )


class FolderLock:
    """Held while a program uses the folder; the operating system drops it when the program ends, however it ends."""

    def __init__(self, folder: Folder) -> None:
        """Take the lock. Raises InUse if another program has it, StoreTrouble if the folder cannot be used."""
        self._path = folder.path / "lock"
        try:
            self._file = self._path.open("ab", buffering=0)
        except OSError as error:
            raise trouble_of_os(error, self._path) from error
        try:
            lock(self._file)
        except OSError as error:
            self._file.close()
            raise InUse(f"{folder.path}: another kiosk program uses this folder; close it or choose another") from error

    def release(self) -> None:
        """Let another program in."""
        self._file.close()


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file's content so that a crash leaves the old or the new one. Raises StoreTrouble."""
    beside = path.with_name(path.name + ".new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            flush_to_disk(file)
        put_in_place(beside, path)
    except OSError as error:
        raise trouble_of_os(error, path) from error
