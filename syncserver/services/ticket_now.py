"""A ticket bought earlier as it is now, whichever orders it came of: its product, what was paid for it, its places.

A ticket may have become another product, several times: each time by a position of its own, for the difference. Only
the last of these is what it is; together they are what it cost, and each keeps the places it has taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from syncserver.stores import holds, quotas, returns
from syncserver.stores.baskets import LineRow
from syncserver.stores.orders import PositionRow
from syncserver.stores.returns import OwnedPosition


@dataclass(frozen=True, slots=True)
class TicketNow:
    """A ticket that is paid and was not given back. `made_of`: its ticket positions, the last is what it is now."""

    ticket: bytes
    made_of: tuple[OwnedPosition, ...]
    items: tuple[PositionRow, ...]
    kept: Mapping[tuple[int, int], frozenset[int]]  # limits in which each of these positions keeps a place

    @property
    def current(self) -> OwnedPosition:
        """What it is."""
        return self.made_of[-1]

    @property
    def paid_minor(self) -> int:
        """What was paid for it up to now, vouchers taken off, items apart."""
        return sum(one.row.total_minor for one in self.made_of)

    @property
    def places(self) -> frozenset[int]:
        """The limits in which it has a place."""
        return frozenset().union(*self.kept.values())

    def difference_minor(self, price_minor: int) -> int:
        """What is still to be paid for something of this price; what was paid too much is not given back."""
        return max(0, price_minor - self.paid_minor)


def tickets_now(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> dict[bytes, TicketNow]:
    """Those of the tickets that are paid and were not given back."""
    if not tickets:
        return {}
    owned = returns.positions_of_tickets(tx, event_id, tickets)
    own = [one for one in owned if one.row.is_ticket]
    kept = holds.kept_of(tx, {(one.order_id, one.row.place) for one in own})
    found = {}
    for ticket in {one.row.ticket for one in own}:
        mine = tuple(one for one in own if one.row.ticket == ticket)
        found[ticket] = TicketNow(
            ticket=ticket,
            made_of=(*(one for one in mine if one.row.is_replaced), *(one for one in mine if not one.row.is_replaced)),
            items=tuple(one.row for one in owned if one.row.ticket == ticket and not one.row.is_ticket),
            kept={key: kept[key] for key in ((one.order_id, one.row.place) for one in mine)},
        )
    return found


def to_upgrade(tx: Connection, event_id: int, lines: Sequence[LineRow]) -> dict[bytes, TicketNow]:
    """The tickets that lines of a basket would change; without such lines nothing is read."""
    return tickets_now(tx, event_id, [line.ticket for line in lines if line.is_upgrade and line.ticket is not None])


def limits_of_line(tx: Connection, event_id: int, line: LineRow, changing: Mapping[bytes, TicketNow]) -> list[int]:
    """The limits a line takes its places from: of an upgrade those in which its ticket has none yet."""
    ids = quotas.of_product(tx, event_id, line.product_no, line.variant_key)
    ticket = changing.get(line.ticket or b"") if line.is_upgrade else None
    return ids if ticket is None else [one for one in ids if one not in ticket.places]
