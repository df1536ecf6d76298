"""The journal taken out of a device that will never see a network again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from common import cbor
from common.errors import BadInput
from kiosk.store.enrolled import Enrolled, device_key, read_enrolled
from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder
from kiosk.store.journal import Journal
from kiosk.store.salvage import Readable, read_if_damaged

MARK = "rallygate journal 1"
ROWS_PER_READ = 1000


@dataclass(frozen=True, slots=True)
class Exported:
    """How many entries were written; of a damaged journal also what could be read of it."""

    count: int
    damaged: Readable | None = None


def export_journal(folder: Folder, target: Path) -> Exported:
    """Write all own entries into a new file: of a damaged journal all that can be read, and the journal stays as it is.

    The file is one CBOR array after the other: first [mark, event, certificate], then each entry as a byte string in
    an array of one. Every entry is signed, so the file needs no protection of its own. Raises BadInput, StoreTrouble.
    """
    enrolled = read_enrolled(folder)
    if enrolled is None:
        raise BadInput(f"{folder.path}: this kiosk has not joined an event; there is no journal to export")
    damaged = read_if_damaged(folder.journal)
    raws = _sound_raws(folder, enrolled) if damaged is None else iter(damaged.raws)
    count = 0
    try:
        with target.open("xb") as file:
            file.write(cbor.encode([MARK, enrolled.event, enrolled.certificate]))
            for raw in raws:
                file.write(cbor.encode([raw]))
                count += 1
    except FileExistsError as error:
        raise BadInput(f"{target}: exists already; name a new file") from error
    except OSError as error:
        raise trouble_of_os(error, target) from error
    return Exported(count, damaged)


def _sound_raws(folder: Folder, enrolled: Enrolled) -> Iterator[bytes]:
    with closing(Journal(folder.journal, device_key(folder), enrolled.event)) as journal:
        position = 0
        while rows := journal.after(position, ROWS_PER_READ):
            yield from (row.raw for row in rows)
            position = rows[-1].position
