"""SQL of passkeys: the keys of accounts, and the challenges they are asked to sign."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from syncserver.db.tables_buyers import buyer_challenges, buyer_passkeys, buyers
from syncserver.stores.buyers import BuyerRow
from syncserver.stores.unique import insert_ignoring


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is stored of a new passkey."""

    buyer_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_ms: int


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey of an account."""

    id: int
    buyer_id: int
    credential_id: bytes
    public_key: bytes
    sign_count: int
    name: str
    made_ms: int
    used_ms: int | None


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """What one browser was given to have signed."""

    challenge_hash: bytes
    browser_hash: bytes
    purpose: str
    expires_ms: int


SWEPT_MAX = 100

_PASSKEY = [buyer_passkeys.c[name] for name in PasskeyRow.__dataclass_fields__]
_BUYER = [buyers.c[name] for name in BuyerRow.__dataclass_fields__]


def of_buyer(tx: Connection, buyer_id: int) -> list[PasskeyRow]:
    """The passkeys of an account, the oldest first."""
    mine = select(*_PASSKEY).where(buyer_passkeys.c.buyer_id == buyer_id).order_by(buyer_passkeys.c.id)
    return [PasskeyRow(**row._asdict()) for row in tx.execute(mine)]


def count(tx: Connection, buyer_id: int) -> int:
    """How many an account has; whoever adds one waits here for others who do, until commit."""
    tx.execute(select(buyers.c.id).where(buyers.c.id == buyer_id).with_for_update())
    mine = buyer_passkeys.c.buyer_id == buyer_id
    return int(tx.execute(select(func.count()).select_from(buyer_passkeys).where(mine)).scalar_one())


def find(tx: Connection, credential_id: bytes) -> PasskeyRow | None:
    """The passkey with this name of its maker's."""
    row = tx.execute(select(*_PASSKEY).where(buyer_passkeys.c.credential_id == credential_id)).first()
    return None if row is None else PasskeyRow(**row._asdict())


def owner(tx: Connection, buyer_id: int) -> BuyerRow:
    """The account of a passkey."""
    return BuyerRow(**tx.execute(select(*_BUYER).where(buyers.c.id == buyer_id)).one()._asdict())


def add(tx: Connection, new: NewPasskey) -> bool:
    """Keep a passkey; False if there is one of that name, of this account or another."""
    return insert_ignoring(tx, buyer_passkeys, asdict(new))


def used(tx: Connection, passkey_id: int, sign_count: int, now_ms: int) -> bool:
    """It has signed; False if its count did not rise, as with a copy, or if it is gone."""
    c = buyer_passkeys.c
    rises = c.sign_count < sign_count if sign_count else c.sign_count == 0
    mine = update(buyer_passkeys).where(c.id == passkey_id, rises)
    return tx.execute(mine.values(sign_count=sign_count, used_ms=now_ms)).rowcount == 1


def remove(tx: Connection, buyer_id: int, passkey_id: int) -> bool:
    """Forget a passkey of this account; False if it has no such one."""
    mine = (buyer_passkeys.c.id == passkey_id) & (buyer_passkeys.c.buyer_id == buyer_id)
    return tx.execute(delete(buyer_passkeys).where(mine)).rowcount == 1


def keep_challenge(tx: Connection, new: ChallengeRow, open_max: int, now_ms: int) -> None:
    """Remember what a browser is to have signed. Of its own, those beyond `open_max` go; and some that are over."""
    c = buyer_challenges.c
    newest = select(c.challenge_hash).where(c.browser_hash == new.browser_hash).order_by(c.expires_ms.desc())
    kept = list(tx.scalars(newest.limit(open_max - 1)))
    tx.execute(delete(buyer_challenges).where(c.browser_hash == new.browser_hash, c.challenge_hash.not_in(kept)))
    # Two that clean up at once must not wait for each other.
    over = select(c.challenge_hash).where(c.expires_ms <= now_ms).limit(SWEPT_MAX).with_for_update(skip_locked=True)
    tx.execute(delete(buyer_challenges).where(c.challenge_hash.in_(over)))
    tx.execute(insert(buyer_challenges).values(**asdict(new)))


def use_challenge(tx: Connection, challenge_hash: bytes, browser_hash: bytes, purpose: str, now_ms: int) -> bool:
    """Use a challenge up; False if it is none of this browser's and purpose's, is over, or another was faster."""
    c = buyer_challenges.c
    mine = and_(c.challenge_hash == challenge_hash, c.browser_hash == browser_hash, c.purpose == purpose)
    return tx.execute(delete(buyer_challenges).where(mine, c.expires_ms > now_ms)).rowcount == 1
