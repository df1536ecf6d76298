"""SQL of buyers' accounts: addresses, links in mails, sign-ins."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from syncserver.db.tables_buyers import buyer_links, buyer_sign_ins, buyers
from syncserver.db.tables_event import events
from syncserver.db.tables_shop import orders
from syncserver.stores.unique import insert_ignoring


@dataclass(frozen=True, slots=True)
class BuyerRow:
    """An account. `key`: whose baskets and orders, where a browser has the hash of its cookie."""

    id: int
    key: bytes
    mail: str
    mail_key: str
    password: str | None


@dataclass(frozen=True, slots=True)
class SignInRow:
    """A cookie that is signed in: whose, when it was seen last, when the address was proved in this browser."""

    buyer: BuyerRow
    seen_ms: int
    proved_ms: int | None


@dataclass(frozen=True, slots=True)
class ShownSignIn:
    """One of an account's sign-ins, for its owner."""

    token_hash: bytes
    device: str | None
    made_ms: int
    seen_ms: int


@dataclass(frozen=True, slots=True)
class NewLink:
    """What is stored of a new link."""

    event_id: int
    uid: bytes
    link_hash: bytes
    mail: str
    mail_key: str
    language: str
    message_id: str
    made_ms: int
    expires_ms: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link that was asked for."""

    id: int
    event_id: int
    uid: bytes
    mail: str
    language: str
    message_id: str
    expires_ms: int
    sent_ms: int | None
    used_ms: int | None


_BUYER = [buyers.c[name] for name in BuyerRow.__dataclass_fields__]
_LINK = [buyer_links.c[name] for name in LinkRow.__dataclass_fields__]


def find_or_make(tx: Connection, key: bytes, mail: str, now_ms: int) -> BuyerRow:
    """The account of an address; `key` is taken if there was none."""
    insert_ignoring(tx, buyers, {"key": key, "mail": mail, "mail_key": mail.lower(), "made_ms": now_ms})
    return BuyerRow(**tx.execute(select(*_BUYER).where(buyers.c.mail_key == mail.lower())).one()._asdict())


def by_mail(tx: Connection, mail_key: str) -> BuyerRow | None:
    """The account of an address, if there is one."""
    row = tx.execute(select(*_BUYER).where(buyers.c.mail_key == mail_key)).first()
    return None if row is None else BuyerRow(**row._asdict())


def locked(tx: Connection, mail_key: str) -> BuyerRow | None:
    """The same, and until commit nobody else changes its password or is signed in by it."""
    row = tx.execute(select(*_BUYER).where(buyers.c.mail_key == mail_key).with_for_update()).first()
    return None if row is None else BuyerRow(**row._asdict())


def set_password(tx: Connection, buyer_id: int, password: str | None) -> None:
    """What is kept of a password; None for none."""
    tx.execute(update(buyers).where(buyers.c.id == buyer_id).values(password=password))


def orders_by_event(tx: Connection, mail_key: str) -> dict[int, int]:
    """How many orders an address has in each event that it has any in."""
    # Through the events, since that is how the index on the address begins.
    mine = and_(orders.c.event_id == events.c.id, orders.c.mail_key == mail_key)
    rows = tx.execute(select(events.c.id, func.count()).join(orders, mine).group_by(events.c.id))
    return {row[0]: row[1] for row in rows}


def add_link(tx: Connection, link: NewLink) -> int:
    """A link that a mail will carry; its number."""
    return int(tx.execute(insert(buyer_links).values(**asdict(link)).returning(buyer_links.c.id)).scalar_one())


def link(tx: Connection, link_id: int) -> LinkRow | None:
    """One link by its number; None once it is forgotten."""
    row = tx.execute(select(*_LINK).where(buyer_links.c.id == link_id)).first()
    return None if row is None else LinkRow(**row._asdict())


def open_link(tx: Connection, link_hash: bytes, now_ms: int) -> LinkRow | None:
    """The link, while it may be used."""
    row = tx.execute(select(*_LINK).where(_is_open(link_hash, now_ms))).first()
    return None if row is None else LinkRow(**row._asdict())


def use_link(tx: Connection, link_hash: bytes, now_ms: int) -> LinkRow | None:
    """Use the link up; None where another was faster, or its time is over."""
    used = update(buyer_links).where(_is_open(link_hash, now_ms)).values(used_ms=now_ms).returning(*_LINK)
    row = tx.execute(used).first()
    return None if row is None else LinkRow(**row._asdict())


def _is_open(link_hash: bytes, now_ms: int) -> ColumnElement[bool]:
    mine, unused = buyer_links.c.link_hash == link_hash, buyer_links.c.used_ms.is_(None)
    return and_(mine, unused, buyer_links.c.expires_ms > now_ms)


def end_links(tx: Connection, mail_key: str, now_ms: int) -> None:
    """Links to this address that are still open are used up: one of them was."""
    mine = (buyer_links.c.mail_key == mail_key) & buyer_links.c.used_ms.is_(None)
    tx.execute(update(buyer_links).where(mine).values(used_ms=now_ms))


def sent(tx: Connection, link_id: int, now_ms: int) -> None:
    """A mail server has taken it."""
    tx.execute(update(buyer_links).where(buyer_links.c.id == link_id).values(sent_ms=now_ms))


def keep_sign_in(
    tx: Connection, token_hash: bytes, buyer_id: int, times: tuple[int, int], proved_ms: int | None, device: str
) -> None:
    """This cookie is signed in, from the first of the times until the second."""
    row = {"token_hash": token_hash, "buyer_id": buyer_id, "made_ms": times[0], "seen_ms": times[0], "device": device}
    tx.execute(insert(buyer_sign_ins).values(**row, expires_ms=times[1], proved_ms=proved_ms))


def signed_in(tx: Connection, token_hash: bytes, now_ms: int, idle_ms: int) -> SignInRow | None:
    """Whose cookie it is, unless it is over."""
    alive = (buyer_sign_ins.c.expires_ms > now_ms) & (buyer_sign_ins.c.seen_ms > now_ms - idle_ms)
    row = tx.execute(
        select(*_BUYER, buyer_sign_ins.c.seen_ms, buyer_sign_ins.c.proved_ms)
        .join(buyer_sign_ins, buyer_sign_ins.c.buyer_id == buyers.c.id)
        .where(buyer_sign_ins.c.token_hash == token_hash, alive)
    ).first()
    if row is None:
        return None
    return SignInRow(BuyerRow(row.id, row.key, row.mail, row.mail_key, row.password), row.seen_ms, row.proved_ms)


def is_signed_in(tx: Connection, token_hash: bytes) -> bool:
    """Whether this sign-in has not been ended."""
    mine = buyer_sign_ins.c.token_hash == token_hash
    return tx.execute(select(buyer_sign_ins.c.buyer_id).where(mine)).first() is not None


def seen(tx: Connection, token_hash: bytes, now_ms: int) -> None:
    """It was used just now."""
    mine = buyer_sign_ins.c.token_hash == token_hash
    tx.execute(update(buyer_sign_ins).where(mine).values(seen_ms=now_ms))


def sign_ins(tx: Connection, buyer_id: int, now_ms: int, idle_ms: int) -> list[ShownSignIn]:
    """Where an account is signed in, the latest seen first."""
    c = buyer_sign_ins.c
    alive = (c.buyer_id == buyer_id) & (c.expires_ms > now_ms) & (c.seen_ms > now_ms - idle_ms)
    wanted = select(c.token_hash, c.device, c.made_ms, c.seen_ms).where(alive).order_by(c.seen_ms.desc(), c.made_ms)
    return [ShownSignIn(*row) for row in tx.execute(wanted)]


def sign_out(tx: Connection, token_hash: bytes) -> bool:
    """Forget one sign-in; False if it was over."""
    return tx.execute(delete(buyer_sign_ins).where(buyer_sign_ins.c.token_hash == token_hash)).rowcount == 1


def sign_out_one(tx: Connection, buyer_id: int, token_hash: bytes) -> bool:
    """Forget one sign-in of this account; False if it has no such one."""
    mine = (buyer_sign_ins.c.token_hash == token_hash) & (buyer_sign_ins.c.buyer_id == buyer_id)
    return tx.execute(delete(buyer_sign_ins).where(mine)).rowcount == 1


def sign_out_everywhere(tx: Connection, buyer_id: int) -> None:
    """Forget all sign-ins of an account."""
    tx.execute(delete(buyer_sign_ins).where(buyer_sign_ins.c.buyer_id == buyer_id))


def sign_all_out(tx: Connection, buyer_id: int | None) -> int:
    """Forget the sign-ins of one account, or of all; how many they were."""
    gone = delete(buyer_sign_ins)
    return tx.execute(gone if buyer_id is None else gone.where(buyer_sign_ins.c.buyer_id == buyer_id)).rowcount


def forget_old(tx: Connection, links_before_ms: int, now_ms: int) -> None:
    """Drop links made before, and sign-ins that are over."""
    tx.execute(delete(buyer_links).where(buyer_links.c.made_ms < links_before_ms))
    tx.execute(delete(buyer_sign_ins).where(buyer_sign_ins.c.expires_ms <= now_ms))
