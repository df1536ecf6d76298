"""A kiosk beside a shop: it uses tickets, and the server hears of it."""

from __future__ import annotations

from common.ids import ProductNo, TicketId
from syncserver.services.projector import Projector
from syncserver.services.scribe import Scribe
from syncserver.stores import events as event_store
from tests.support.server_world import FOUR_DAYS, Pen, Server, hear
from tests.support.shop_world import ShopWorld


def kiosk_of(world: ShopWorld) -> Pen:
    """A kiosk of the shop's event."""
    with world.db.read() as tx:
        event = event_store.by_id(tx, world.event.id)
    assert event is not None
    scribe, projector = Scribe(world.clock, world.keys), Projector(world.db, world.clock)
    return Pen(Server(world.db, world.clock, world.keys, scribe, projector, event))


def use(pen: Pen, ticket: bytes, product: ProductNo = FOUR_DAYS) -> None:
    """One use, heard and folded by the server."""
    hear(pen.server, pen.redeem(TicketId(ticket), product))
    pen.server.projector.catch_up(pen.server.event.id)
