"""SQL of buyers' sessions and of rate limits."""

from __future__ import annotations

from sqlalchemy import CompoundSelect, Connection, and_, delete, or_, select, union

from syncserver.db.tables_buyers import buyers, opened_links
from syncserver.db.tables_event import events
from syncserver.db.tables_shop import browser_orders, browser_tickets, browsers, orders, rate_counters
from syncserver.db.tables_sync import tickets
from syncserver.stores import ticket_links
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import insert_for, insert_on
from syncserver.stores.unique import insert_ignoring


def keep(tx: Connection, token_hash: bytes, now_ms: int, expires_ms: int, soon_ms: int) -> int | None:
    """It is here: remember it until then; since when. None if it was to be remembered beyond `soon_ms` anyway."""
    times = {"now_ms": now_ms, "expires_ms": expires_ms, "soon_ms": soon_ms}
    found = _KEEP(tx, token_hash=token_hash, **times).first()
    return None if found is None else int(found[0])


def is_kept(tx: Connection, token_hash: bytes, now_ms: int) -> bool:
    """Whether it is remembered."""
    mine = (browsers.c.token_hash == token_hash) & (browsers.c.expires_ms > now_ms)
    return tx.execute(select(browsers.c.token_hash).where(mine)).first() is not None


_KEEP = Prepared(
    lambda dialect, token_hash, now_ms, expires_ms, soon_ms: (
        insert_on(dialect, browsers)
        .values(token_hash=token_hash, created_ms=now_ms, expires_ms=expires_ms)
        .on_conflict_do_update(
            index_elements=["token_hash"],
            set_={"expires_ms": expires_ms},
            where=browsers.c.expires_ms <= soon_ms,
        )
        .returning(browsers.c.created_ms)
    )
)


def remember_order(tx: Connection, token_hash: bytes, order_id: int) -> None:
    """This browser has shown that it may see the order."""
    insert_ignoring(tx, browser_orders, {"browser_hash": token_hash, "order_id": order_id})


def orders_of(tx: Connection, key: bytes) -> list[int]:
    """Orders a browser may see, by its cookie's hash; by an account's key, those of its address too."""
    return list(_ORDERS_OF(tx, key=key).scalars())


def _orders_of(key: object) -> CompoundSelect[int]:
    shown = select(browser_orders.c.order_id).where(browser_orders.c.browser_hash == key)
    # Through the events, since that is how the index on the address begins.
    of_address = and_(orders.c.event_id == events.c.id, orders.c.mail_key == buyers.c.mail_key)
    own = select(orders.c.id).select_from(buyers).join(events, buyers.c.key == key).join(orders, of_address)
    return union(shown, own)


_ORDERS_OF = Prepared(_orders_of)


def hand_over(tx: Connection, token_hash: bytes, key: bytes) -> None:
    """What a browser had shown belongs to an account from now on, and the browser is forgotten."""
    for order_id in tx.scalars(select(browser_orders.c.order_id).where(browser_orders.c.browser_hash == token_hash)):
        remember_order(tx, key, order_id)
    c = browser_tickets.c
    good = select(c.event_id, c.ticket, tickets.c.code_hash).join(tickets, _IS_GOOD_NOW)
    for event_id, ticket, code_hash in tx.execute(good.where(c.browser_hash == token_hash)).all():
        remember_ticket(tx, key, event_id, ticket, code_hash)
    for link_hash in ticket_links.opened_hashes(tx, token_hash):
        ticket_links.remember(tx, key, link_hash)
    forget(tx, token_hash)


def forget(tx: Connection, token_hash: bytes) -> None:
    """This browser was never here."""
    tx.execute(delete(browser_orders).where(browser_orders.c.browser_hash == token_hash))
    tx.execute(delete(browser_tickets).where(browser_tickets.c.browser_hash == token_hash))
    tx.execute(delete(opened_links).where(opened_links.c.browser_hash == token_hash))
    tx.execute(delete(browsers).where(browsers.c.token_hash == token_hash))


def remember_ticket(tx: Connection, token_hash: bytes, event_id: int, ticket: bytes, code_hash: bytes) -> None:
    """This browser has shown the code of a ticket; one it had shown before counts no more."""
    new = insert_for(tx, browser_tickets).values(
        browser_hash=token_hash, event_id=event_id, ticket=ticket, code_hash=code_hash
    )
    key = ["browser_hash", "event_id", "ticket"]
    tx.execute(new.on_conflict_do_update(index_elements=key, set_={"code_hash": code_hash}))


def tickets_of(tx: Connection, token_hash: bytes, event_id: int) -> list[bytes]:
    """Tickets whose code, the one good now, this browser has shown; without those that are blocked or cancelled."""
    return list(_TICKETS_OF(tx, token_hash=token_hash, event_id=event_id).scalars())


# A row of before says no code: it counts while the ticket has its first.
_IS_CODE_OF_NOW = or_(
    browser_tickets.c.code_hash == tickets.c.code_hash,
    and_(browser_tickets.c.code_hash.is_(None), tickets.c.generation == 0),
)
_IS_GOOD_NOW = and_(
    tickets.c.event_id == browser_tickets.c.event_id,
    tickets.c.ticket == browser_tickets.c.ticket,
    _IS_CODE_OF_NOW,
    tickets.c.is_issued,
    ~tickets.c.is_blocked,
    ~tickets.c.is_cancelled,
)
_TICKETS_OF = Prepared(
    lambda token_hash, event_id: (
        select(browser_tickets.c.ticket)
        .join(tickets, _IS_GOOD_NOW)
        .where(browser_tickets.c.browser_hash == token_hash, browser_tickets.c.event_id == event_id)
    )
)


def forget_old(tx: Connection, now_ms: int) -> None:
    """Drop what is over."""
    over = select(browsers.c.token_hash).where(browsers.c.expires_ms <= now_ms)
    tx.execute(delete(browser_orders).where(browser_orders.c.browser_hash.in_(over)))
    tx.execute(delete(browser_tickets).where(browser_tickets.c.browser_hash.in_(over)))
    tx.execute(delete(opened_links).where(opened_links.c.browser_hash.in_(over)))
    tx.execute(delete(browsers).where(browsers.c.expires_ms <= now_ms))
    tx.execute(delete(rate_counters).where(rate_counters.c.window_ms < now_ms - 24 * 3_600_000))


def count_of(tx: Connection, subject: str, window_ms: int) -> int:
    """How often something was counted within a window."""
    mine = (rate_counters.c.subject == subject) & (rate_counters.c.window_ms == window_ms)
    return tx.execute(select(rate_counters.c.count).where(mine)).scalar_one_or_none() or 0


def count_up(tx: Connection, subject: str, window_ms: int) -> int:
    """Count one more of something within a window; how many it are now."""
    return int(_COUNT_UP(tx, subject=subject, window_ms=window_ms).scalar_one())


_COUNT_UP = Prepared(
    lambda dialect, subject, window_ms: (
        insert_on(dialect, rate_counters)
        .values(subject=subject, window_ms=window_ms, count=1)
        .on_conflict_do_update(index_elements=["subject", "window_ms"], set_={"count": rate_counters.c.count + 1})
        .returning(rate_counters.c.count)
    )
)
