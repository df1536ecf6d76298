"""The journal taken out of a device that will never see a network again."""

from __future__ import annotations

from pathlib import Path

from common import cbor
from common.errors import BadInput
from kiosk.store.enrolled import device_key, read_enrolled
from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder
from kiosk.store.journal import Journal

MARK = "rallygate journal 1"
ROWS_PER_READ = 1000


def export_journal(folder: Folder, target: Path) -> int:
    """Write all own entries into a new file; how many.

    The file is one CBOR array after the other: first [mark, event, certificate], then each entry as a byte string in
    an array of one. Every entry is signed, so the file needs no protection of its own. Raises BadInput, StoreTrouble.
    """
    enrolled = read_enrolled(folder)
    if enrolled is None:
        raise BadInput(f"{folder.path}: this kiosk has not joined an event; there is no journal to export")
    journal = Journal(folder.journal, device_key(folder), enrolled.event)
    try:
        with target.open("xb") as file:
            file.write(cbor.encode([MARK, enrolled.event, enrolled.certificate]))
            position = count = 0
            while rows := journal.after(position, ROWS_PER_READ):
                for row in rows:
                    file.write(cbor.encode([row.raw]))
                position, count = rows[-1].position, count + len(rows)
    except FileExistsError as error:
        raise BadInput(f"{target}: exists already; name a new file") from error
    except OSError as error:
        raise trouble_of_os(error, target) from error
    finally:
        journal.close()
    return count
