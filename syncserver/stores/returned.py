"""SQL of what kiosks gave back after a restore: our own statements, the tickets and devices they speak of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select

from syncserver.db.tables_shop import holders
from syncserver.db.tables_sync import devices, rejected, returned_statements, returned_tickets, tickets
from syncserver.stores import rows
from syncserver.stores.conflicts import open_count


def add_statements(tx: Connection, event_id: int, back: Sequence[tuple[bytes, int]], now_ms: int) -> None:
    """Note (digest, kind) of statements that came back; each counts once."""
    new = [{"event_id": event_id, "digest": digest, "kind": kind, "returned_ms": now_ms} for digest, kind in back]
    rows.add_missing(tx, returned_statements, ("event_id", "digest"), new)


def add_tickets(tx: Connection, event_id: int, back: Sequence[tuple[bytes, bytes]], now_ms: int) -> None:
    """Note (ticket, digest of the statement) of tickets whose issue came back."""
    new = [{"event_id": event_id, "ticket": one, "digest": digest, "returned_ms": now_ms} for one, digest in back]
    rows.add_missing(tx, returned_tickets, ("event_id", "ticket"), new)


@dataclass(frozen=True, slots=True)
class OrderlessTicket:
    """A ticket that came back and that no order here made. `used`: how often its ticket product was."""

    ticket: bytes
    product_no: int | None
    used: int
    returned_ms: int


def tickets_without_order(tx: Connection, event_id: int, after: bytes, limit: int) -> tuple[OrderlessTicket, ...]:
    """Those behind a ticket id, by id."""
    of_ticket = (tickets.c.event_id == returned_tickets.c.event_id) & (tickets.c.ticket == returned_tickets.c.ticket)
    wanted = (
        select(
            returned_tickets.c.ticket,
            tickets.c.product_no,
            func.coalesce(tickets.c.admissions, 0).label("used"),
            returned_tickets.c.returned_ms,
        )
        .outerjoin(tickets, of_ticket)
        .where(_is_orderless(event_id), returned_tickets.c.ticket > after)
        .order_by(returned_tickets.c.ticket)
        .limit(limit)
    )
    return tuple(OrderlessTicket(**row._asdict()) for row in tx.execute(wanted))


def _is_orderless(event_id: int) -> ColumnElement[bool]:
    ordered = exists().where(
        holders.c.event_id == returned_tickets.c.event_id, holders.c.ticket == returned_tickets.c.ticket
    )
    return (returned_tickets.c.event_id == event_id) & ~ordered


@dataclass(frozen=True, slots=True)
class FlagCounts:
    """How much of each there is."""

    tickets_without_order: int
    returned_statements: int
    tray: int
    conflicts: int


def counts(tx: Connection, event_id: int) -> FlagCounts:
    """What people should look at, counted."""

    def count(wanted: Select[int]) -> int:
        return int(tx.execute(wanted).scalar_one())

    return FlagCounts(
        tickets_without_order=count(select(func.count()).select_from(returned_tickets).where(_is_orderless(event_id))),
        returned_statements=count(select(func.count()).where(returned_statements.c.event_id == event_id)),
        tray=count(select(func.count()).where(rejected.c.event_id == event_id)),
        conflicts=open_count(tx, event_id),
    )


def returned_devices(tx: Connection, event_id: int) -> tuple[str, ...]:
    """Names of devices whose statement in force came back."""
    same = (returned_statements.c.event_id == devices.c.event_id) & (
        returned_statements.c.digest == devices.c.statement
    )
    wanted = select(devices.c.name).join(returned_statements, same)
    found = tx.execute(wanted.where(devices.c.event_id == event_id, devices.c.is_server.is_(False)))
    return tuple(sorted(found.scalars()))


def unremembered_devices(tx: Connection, event_id: int) -> tuple[str, ...]:
    """Names of devices that proved themselves by their certificate alone."""
    mine = (devices.c.event_id == event_id, devices.c.is_remembered.is_(False), devices.c.is_server.is_(False))
    return tuple(sorted(tx.execute(select(devices.c.name).where(*mine)).scalars()))


def devices_returned(tx: Connection, event_id: int) -> dict[bytes, int]:
    """Device -> since when it is known again, of devices whose statement in force came back after a restore."""
    same = (returned_statements.c.event_id == devices.c.event_id) & (
        returned_statements.c.digest == devices.c.statement
    )
    wanted = select(devices.c.device, returned_statements.c.returned_ms).join(returned_statements, same)
    found = tx.execute(wanted.where(devices.c.event_id == event_id, devices.c.is_server.is_(False)))
    return {row.device: row.returned_ms for row in found}


def returned_of_ticket(tx: Connection, event_id: int, ticket: bytes) -> int | None:
    """When the ticket's issue came back after a restore, if it did."""
    c = returned_tickets.c
    query = select(c.returned_ms).where(c.event_id == event_id, c.ticket == ticket)
    return tx.execute(query).scalar_one_or_none()
