"""How this kiosk's screen is liked: camera, scanner, volume, language. A small JSON file that may be deleted."""

from __future__ import annotations

import logging
from typing import Final, Literal

import msgspec

from kiosk.store.folder import Folder, write_whole

log = logging.getLogger(__name__)
_NAME: Final = "screen.json"
_BYTES_MAX: Final = 4096
BAUDS: Final = (9600, 19200, 38400, 57600, 115200)  # what scanners speak


class Liking(msgspec.Struct, frozen=True):
    """What was chosen here, the language by anybody, the rest by a supervisor. `camera`, `serial` "": none at all.

    None is as configured at the start.
    """

    camera: str | None = None
    serial: str | None = None  # the line of a scanner
    baud: int | None = None
    volume: int = 100
    language: Literal["cs", "en", "de", "fr", "it", "pl"] | None = None
    hand: Literal["right", "left"] = "right"
    theme: Literal["dark", "sunlight"] = "dark"
    brightness: int | None = None  # percent; None: as the machine has it


def read_liking(folder: Folder) -> Liking:
    """What was chosen; as configured where nothing was, or where the file cannot be read: a gate opens all the same."""
    path = folder.path / _NAME
    try:
        with path.open("rb") as file:
            found = msgspec.json.decode(file.read(_BYTES_MAX), type=Liking)
    except FileNotFoundError:
        return Liking()
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s cannot be read (%s): the screen starts as configured; choose anew in its settings", path, error)
        return Liking()
    is_lit = found.brightness is None or 1 <= found.brightness <= 100
    is_spoken = found.baud is None or found.baud in BAUDS
    return found if 0 <= found.volume <= 100 and is_lit and is_spoken else Liking()


def write_liking(folder: Folder, liking: Liking) -> None:
    """Keep it; a crash leaves the old or the new one. Raises StoreTrouble."""
    write_whole(folder.path / _NAME, msgspec.json.encode(liking))
