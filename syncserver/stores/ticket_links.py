"""SQL of links to one ticket each, and of the browsers and accounts that have opened them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select

from syncserver.db.tables_buyers import opened_links, ticket_links
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import insert_for
from syncserver.stores.unique import insert_ignoring


@dataclass(frozen=True, slots=True)
class TicketLinkRow:
    """A link to one ticket; its hash is that of what it carries."""

    event_id: int
    ticket: bytes
    uid: bytes
    link_hash: bytes


_COLUMNS = [ticket_links.c[name] for name in TicketLinkRow.__dataclass_fields__]


def put(tx: Connection, link: TicketLinkRow, now_ms: int) -> None:
    """The ticket's link from now on; the one before leads nowhere any more."""
    change = {"uid": link.uid, "link_hash": link.link_hash, "made_ms": now_ms}
    new = insert_for(tx, ticket_links).values(event_id=link.event_id, ticket=link.ticket, **change)
    tx.execute(new.on_conflict_do_update(index_elements=["event_id", "ticket"], set_=change))


def end(tx: Connection, event_id: int, ticket: bytes) -> None:
    """The ticket has no link any more."""
    mine = (ticket_links.c.event_id == event_id) & (ticket_links.c.ticket == ticket)
    tx.execute(delete(ticket_links).where(mine))


def by_hash(tx: Connection, link_hash: bytes) -> TicketLinkRow | None:
    """The link with this hash."""
    row = tx.execute(select(*_COLUMNS).where(ticket_links.c.link_hash == link_hash)).first()
    return None if row is None else TicketLinkRow(**row._asdict())


def of_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> list[TicketLinkRow]:
    """Links of those of the tickets that have one."""
    rows = _OF_TICKETS(tx, event_id=event_id, tickets=list(tickets)) if tickets else ()
    return [TicketLinkRow(*row) for row in rows]


_OF_TICKETS = Prepared(
    lambda event_id, tickets: select(*_COLUMNS).where(
        ticket_links.c.event_id == event_id, ticket_links.c.ticket.in_(tickets)
    )
)


def remember(tx: Connection, key: bytes, link_hash: bytes) -> None:
    """This browser or account has opened the link."""
    insert_ignoring(tx, opened_links, {"browser_hash": key, "link_hash": link_hash})


def opened_by(tx: Connection, event_id: int, key: bytes) -> list[TicketLinkRow]:
    """Links a browser or account has opened and that still lead somewhere."""
    return [TicketLinkRow(*row) for row in _OPENED(tx, event_id=event_id, key=key)]


_OPENED = Prepared(
    lambda event_id, key: (
        select(*_COLUMNS)
        .join(opened_links, opened_links.c.link_hash == ticket_links.c.link_hash)
        .where(ticket_links.c.event_id == event_id, opened_links.c.browser_hash == key)
    )
)


def opened_hashes(tx: Connection, key: bytes) -> list[bytes]:
    """All links a browser has opened, at any event."""
    return list(tx.scalars(select(opened_links.c.link_hash).where(opened_links.c.browser_hash == key)))
