"""Pictures of products for kiosks: content addressed, so any cache may keep them for ever."""

from __future__ import annotations

from dataclasses import dataclass

from syncserver.db.engine import Database
from syncserver.services.problems import NotHere
from syncserver.stores import events as event_store


@dataclass(frozen=True, slots=True)
class Picture:
    """A stored picture. An import takes none over 256 KiB, so it goes out as it is."""

    media_type: str
    data: bytes


class Pictures:
    """Finds pictures by their SHA-256, which the catalogue gives for each product."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def picture(self, sha256: bytes) -> Picture:
        """The picture whose bytes have this hash. Raises NotHere."""
        with self._db.read() as tx:
            found = event_store.picture(tx, sha256)
        if found is None:
            raise NotHere("this picture is not here: take a newer snapshot, its catalogue names the pictures of now")
        return Picture(*found)
