"""Taking in the journal of a device that never sees a network again, from the file its `export-journal` wrote.

The file is what any sender may bring: each entry is checked by its device's own signature, a device this server has
forgotten by its certificate. So the file needs no trust, may come twice, and may be cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from common import cbor
from common.clock import Clock
from common.entries import ENTRY_BYTES_MAX
from common.errors import BadInput
from common.ids import EVENT_UID_BYTES, DeviceId, EventUid
from syncserver.services.ingest import Ingest
from syncserver.services.known_events import KnownEvent, KnownEvents
from syncserver.services.projector import Projector

MARK: Final = "rallygate journal 1"
BATCH: Final = 500
_ONE: Final = b"\x81"  # an array of one
_BYTES: Final = 0x40  # a byte string; its length below 24 is added
_LENGTH_FOLLOWS: Final = 24


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: entries read, those of them in the tray, and whether it breaks off."""

    event: EventUid
    entries: int
    rejected: int
    is_cut: bool


class JournalImport:
    """Reads such files."""

    def __init__(self, clock: Clock, known: KnownEvents, ingest: Ingest, projector: Projector) -> None:
        self._clock, self._known, self._ingest, self._projector = clock, known, ingest, projector

    def take(self, path: Path) -> Imported:
        """Take in a file and fold it. Raises BadInput for what is no such file, Problem for another server's."""
        try:
            with path.open("rb") as file:
                return self._take(file)
        except OSError as error:
            raise BadInput(f"{path}: cannot be read: {error.strerror}") from error

    def _take(self, file: BinaryIO) -> Imported:
        uid, certificate = _head(file)
        known = self._known.event(uid)
        admitted = self._ingest.admit(known, certificate)
        sender = None if admitted is None else DeviceId(admitted.device)
        count, rejected = 0, 0
        rows = _Rows(file)
        for batch in iter(lambda: list(islice(rows, BATCH)), []):
            count += len(batch)
            rejected += self._bring(known, batch, sender)
        self._projector.catch_up(known.event.id)
        return Imported(uid, count, rejected, rows.is_cut)

    def _bring(self, known: KnownEvent, batch: list[bytes], sender: DeviceId | None) -> int:
        """Bring entries as a sender does, waiting where intake makes them wait; how many lie in the tray."""
        rejected = 0
        while batch:
            taken = self._ingest.take(known, batch, sender)
            rejected += len(taken.rejected)
            batch = batch[taken.count :]
            if batch:
                self._clock.sleep((taken.retry_after_ms or 1_000) / 1000)
        return rejected


def _head(file: BinaryIO) -> tuple[EventUid, bytes]:
    """Event and certificate: [mark, event, certificate] as deterministic CBOR."""
    start = b"\x83" + cbor.encode(MARK)
    is_ours = file.read(len(start)) == start
    event = _byte_string(file) if is_ours else None
    certificate = None if event is None else _byte_string(file)
    if event is None or certificate is None or len(event) != EVENT_UID_BYTES:
        raise BadInput("this is no file of `rallygate-kiosk export-journal`; choose the one it wrote")
    return EventUid(event), certificate


class _Rows(Iterator[bytes]):
    """The entries of the file: an array of one byte string each. Ends at the first thing that is none."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.is_cut = False

    def __next__(self) -> bytes:
        mark = b"" if self.is_cut else self._file.read(1)
        raw = _byte_string(self._file) if mark == _ONE else None
        if raw is None:
            self.is_cut = self.is_cut or mark != b""
            raise StopIteration
        return raw


def _byte_string(file: BinaryIO) -> bytes | None:
    """The next byte string of deterministic CBOR; None where there is none, or one over the limit of an entry."""
    first = file.read(1)
    if not first or not _BYTES <= first[0] <= _BYTES + 0x1A:
        return None
    size = first[0] - _BYTES
    if size >= _LENGTH_FOLLOWS:
        size = int.from_bytes(file.read(1 << (size - _LENGTH_FOLLOWS)), "big")
    content = file.read(size) if size <= ENTRY_BYTES_MAX else b""
    return content if len(content) == size else None
