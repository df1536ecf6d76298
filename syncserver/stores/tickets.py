"""SQL of what is folded: tickets with their packed facts, entitlements, uses, conflicts, facts about the event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, union

from common.ids import CodeHash, Digest, TicketId
from syncserver.db.tables_shop import order_positions, upgrades
from syncserver.db.tables_sync import (
    conflicts,
    entitlements,
    event_facts,
    fact_statements,
    projections,
    ticket_codes,
    tickets,
    uses,
)
from syncserver.stores import rows
from syncserver.stores.prepared import Prepared
from syncserver.stores.rows import Row

NO_FACTS = b"\x80"  # an empty CBOR array


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket as the last fold left it; None where no statement about it was heard."""

    ticket: TicketId
    is_issued: bool
    generation: int | None
    code_hash: CodeHash | None
    product_no: int | None
    is_paid: bool
    is_cancelled: bool
    is_blocked: bool
    is_recovered: bool
    issued_ms: int | None
    stated_ms: int | None


_COLUMNS = tuple(tickets.c[name] for name in TicketRow.__dataclass_fields__)


def any_issued(tx: Connection, event_id: int) -> bool:
    """Whether the event has a ticket."""
    return tx.execute(select(tickets.c.ticket).where(tickets.c.event_id == event_id).limit(1)).first() is not None


def products_in_use(tx: Connection, event_id: int) -> set[int]:
    """Numbers of products that some ticket is, was or holds."""
    sold = select(tickets.c.product_no).where(tickets.c.event_id == event_id)
    held = select(entitlements.c.product_no).where(entitlements.c.event_id == event_id)
    was = select(upgrades.c.before_product_no).where(upgrades.c.event_id == event_id)
    return {no for no in tx.execute(union(sold, held, was)).scalars() if no is not None}


def by_ids(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, TicketRow]:
    """Tickets by id."""
    found = _BY_IDS(tx, event_id=event_id, wanted=list(wanted)) if wanted else ()
    return {row.ticket: _ticket(row._asdict()) for row in found}


def _ticket(row: dict[str, Any]) -> TicketRow:
    return TicketRow(**{**row, **{name: bool(row[name]) for name in _FLAGS}})


_FLAGS = ("is_issued", "is_paid", "is_cancelled", "is_blocked", "is_recovered")  # numbers on SQLite
_BY_IDS = Prepared(
    lambda event_id, wanted: select(*_COLUMNS).where(tickets.c.event_id == event_id, tickets.c.ticket.in_(wanted))
)


def blocked(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> set[TicketId]:
    """Those of the tickets that are blocked."""
    return set(_BLOCKED(tx, event_id=event_id, wanted=list(wanted)).scalars()) if wanted else set()


_BLOCKED = Prepared(
    lambda event_id, wanted: select(tickets.c.ticket).where(
        tickets.c.event_id == event_id, tickets.c.ticket.in_(wanted), tickets.c.is_blocked
    )
)


def blocked_of_order(tx: Connection, event_id: int, order_id: int) -> bool:
    """Whether a ticket that an order is for is blocked."""
    return _BLOCKED_OF_ORDER(tx, event_id=event_id, order_id=order_id).first() is not None


_BLOCKED_OF_ORDER = Prepared(
    lambda event_id, order_id: (
        select(tickets.c.ticket)
        .join(order_positions, order_positions.c.ticket == tickets.c.ticket)
        .where(order_positions.c.order_id == order_id, tickets.c.event_id == event_id, tickets.c.is_blocked)
        .limit(1)
    )
)


def items_of(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, tuple[tuple[int, int], ...]]:
    """(product, quantity) of the items of tickets, by product number."""
    found: dict[TicketId, tuple[tuple[int, int], ...]] = {}
    for row in _ITEMS(tx, event_id=event_id, wanted=list(wanted)) if wanted else ():
        found[row.ticket] = (*found.get(row.ticket, ()), (row.product_no, row.quantity))
    return found


_ITEMS = Prepared(
    lambda event_id, wanted: (
        select(entitlements.c.ticket, entitlements.c.product_no, entitlements.c.quantity)
        .where(entitlements.c.event_id == event_id, entitlements.c.ticket.in_(wanted))
        .order_by(entitlements.c.product_no)
    )
)


def by_code(tx: Connection, event_id: int, code_hash: bytes) -> tuple[TicketId, ...]:
    """Tickets that have or had a code with this hash."""
    wanted = select(ticket_codes.c.ticket).where(
        ticket_codes.c.event_id == event_id, ticket_codes.c.code_hash == code_hash
    )
    return tuple(tx.execute(wanted).scalars())


def admissions(tx: Connection, event_id: int, ticket: bytes) -> int:
    """How often a ticket's own product was used and counts."""
    query = select(tickets.c.admissions).where(tickets.c.event_id == event_id, tickets.c.ticket == ticket)
    return tx.execute(query).scalar_one_or_none() or 0


# --- facts ----------------------------------------------------------------------------------------


def packed_of(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, bytes]:
    """Packed facts of tickets, NO_FACTS for unknown ones. Whoever means to write them holds the projection lock."""
    found: dict[TicketId, bytes] = dict.fromkeys(map(TicketId, wanted), NO_FACTS)
    found.update(rows.select_in(tx, tickets, ("ticket", "facts"), event_id, "ticket", sorted(wanted)))
    return found


def packed(tx: Connection, event_id: int, ticket: bytes) -> bytes | None:
    """Packed facts of one ticket."""
    query = select(tickets.c.facts).where(tickets.c.event_id == event_id, tickets.c.ticket == ticket)
    return tx.execute(query).scalar_one_or_none()


def put_folded(tx: Connection, event_id: int, folded: Sequence[Row]) -> None:
    """Write folded tickets; each row names `ticket` and the columns that may have changed, the same for all rows."""
    if folded:
        names = ("event_id", *folded[0])
        new = [(event_id, *row.values()) for row in folded]
        rows.put_values(tx, tickets, ("event_id", "ticket"), names, new)


def put_used(tx: Connection, event_id: int, used: Sequence[tuple[bytes, int, TicketId]]) -> None:
    """Write (facts, admissions, ticket) of tickets that are there and got nothing but uses.

    No other column is touched: naming an indexed one costs its index, even where the value stays.
    """
    new = [(facts, admissions, event_id, ticket) for facts, admissions, ticket in used]
    rows.update_values(tx, tickets, ("facts", "admissions"), ("event_id", "ticket"), new)


def put_items(
    tx: Connection, event_id: int, items: Mapping[TicketId, tuple[tuple[int, int], ...]], had: Sequence[TicketId]
) -> None:
    """Put the entitlements of tickets in place of those that some of them had before."""
    for at in range(0, len(had), 500):
        where = (entitlements.c.event_id == event_id, entitlements.c.ticket.in_(had[at : at + 500]))
        tx.execute(delete(entitlements).where(*where))
    new = [(event_id, ticket, product, quantity) for ticket, held in items.items() for product, quantity in held]
    rows.insert_values(tx, entitlements, ("event_id", "ticket", "product_no", "quantity"), new)


def add_codes(tx: Connection, event_id: int, pairs: Iterable[tuple[CodeHash, TicketId]]) -> None:
    """Remember the codes of tickets."""
    names = ("event_id", "code_hash", "ticket")
    new = [(event_id, code_hash, ticket) for code_hash, ticket in pairs]
    rows.add_missing_values(tx, ticket_codes, names, names, new)


def use_states(tx: Connection, event_id: int, of_tickets: Sequence[bytes]) -> dict[Digest, tuple[str, int, int]]:
    """Digest -> (state, standing, time) of the uses of tickets as last written."""
    names = ("digest", "state", "standing", "time_ms")
    found = rows.select_in(tx, uses, names, event_id, "ticket", of_tickets)
    return {digest: (state, standing, time_ms) for digest, state, standing, time_ms in found}


USE_COLUMNS = (
    "event_id", "digest", "ticket", "device", "run", "number", "kind", "product_no", "quantity", "point_no",
    "area_no", "day", "time_ms", "state", "standing", "flags",
)  # fmt: skip


def put_uses(tx: Connection, new: Sequence[tuple[object, ...]]) -> None:
    """Write uses, each as its USE_COLUMNS; known ones get their new state."""
    rows.put_values(tx, uses, ("event_id", "digest"), USE_COLUMNS, new)


def tickets_used_by(tx: Connection, event_id: int, device: bytes) -> tuple[TicketId, ...]:
    """Tickets a device has written uses of: to be folded anew when the device is revoked or its clock corrected."""
    query = select(uses.c.ticket).where(uses.c.event_id == event_id, uses.c.device == device).distinct()
    return tuple(tx.execute(query).scalars())


def claimed(tx: Connection, event_id: int, standing: int, limit: int) -> tuple[TicketId, ...]:
    """Tickets with uses of this standing."""
    query = select(uses.c.ticket).where(uses.c.event_id == event_id, uses.c.standing == standing).distinct()
    return tuple(tx.execute(query.limit(limit)).scalars())


# --- the event as a whole -------------------------------------------------------------------------


def event_fact_rows(tx: Connection, event_id: int) -> tuple[bytes, ...]:
    """Packed facts about the event."""
    return tuple(_EVENT_FACTS(tx, event_id=event_id).scalars())


_EVENT_FACTS = Prepared(lambda event_id: select(event_facts.c.fact).where(event_facts.c.event_id == event_id))


def add_event_facts(tx: Connection, event_id: int, new: Sequence[tuple[bytes, bytes]]) -> None:
    """Keep (digest, packed fact)."""
    values = [{"event_id": event_id, "digest": digest, "fact": fact} for digest, fact in new]
    rows.add_missing(tx, event_facts, ("event_id", "digest"), values)


def projected(tx: Connection, event_id: int) -> int:
    """Position up to which entries are folded."""
    return _PROJECTED(tx, event_id=event_id).scalar_one_or_none() or 0


_PROJECTED = Prepared(lambda event_id: select(projections.c.position).where(projections.c.event_id == event_id))


def set_projected(tx: Connection, event_id: int, position: int) -> None:
    """Move on."""
    rows.put_values(tx, projections, ("event_id",), ("event_id", "position"), [(event_id, position)])


def all_fact_digests(tx: Connection, event_id: int) -> set[bytes]:
    """Digests of uses and statements that are folded, with or without their bytes."""
    of_uses = select(uses.c.digest).where(uses.c.event_id == event_id)
    of_statements = select(fact_statements.c.digest).where(fact_statements.c.event_id == event_id)
    return {*tx.execute(of_uses).scalars(), *tx.execute(of_statements).scalars()}


def generations(tx: Connection, event_id: int) -> dict[TicketId, int]:
    """The generation of every issued ticket."""
    query = select(tickets.c.ticket, tickets.c.generation).where(tickets.c.event_id == event_id, tickets.c.is_issued)
    return {row.ticket: row.generation or 0 for row in tx.execute(query)}


def use_count(tx: Connection, event_id: int) -> int:
    """How many uses are known."""
    return int(tx.execute(select(func.count()).where(uses.c.event_id == event_id)).scalar_one())


def conflict_digests(tx: Connection, event_id: int, ticket: bytes) -> set[bytes]:
    """Uses of a ticket that are beyond its entitlement."""
    query = select(conflicts.c.digest).where(conflicts.c.event_id == event_id, conflicts.c.ticket == ticket)
    return set(tx.execute(query).scalars())
