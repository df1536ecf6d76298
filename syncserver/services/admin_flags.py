"""What people should look at: what came back after a restore, forked devices, uses with a flag."""

from __future__ import annotations

from dataclasses import dataclass

from common.bodies import Flag
from syncserver.db.engine import Database
from syncserver.services.admin_devices import Devices, ShownDevice
from syncserver.services.admin_names import PER_PAGE, Names, cursor_of, place_of
from syncserver.stores import entry_list as store
from syncserver.stores import returned
from syncserver.stores.entry_list import FlaggedUse
from syncserver.stores.events import EventRow
from syncserver.stores.names import Named
from syncserver.stores.returned import FlagCounts


@dataclass(frozen=True, slots=True)
class ShownOrderless:
    """A ticket that proved itself though its order is not here."""

    ticket: bytes
    product: str
    used: int
    returned_ms: int


@dataclass(frozen=True, slots=True)
class ShownFlagged:
    """A use with flags; a number this version does not know stays a number."""

    row: FlaggedUse
    flags: tuple[Flag | int, ...]
    point: Named | None
    product: str
    device: str


@dataclass(frozen=True, slots=True)
class ListCursors:
    """Where each list's page begins."""

    orderless: str | None = None
    flagged: str | None = None


@dataclass(frozen=True, slots=True)
class FlagPage:
    """All lists, a page each, and the cursors of the next ones."""

    counts: FlagCounts
    orderless: tuple[ShownOrderless, ...]
    returned_devices: tuple[ShownDevice, ...]
    unremembered_devices: tuple[ShownDevice, ...]
    forked_devices: tuple[ShownDevice, ...]
    flagged: tuple[ShownFlagged, ...]
    next: ListCursors


class Flags:
    """Reads flags for people. Deciding what they lead to is not its business."""

    def __init__(self, db: Database, devices: Devices) -> None:
        self._db, self._devices = db, devices

    def page(self, event: EventRow, at: ListCursors, language: str) -> FlagPage:
        """The newest first; tickets without an order by their id."""
        kiosks = self._devices.all(event, language)
        with self._db.read() as tx:
            called = Names.of(tx, event, language)
            orderless = returned.tickets_without_order(tx, event.id, _ticket(at.orderless), PER_PAGE + 1)
            flagged = store.flagged(tx, event.id, place_of(at.flagged), PER_PAGE + 1)
            counts = returned.counts(tx, event.id)
        return FlagPage(
            counts=counts,
            orderless=tuple(
                ShownOrderless(one.ticket, called.product(one.product_no), one.used, one.returned_ms)
                for one in orderless[:PER_PAGE]
            ),
            returned_devices=tuple(one for one in kiosks if one.returned_ms is not None),
            unremembered_devices=tuple(one for one in kiosks if not one.is_remembered),
            forked_devices=tuple(one for one in kiosks if one.is_forked),
            flagged=tuple(_flagged(called, one) for one in flagged[:PER_PAGE]),
            next=ListCursors(
                orderless=orderless[PER_PAGE - 1].ticket.hex() if len(orderless) > PER_PAGE else None,
                flagged=_behind([(one.time_ms, one.digest) for one in flagged]),
            ),
        )


def flags_of(bits: int) -> tuple[Flag | int, ...]:
    """The flags whose bits are set."""
    numbers = [no for no in range(1, bits.bit_length()) if bits >> no & 1]
    return tuple(Flag(no) if no in set(Flag) else no for no in numbers)


def _flagged(called: Names, one: FlaggedUse) -> ShownFlagged:
    point, product = called.points.get(one.point_no), called.product(one.product_no)
    return ShownFlagged(one, flags_of(one.flags), point, product, called.device(one.device))


def _behind(rows: list[tuple[int, bytes]]) -> str | None:
    return cursor_of(*rows[PER_PAGE - 1]) if len(rows) > PER_PAGE else None


def _ticket(cursor: str | None) -> bytes:
    """A ticket id behind which to go on; what is none begins at the first."""
    is_id = cursor is not None and len(cursor) == 16 and set(cursor) <= set("0123456789abcdef")
    return bytes.fromhex(cursor) if cursor is not None and is_id else b""
