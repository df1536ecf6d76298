"""Pictures of products: fetched in the background by their SHA-256, kept as files of that name, dropped when unnamed.

A file is believed only if it hashes to its name, so whoever serves it, a cache or a portal in between, can at worst
leave a picture out.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from common.catalogue import Catalogue
from common.decision import Fault
from common.ids import PointNo
from kiosk.machine.files import flush_to_disk, make_private_folder
from kiosk.store.faults import StoreTrouble, trouble_of_os
from kiosk.store.folder import Folder
from kiosk.surroundings import Here
from kiosk.sync.errors import Refused, Retry, SyncError
from kiosk.sync.exchange import Party
from kiosk.sync.transport import Transport

PICTURES_PATH: Final = "/api/sync/v1/pictures/"
PICTURE_BYTES_MAX: Final = 512 * 1024
PICTURES_MAX: Final = 300
ALL_BYTES_MAX: Final = 64 * 1024 * 1024
AGAIN_S: Final = 300.0  # after a trouble
TROUBLES_MAX: Final = 3  # in a row; then the network is away, and the rest waits
SHA_BYTES: Final = 32
_log = logging.getLogger("rallygate.kiosk.sync")


class Pictures:
    """The pictures this kiosk's point needs. `fetch` may take minutes; one thread runs it, any may ask for paths."""

    def __init__(self, party: Party, transport: Transport) -> None:
        self._party, self._transport = party, transport
        self._done_for: Here | None = None
        self._again_s = float("-inf")

    def are_due(self) -> bool:
        """Whether the point or its catalogue changed since all pictures were there, and no trouble is fresh."""
        try:
            here = self._party.around.here()
        except StoreTrouble:
            return False
        if isinstance(here, Fault) or here is self._done_for:
            return False
        return self._party.monotonic_s() >= self._again_s

    def fetch(self) -> int:
        """Fetch what is lacking, then drop what nobody names; how many came. Raises StoreTrouble."""
        here = self._party.around.here()
        if isinstance(here, Fault):
            return 0
        self._again_s = self._party.monotonic_s() + AGAIN_S
        wanted = named_pictures(here.catalogue, here.point)
        came, complete = self._fetch_all(wanted)
        drop_others(self._party.folder, wanted)
        if complete:
            self._done_for = here
        return came

    def _fetch_all(self, wanted: Sequence[bytes]) -> tuple[int, bool]:
        """How many came, and whether nothing is left to ask for again."""
        folder, came, troubles, complete = self._party.folder, 0, 0, True
        room = ALL_BYTES_MAX - sum(_size(picture_file(folder, sha256)) for sha256 in wanted)
        for sha256 in wanted:
            if _size(picture_file(folder, sha256)):
                continue
            if room < PICTURE_BYTES_MAX:
                _log.warning("no room for more pictures: %s bytes are the most", ALL_BYTES_MAX)
                break
            try:
                room -= fetch_picture(folder, self._transport, sha256)
                came, troubles = came + 1, 0
            except SyncError as error:
                _log.info("no picture %s: %s", sha256.hex()[:8], error)
                complete = complete and not isinstance(error, Retry)
                troubles += isinstance(error, Retry)
            if troubles >= TROUBLES_MAX:
                break
        return came, complete


def named_pictures(catalogue: Catalogue, point: PointNo) -> tuple[bytes, ...]:
    """The pictures of what a point serves, in its order, each once, bounded."""
    here = catalogue.point_by_no.get(point)
    products = [] if here is None else [catalogue.product_by_no.get(no) for no in here.rules.serves]
    named = (found.picture for found in products if found is not None)
    whole = (picture for picture in named if picture is not None and len(picture) == SHA_BYTES)
    return tuple(dict.fromkeys(whole))[:PICTURES_MAX]


def picture_file(folder: Folder, sha256: bytes) -> Path:
    """Where a picture lies once it is here and whole."""
    return folder.path / "pictures" / sha256.hex()


def picture_path(folder: Folder, digest: str) -> Path | None:
    """The file of the picture with this hexadecimal digest; None if it has not come, or is no digest."""
    try:
        sha256 = bytes.fromhex(digest)
    except ValueError:
        return None
    path = picture_file(folder, sha256)
    return path if len(sha256) == SHA_BYTES and _size(path) else None


def fetch_picture(folder: Folder, transport: Transport, sha256: bytes) -> int:
    """Fetch one, going on where it broke off; its size. Raises Retry, Refused, StoreTrouble."""
    target = picture_file(folder, sha256)
    partial = target.with_name(f"incoming-{sha256.hex()}.part")
    folder.require_room(PICTURE_BYTES_MAX)
    try:
        make_private_folder(target.parent)
        if _sha_of(partial) != sha256:
            _append(transport, sha256, partial)
        if _sha_of(partial) != sha256:
            partial.unlink()
            raise Retry("it is not the picture of that name: something changed it; fetched anew")
        partial.replace(target)
    except OSError as error:
        raise trouble_of_os(error, target) from error
    return _size(target)


def drop_others(folder: Folder, wanted: Sequence[bytes]) -> int:
    """Delete pictures, whole or begun, that nobody names any more; how many. Raises StoreTrouble."""
    kept = {sha256.hex() for sha256 in wanted}
    place = folder.path / "pictures"
    gone = [path for path in place.glob("*") if path.name.removeprefix("incoming-").removesuffix(".part") not in kept]
    try:
        for path in gone:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise trouble_of_os(error, place) from error
    return len(gone)


def _append(transport: Transport, sha256: bytes, partial: Path) -> None:
    first = _size(partial)
    part = transport.get(PICTURES_PATH + sha256.hex(), first)
    at = part.first
    with partial.open("r+b" if at else "wb") as file:
        file.seek(at)
        try:
            for piece in part.pieces:
                at += len(piece)
                if at > PICTURE_BYTES_MAX:
                    file.truncate(0)
                    raise Refused(f"more than {PICTURE_BYTES_MAX} bytes: give the product a smaller picture")
                file.write(piece)
        finally:
            flush_to_disk(file)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sha_of(path: Path) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
