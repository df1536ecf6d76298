"""A friend's ticket: a link to one ticket, for its holder, who needs no account and sees nothing of the order.

Whoever opens it sees the pass and may buy items for the ticket, as an order of their own. The buyer makes the link on
the order's page, and a new one ends the one before, also where it was opened already.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.capabilities import UID_BYTES, Capabilities, capability_hash
from syncserver.services.orders import Orders, OrderView
from syncserver.stores import orders, ticket_links
from syncserver.stores.ticket_links import TicketLinkRow


@dataclass(frozen=True, slots=True)
class FriendsTicket:
    """One ticket out of its order (the view holds no other), and what its link carries."""

    view: OrderView
    token: str


class TicketLinks:
    """Use cases of links to tickets."""

    def __init__(self, db: Database, clock: Clock, links: Capabilities, shop_orders: Orders) -> None:
        self._db, self._clock, self._links, self._orders = db, clock, links, shop_orders

    def make(self, event_id: int, ticket: bytes) -> None:
        """A link for this ticket; one it had leads nowhere any more."""
        uid = secrets.token_bytes(UID_BYTES)
        link_hash = capability_hash(self._links.token(uid))
        with self._db.write() as tx:
            ticket_links.put(tx, TicketLinkRow(event_id, ticket, uid, link_hash), self._clock.now_ms())

    def end(self, event_id: int, ticket: bytes) -> None:
        """No link for this ticket any more."""
        with self._db.write() as tx:
            ticket_links.end(tx, event_id, ticket)

    def tokens(self, event_id: int, tickets: Sequence[bytes]) -> dict[bytes, str]:
        """What the links of those tickets carry that have one."""
        with self._db.read() as tx:
            rows = ticket_links.of_tickets(tx, event_id, tickets)
        return {row.ticket: self._links.token(row.uid) for row in rows}

    def open(self, event_id: int, token: str, key: bytes) -> FriendsTicket | None:
        """The ticket behind a link; the browser or account may from now on put items on it."""
        link_hash = capability_hash(token)
        with self._db.read() as tx:
            link = ticket_links.by_hash(tx, link_hash)
            is_known = link is not None and link in ticket_links.opened_by(tx, event_id, key)
        if link is None or link.event_id != event_id:
            return None
        if not is_known:
            with self._db.write() as tx:
                ticket_links.remember(tx, key, link_hash)
        return self._ticket(link)

    def received(self, event_id: int, key: bytes) -> tuple[FriendsTicket, ...]:
        """Tickets whose links an account has opened."""
        with self._db.read() as tx:
            links = ticket_links.opened_by(tx, event_id, key)
        found = (self._ticket(link) for link in links)
        return tuple(one for one in found if one is not None)

    def _ticket(self, link: TicketLinkRow) -> FriendsTicket | None:
        with self._db.read() as tx:
            order_id = orders.order_of_ticket(tx, link.event_id, link.ticket)
        if order_id is None:
            return None
        view = self._orders.view(order_id)
        alone = tuple(one for one in view.tickets if one.ticket == link.ticket)
        return FriendsTicket(replace(view, tickets=alone), self._links.token(link.uid))
