"""SQL of what is put right in an order after the purchase."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from syncserver.db.tables_shop import holders, lost_mails, mail_changes, order_notes, order_positions, orders
from syncserver.db.tables_sync import uses
from syncserver.stores import holder_words
from syncserver.stores.prepared import Prepared


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One thing that was put right."""

    kind: str
    who: str
    ticket: bytes | None
    made_ms: int


def add_note(tx: Connection, event_id: int, order_id: int, note: NoteRow) -> None:
    """Write it into the order's line of time."""
    tx.execute(insert(order_notes).values(event_id=event_id, order_id=order_id, **asdict(note)))


def notes_of(tx: Connection, order_id: int) -> tuple[NoteRow, ...]:
    """What was put right in an order, oldest first."""
    return tuple(NoteRow(*row) for row in _NOTES(tx, order_id=order_id))


_NOTES = Prepared(
    lambda order_id: (
        select(*(order_notes.c[name] for name in NoteRow.__dataclass_fields__))
        .where(order_notes.c.order_id == order_id)
        .order_by(order_notes.c.id)
    )
)


def rename_holder(tx: Connection, event_id: int, ticket: bytes, name: str) -> None:
    """The ticket is for somebody of this name, and is found by it."""
    mine = (holders.c.event_id == event_id) & (holders.c.ticket == ticket)
    tx.execute(update(holders).where(mine).values(name=name))
    holder_words.forget(tx, event_id, ticket)
    holder_words.add(tx, event_id, [(ticket, name)])


def set_language(tx: Connection, event_id: int, ticket: bytes, language: str) -> None:
    """The ticket speaks this language from now on."""
    mine = (holders.c.event_id == event_id) & (holders.c.ticket == ticket)
    tx.execute(update(holders).where(mine).values(language=language))


def set_gate_note(tx: Connection, event_id: int, ticket: bytes, note: str) -> None:
    """What whoever scans the pass is told beside the verdict."""
    mine = (holders.c.event_id == event_id) & (holders.c.ticket == ticket)
    tx.execute(update(holders).where(mine).values(gate_note=note))


def set_variant(tx: Connection, order_id: int, place: int, variant_key: str) -> None:
    """The position is of this variant from now on."""
    mine = (order_positions.c.order_id == order_id) & (order_positions.c.place == place)
    tx.execute(update(order_positions).where(mine).values(variant_key=variant_key))


def set_mail(tx: Connection, order_id: int, mail: str) -> None:
    """Mails about the order go there from now on."""
    tx.execute(update(orders).where(orders.c.id == order_id).values(mail=mail, mail_key=mail.lower()))


@dataclass(frozen=True, slots=True)
class NewMailChange:
    """A new address, to be confirmed by whoever reads there."""

    event_id: int
    order_id: int
    uid: bytes
    token_hash: bytes
    old_mail: str
    new_mail: str
    asked_ms: int


@dataclass(frozen=True, slots=True)
class MailChangeRow:
    """The same as it is stored."""

    id: int
    event_id: int
    order_id: int
    uid: bytes
    old_mail: str
    new_mail: str
    asked_ms: int
    done_ms: int | None


_CHANGE = [mail_changes.c[name] for name in MailChangeRow.__dataclass_fields__]


def add_mail_change(tx: Connection, new: NewMailChange, done_ms: int | None = None) -> int:
    """Store it; its number."""
    return int(
        tx.execute(
            insert(mail_changes).values(**asdict(new), done_ms=done_ms).returning(mail_changes.c.id)
        ).scalar_one()
    )


def mail_change(tx: Connection, change_id: int) -> MailChangeRow:
    """One change of address."""
    return MailChangeRow(**tx.execute(select(*_CHANGE).where(mail_changes.c.id == change_id)).one()._asdict())


def mail_change_of(tx: Connection, token_hash: bytes) -> MailChangeRow | None:
    """The change whose confirmation this is."""
    row = tx.execute(select(*_CHANGE).where(mail_changes.c.token_hash == token_hash)).first()
    return None if row is None else MailChangeRow(**row._asdict())


def newest_mail_change(tx: Connection, order_id: int) -> int | None:
    """The number of the order's newest change of address: an older one is no longer to be confirmed."""
    found: int | None = tx.execute(
        select(func.max(mail_changes.c.id)).where(mail_changes.c.order_id == order_id)
    ).scalar_one()
    return found


def mail_changed(tx: Connection, change_id: int, now_ms: int) -> None:
    """It was confirmed."""
    tx.execute(update(mail_changes).where(mail_changes.c.id == change_id).values(done_ms=now_ms))


def add_lost_mail(tx: Connection, event_id: int, mail_key: str, now_ms: int) -> int:
    """Somebody asks for the links of an address; the request's number."""
    row = {"event_id": event_id, "mail_key": mail_key, "asked_ms": now_ms}
    return int(tx.execute(insert(lost_mails).values(**row).returning(lost_mails.c.id)).scalar_one())


def take_lost_mail(tx: Connection, lost_id: int) -> tuple[int, str] | None:
    """(event, address) of a request, which is then forgotten; None if it was taken before."""
    gone = delete(lost_mails).where(lost_mails.c.id == lost_id).returning(lost_mails.c.event_id, lost_mails.c.mail_key)
    row = tx.execute(gone).first()
    return None if row is None else (row.event_id, row.mail_key)


@dataclass(frozen=True, slots=True)
class UseRow:
    """A use of a ticket as its buyer may know it."""

    ticket: bytes
    kind: int
    product_no: int
    quantity: int
    time_ms: int


def uses_of(tx: Connection, event_id: int, tickets: list[bytes], limit: int) -> tuple[UseRow, ...]:
    """Uses of these tickets that count, the newest first."""
    rows = _USES(tx, event_id=event_id, tickets=tickets, most=limit) if tickets else ()
    return tuple(UseRow(*row) for row in rows)


_USES = Prepared(
    lambda event_id, tickets, most: (
        select(*(uses.c[name] for name in UseRow.__dataclass_fields__))
        .where(uses.c.event_id == event_id, uses.c.ticket.in_(tickets), uses.c.state == "counted")
        .order_by(uses.c.time_ms.desc())
        .limit(most)
    )
)
