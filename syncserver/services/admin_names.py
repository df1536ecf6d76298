"""What the numbers and ids in rows are called, for people; and where pages of a list begin."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection

from syncserver.stores import devices as device_store
from syncserver.stores import names
from syncserver.stores.entry_list import Place
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named

PER_PAGE = 50
_PLACE = re.compile(r"(-?\d{1,17})\.([0-9a-f]{32})")
_BELOW = re.compile(r"\d{1,18}")


@dataclass(frozen=True, slots=True)
class Names:
    """Points, products and devices of an event in a language."""

    points: dict[int, Named]
    products: dict[int, Named]
    devices: dict[bytes, str]

    @classmethod
    def of(cls, tx: Connection, event: EventRow, language: str) -> Names:
        """All of them: some hundred."""
        devices = {bytes(one.device): one.name for one in device_store.all_devices(tx, event.id)}
        return cls(names.points_of(tx, event, language), names.products_of(tx, event, language), devices)

    def device(self, device: bytes) -> str:
        """Its name, or the beginning of its id where it is not known here."""
        return self.devices.get(device, device.hex()[:8])

    def product(self, no: int | None) -> str:
        """Its name, or its number where there is no such product here."""
        named = self.products.get(no or 0)
        return named.name if named else f"#{no}"


def place_of(cursor: str | None) -> Place | None:
    """Where a cursor of time and digest points; one that was not made here begins at the newest."""
    parsed = _PLACE.fullmatch(cursor or "")
    return Place(int(parsed[1]), bytes.fromhex(parsed[2])) if parsed else None


def cursor_of(time_ms: int, digest: bytes) -> str:
    """The cursor behind a row."""
    return f"{time_ms}.{digest.hex()}"


def below_of(cursor: str | None) -> int | None:
    """Below which number a page begins; a cursor that is no number begins at the newest."""
    return int(cursor) if _BELOW.fullmatch(cursor or "") and cursor else None
