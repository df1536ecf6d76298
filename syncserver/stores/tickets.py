"""SQL of what is folded: tickets with their packed facts, entitlements, uses, conflicts, facts about the event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select, union, update

from common.ids import CodeHash, Digest, TicketId
from syncserver.db.tables_sync import (
    conflicts,
    entitlements,
    event_facts,
    fact_runs,
    fact_statements,
    projections,
    ticket_codes,
    tickets,
    uses,
)
from syncserver.stores import rows
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
    """Numbers of products that some ticket is or holds."""
    sold = select(tickets.c.product_no).where(tickets.c.event_id == event_id)
    held = select(entitlements.c.product_no).where(entitlements.c.event_id == event_id)
    return {no for no in tx.execute(union(sold, held)).scalars() if no is not None}


def by_ids(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, TicketRow]:
    """Tickets by id."""
    query = select(*_COLUMNS).where(tickets.c.event_id == event_id, tickets.c.ticket.in_(list(wanted)))
    return {row.ticket: TicketRow(**row._asdict()) for row in tx.execute(query)}


def items_of(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, tuple[tuple[int, int], ...]]:
    """(product, quantity) of the items of tickets, by product number."""
    query = select(entitlements.c.ticket, entitlements.c.product_no, entitlements.c.quantity).where(
        entitlements.c.event_id == event_id, entitlements.c.ticket.in_(list(wanted))
    )
    found: dict[TicketId, tuple[tuple[int, int], ...]] = {}
    for row in tx.execute(query.order_by(entitlements.c.product_no)):
        found[row.ticket] = (*found.get(row.ticket, ()), (row.product_no, row.quantity))
    return found


def by_code(tx: Connection, event_id: int, code_hash: bytes) -> tuple[TicketId, ...]:
    """Tickets that have or had a code with this hash."""
    wanted = select(ticket_codes.c.ticket).where(
        ticket_codes.c.event_id == event_id, ticket_codes.c.code_hash == code_hash
    )
    return tuple(tx.execute(wanted).scalars())


# --- facts ----------------------------------------------------------------------------------------


def packed_for_update(tx: Connection, event_id: int, wanted: Sequence[bytes]) -> dict[TicketId, bytes]:
    """Packed facts of tickets, made if they are not there, locked in one order against two folds at once."""
    ids = sorted(wanted)
    new = [{"event_id": event_id, "ticket": one, "facts": NO_FACTS} for one in ids]
    rows.add_missing(tx, tickets, ("event_id", "ticket"), new)
    found: dict[TicketId, bytes] = {}
    for at in range(0, len(ids), 500):
        query = select(tickets.c.ticket, tickets.c.facts).where(
            tickets.c.event_id == event_id, tickets.c.ticket.in_(ids[at : at + 500])
        )
        found.update((row.ticket, row.facts) for row in tx.execute(query.order_by(tickets.c.ticket).with_for_update()))
    return found


def packed(tx: Connection, event_id: int, ticket: bytes) -> bytes | None:
    """Packed facts of one ticket."""
    query = select(tickets.c.facts).where(tickets.c.event_id == event_id, tickets.c.ticket == ticket)
    return tx.execute(query).scalar_one_or_none()


def put_folded(tx: Connection, event_id: int, folded: Sequence[Row]) -> None:
    """Write back folded tickets; each row names `ticket` and all columns that changed, the same for all rows."""
    if not folded:
        return
    names = [name for name in folded[0] if name != "ticket"]
    query = (
        update(tickets)
        .where(tickets.c.event_id == event_id, tickets.c.ticket == bindparam("of_ticket"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    values = [{"of_ticket": row["ticket"], **{f"new_{name}": row[name] for name in names}} for row in folded]
    tx.execute(query, values)


def put_items(tx: Connection, event_id: int, items: dict[TicketId, tuple[tuple[int, int], ...]]) -> None:
    """Replace the entitlements of these tickets."""
    ids = list(items)
    for at in range(0, len(ids), 500):
        where = (entitlements.c.event_id == event_id, entitlements.c.ticket.in_(ids[at : at + 500]))
        tx.execute(delete(entitlements).where(*where))
    new = [
        {"event_id": event_id, "ticket": ticket, "product_no": product, "quantity": quantity}
        for ticket, held in items.items()
        for product, quantity in held
    ]
    if new:
        tx.execute(entitlements.insert(), new)


def add_codes(tx: Connection, event_id: int, pairs: Iterable[tuple[CodeHash, TicketId]]) -> None:
    """Remember the codes of tickets."""
    new = [{"event_id": event_id, "code_hash": code_hash, "ticket": ticket} for code_hash, ticket in pairs]
    rows.add_missing(tx, ticket_codes, ("event_id", "code_hash", "ticket"), new)


def use_states(tx: Connection, event_id: int, of_tickets: Sequence[bytes]) -> dict[Digest, tuple[str, int, int]]:
    """Digest -> (state, standing, time) of the uses of tickets as last written."""
    found: dict[Digest, tuple[str, int, int]] = {}
    for at in range(0, len(of_tickets), 500):
        query = select(uses.c.digest, uses.c.state, uses.c.standing, uses.c.time_ms).where(
            uses.c.event_id == event_id, uses.c.ticket.in_(list(of_tickets[at : at + 500]))
        )
        found.update((row.digest, (row.state, row.standing, row.time_ms)) for row in tx.execute(query))
    return found


def put_uses(tx: Connection, new: Sequence[Row]) -> None:
    """Write uses; known ones get their new state."""
    rows.put(tx, uses, ("event_id", "digest"), new)


def put_conflicts(tx: Connection, event_id: int, of_tickets: Sequence[bytes], new: Sequence[Row]) -> None:
    """Replace the conflicts of these tickets; those that were there keep the time they were found."""
    here = {row["digest"] for row in new}
    query = select(conflicts.c.digest).where(conflicts.c.event_id == event_id, conflicts.c.ticket.in_(list(of_tickets)))
    gone = [digest for digest in tx.execute(query).scalars() if digest not in here]
    if gone:
        tx.execute(delete(conflicts).where(conflicts.c.event_id == event_id, conflicts.c.digest.in_(gone)))
    rows.add_missing(tx, conflicts, ("event_id", "digest"), new)


def tickets_used_by(tx: Connection, event_id: int, device: bytes) -> tuple[TicketId, ...]:
    """Tickets a device has written uses of: to be folded anew when the device is revoked or its clock corrected."""
    query = select(uses.c.ticket).where(uses.c.event_id == event_id, uses.c.device == device).distinct()
    return tuple(tx.execute(query).scalars())


def claimed(tx: Connection, event_id: int, standing: int, limit: int) -> tuple[TicketId, ...]:
    """Tickets with uses of this standing."""
    query = select(uses.c.ticket).where(uses.c.event_id == event_id, uses.c.standing == standing).distinct()
    return tuple(tx.execute(query.limit(limit)).scalars())


# --- numbers in packed facts ----------------------------------------------------------------------


def fact_run_rows(tx: Connection, event_id: int) -> dict[int, tuple[bytes, bytes]]:
    """Number -> (device, run)."""
    query = select(fact_runs.c.no, fact_runs.c.device, fact_runs.c.run).where(fact_runs.c.event_id == event_id)
    return {row.no: (row.device, row.run) for row in tx.execute(query)}


def add_fact_run(tx: Connection, event_id: int, no: int, device: bytes, run: bytes) -> None:
    """Give a run its number."""
    tx.execute(fact_runs.insert().values(event_id=event_id, no=no, device=device, run=run))


StatementNumbers = tuple[int, int, int, bytes, bytes, int]


def statement_rows(tx: Connection, event_id: int, nos: Sequence[int]) -> dict[int, StatementNumbers]:
    """Number -> (no, run no, number, digest, cause, time)."""
    found: dict[int, StatementNumbers] = {}
    for at in range(0, len(nos), 500):
        query = select(*_STATEMENT).where(
            fact_statements.c.event_id == event_id, fact_statements.c.no.in_(list(nos[at : at + 500]))
        )
        found.update((row[0], (row[0], row[1], row[2], row[3], row[4], row[5])) for row in tx.execute(query))
    return found


_STATEMENT = (
    fact_statements.c.no,
    fact_statements.c.run_no,
    fact_statements.c.number,
    fact_statements.c.digest,
    fact_statements.c.cause,
    fact_statements.c.time_ms,
)


def statement_nos(tx: Connection, event_id: int, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Digest -> number of statements that have one."""
    found: dict[bytes, int] = {}
    for at in range(0, len(digests), 500):
        query = select(fact_statements.c.digest, fact_statements.c.no).where(
            fact_statements.c.event_id == event_id, fact_statements.c.digest.in_(list(digests[at : at + 500]))
        )
        found.update((row.digest, row.no) for row in tx.execute(query))
    return found


def last_statement_no(tx: Connection, event_id: int) -> int:
    """The highest number given out."""
    query = select(func.coalesce(func.max(fact_statements.c.no), 0)).where(fact_statements.c.event_id == event_id)
    return int(tx.execute(query).scalar_one())


def add_statements(tx: Connection, event_id: int, new: Sequence[StatementNumbers]) -> None:
    """Give statements their numbers."""
    names = ("no", "run_no", "number", "digest", "cause", "time_ms")
    if new:
        tx.execute(
            fact_statements.insert(), [{"event_id": event_id, **dict(zip(names, row, strict=True))} for row in new]
        )


# --- the event as a whole -------------------------------------------------------------------------


def event_fact_rows(tx: Connection, event_id: int) -> tuple[bytes, ...]:
    """Packed facts about the event."""
    return tuple(tx.execute(select(event_facts.c.fact).where(event_facts.c.event_id == event_id)).scalars())


def add_event_facts(tx: Connection, event_id: int, new: Sequence[tuple[bytes, bytes]]) -> None:
    """Keep (digest, packed fact)."""
    values = [{"event_id": event_id, "digest": digest, "fact": fact} for digest, fact in new]
    rows.add_missing(tx, event_facts, ("event_id", "digest"), values)


def projected(tx: Connection, event_id: int) -> int:
    """Position up to which entries are folded."""
    query = select(projections.c.position).where(projections.c.event_id == event_id)
    return tx.execute(query).scalar_one_or_none() or 0


def set_projected(tx: Connection, event_id: int, position: int) -> None:
    """Move on."""
    rows.put(tx, projections, ("event_id",), [{"event_id": event_id, "position": position}])


def all_fact_digests(tx: Connection, event_id: int) -> set[bytes]:
    """Digests of uses and statements that are folded, with or without their bytes."""
    of_uses = select(uses.c.digest).where(uses.c.event_id == event_id)
    of_statements = select(fact_statements.c.digest).where(fact_statements.c.event_id == event_id)
    return {*tx.execute(of_uses).scalars(), *tx.execute(of_statements).scalars()}


# --- for snapshots --------------------------------------------------------------------------------


def packed_rows(tx: Connection, event_id: int) -> Iterator[tuple[TicketId, bytes]]:
    """Every ticket with its packed facts, streamed."""
    query = select(tickets.c.ticket, tickets.c.facts).where(tickets.c.event_id == event_id)
    for row in tx.execution_options(yield_per=5_000).execute(query):
        yield row.ticket, row.facts


def all_codes(tx: Connection, event_id: int) -> list[tuple[CodeHash, TicketId]]:
    """(code hash, ticket) of all codes, past ones too."""
    query = select(ticket_codes.c.code_hash, ticket_codes.c.ticket).where(ticket_codes.c.event_id == event_id)
    return [(row.code_hash, row.ticket) for row in tx.execute(query)]


def all_statements(tx: Connection, event_id: int) -> list[StatementNumbers]:
    """Every numbered statement."""
    query = select(*_STATEMENT).where(fact_statements.c.event_id == event_id).order_by(fact_statements.c.no)
    return [(r[0], r[1], r[2], r[3], r[4], r[5]) for r in tx.execute(query)]


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
