"""What must be known of the turnstile after a crash: for which entry it was told to open, and whether it works."""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder, write_whole

log = logging.getLogger(__name__)
_NAME: Final = "turnstile.json"
_BYTES_MAX: Final = 4096


class TurnstileRecord(msgspec.Struct, frozen=True):
    """`entry`: digest of the last entry it was told to open for, in hex, "" for none; `is_done`: its end is known.

    `out_of_order` says why, in plain English; "" where it works.
    """

    entry: str = ""
    is_done: bool = True
    out_of_order: str = ""


def read_turnstile(folder: Folder) -> TurnstileRecord | None:
    """What was kept; None if there never was a turnstile here. One that cannot be read is out of order: staff looks."""
    path = folder.path / _NAME
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(_BYTES_MAX), type=TurnstileRecord)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read (%s): the entrance is out of order until staff has looked", path, error)
        return TurnstileRecord(out_of_order=f"{_NAME} cannot be read; see whether the gate turns, then acknowledge")


def write_turnstile(folder: Folder, record: TurnstileRecord) -> None:
    """Keep it; a crash leaves the old or the new one. Raises StoreTrouble."""
    write_whole(folder.path / _NAME, msgspec.json.encode(record))


def forget_turnstile(folder: Folder) -> None:
    """There is no turnstile here any more. Raises StoreTrouble."""
    path = folder.path / _NAME
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise trouble_of_os(error, path) from error
