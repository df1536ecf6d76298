"""Passkeys of buyers' accounts: signing in with one, showing once more who one is, adding and removing.

A challenge is for one browser and one purpose, for five minutes, and gone with the first answer, good or bad. Signing
in asks for no address: the device knows whose passkey it is, so nothing can be learnt about anybody's account.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import StrEnum

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services import passkeys
from syncserver.services.buyer_notices import Notice, ask_notice
from syncserver.services.buyers import Buyers, SignedIn, Way
from syncserver.services.catalogue import Catalogue
from syncserver.services.passkeys import BadAnswer, Made, MadeKey, RelyingParty, Signed
from syncserver.services.rates import Limit
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.visitors import Buyer, Visitor, Visitors
from syncserver.stores import buyers as buyer_store
from syncserver.stores import passkeys as store

log = structlog.get_logger(__name__)

CHALLENGE_MS = 5 * 60_000
OPEN_PER_BROWSER_MAX = 5
PASSKEYS_MAX = 10
NAME_CHARACTERS_MAX = 40
CHANGES = Limit("passkey-change", 20, 15 * 60)  # of one account


class Purpose(StrEnum):
    """What an answer to a challenge may be used for."""

    SIGN_IN = "sign_in"
    PROVE = "prove"  # signed in already, and asked to show once more who one is
    ADD = "add"


@dataclass(frozen=True, slots=True)
class ShownPasskey:
    """A passkey in the list of its account."""

    id: int
    name: str
    made_ms: int
    used_ms: int | None


class BuyerPasskeys:
    """Use cases of passkeys. `party` None: at this address no browser makes any, and there are none."""

    def __init__(
        self, db: Database, clock: Clock, party: RelyingParty | None, accounts: tuple[Buyers, Visitors]
    ) -> None:
        self._db, self._clock, self.party = db, clock, party
        self._buyers, self._visitors = accounts

    def shown(self, buyer: Buyer) -> tuple[ShownPasskey, ...]:
        """The account's passkeys, the oldest first."""
        with self._db.read() as tx:
            rows = store.of_buyer(tx, buyer.id)
        return tuple(ShownPasskey(row.id, row.name, row.made_ms, row.used_ms) for row in rows)

    def ask(self, purpose: Purpose, visitor: Visitor, shop_name: str) -> str:
        """What the browser is to ask the device for, as JSON. Raises CannotBuy."""
        party, buyer = self._party(), visitor.buyer
        have: tuple[bytes, ...] = ()
        if purpose is not Purpose.SIGN_IN:
            if buyer is None or (purpose is Purpose.ADD and not buyer.is_fresh(self._clock.now_ms())):
                raise CannotBuy(Reason.PROVE_FIRST)
            have = self._credential_ids(buyer)
        challenge = self._draw(purpose, visitor)
        if purpose is Purpose.ADD and buyer is not None:
            account = (visitor.hash, buyer.mail)
            return passkeys.ask_to_make(party, challenge, account, shop_name, have, CHALLENGE_MS)
        return passkeys.ask_to_sign(party, challenge, have, CHALLENGE_MS)

    def sign_in(self, visitor: Visitor, answer: str) -> SignedIn:
        """Sign the browser in to the account whose passkey signed. Raises CannotBuy."""
        return self._signed(Purpose.SIGN_IN, visitor, answer)

    def prove(self, visitor: Visitor, answer: str) -> SignedIn:
        """Show once more who one is; the browser gets another cookie. Raises CannotBuy."""
        return self._signed(Purpose.PROVE, visitor, answer)

    def add(self, shop: Catalogue, visitor: Visitor, answer: str, name: str) -> None:
        """One more passkey for the account; its owner is told by mail. Raises CannotBuy."""
        buyer = self._fresh(visitor)
        made = self._parsed_made(answer)
        self._use(made.challenge, Purpose.ADD, visitor)
        try:
            key = passkeys.check_made(self._party(), made)
        except BadAnswer as fault:
            raise _refused(Purpose.ADD, fault) from fault
        self._count_change(buyer)
        with self._db.write() as tx:
            self._keep(tx, visitor, buyer, key, name)
            ask_notice(tx, shop, buyer.id, Notice.PASSKEY_ADDED, self._clock.now_ms())
        log.info("buyer_passkey_added", buyer=buyer.id)

    def remove(self, shop: Catalogue, visitor: Visitor, passkey_id: int) -> Visitor:
        """One passkey less: its owner is told by mail, and all other browsers are signed out. Raises CannotBuy."""
        buyer = self._fresh(visitor)
        self._count_change(buyer)
        with self._db.write() as tx:
            if not store.remove(tx, buyer.id, passkey_id):
                return visitor
            ask_notice(tx, shop, buyer.id, Notice.PASSKEY_REMOVED, self._clock.now_ms())
            alone = self._visitors.sign_in_alone(tx, visitor)
        log.info("buyer_passkey_removed", buyer=buyer.id)
        return alone

    def _keep(self, tx: Connection, visitor: Visitor, buyer: Buyer, key: MadeKey, name: str) -> None:
        have = store.count(tx, buyer.id)
        if not buyer_store.is_signed_in(tx, visitor.token_hash):  # signed out while the device was asked
            raise CannotBuy(Reason.PROVE_FIRST)
        if have >= PASSKEYS_MAX:
            raise CannotBuy(Reason.PASSKEYS_FULL, limit=PASSKEYS_MAX)
        now_ms, named = self._clock.now_ms(), name or f"#{have + 1}"
        new = store.NewPasskey(buyer.id, key.credential_id, key.public_key, key.sign_count, named, now_ms)
        if not store.add(tx, new):
            raise CannotBuy(Reason.PASSKEY_TWICE)

    def _signed(self, purpose: Purpose, visitor: Visitor, answer: str) -> SignedIn:
        signed = self._parsed_signed(purpose, answer)
        self._use(signed.challenge, purpose, visitor)
        now_ms = self._clock.now_ms()
        try:
            with self._db.write() as tx:
                owner = self._owner(tx, visitor if purpose is Purpose.PROVE else None, signed, now_ms)
                return self._buyers.sign_in(tx, owner, visitor, Way.PASSKEY, now_ms)
        except BadAnswer as fault:
            raise _refused(purpose, fault) from fault

    def _owner(self, tx: Connection, only: Visitor | None, signed: Signed, now_ms: int) -> buyer_store.BuyerRow:
        """Whose passkey signed; with `only`, nobody but who is signed in there. Raises BadAnswer."""
        found = store.find(tx, signed.credential_id)
        if found is None:
            raise BadAnswer("a passkey that is not known here")
        owner = store.owner(tx, found.buyer_id)
        if signed.handle != passkeys.handle_of(owner.key) or (only is not None and only.hash != owner.key):
            raise BadAnswer("a passkey of another account")
        count = passkeys.check_signed(self._party(), signed, found.public_key, found.sign_count)
        if not store.used(tx, found.id, count, now_ms):
            raise BadAnswer("a passkey whose count was there before")
        return owner

    def _draw(self, purpose: Purpose, visitor: Visitor) -> bytes:
        challenge, now_ms = secrets.token_bytes(passkeys.CHALLENGE_BYTES), self._clock.now_ms()
        hashed = passkeys.challenge_hash(challenge)
        new = store.ChallengeRow(hashed, visitor.token_hash, purpose.value, now_ms + CHALLENGE_MS)
        with self._db.write() as tx:
            store.keep_challenge(tx, new, OPEN_PER_BROWSER_MAX, now_ms)
        return challenge

    def _use(self, challenge: bytes, purpose: Purpose, visitor: Visitor) -> None:
        """Committed before anything else is looked at, so that no answer is tried twice."""
        hashed, now_ms = passkeys.challenge_hash(challenge), self._clock.now_ms()
        with self._db.write() as tx:
            is_ours = store.use_challenge(tx, hashed, visitor.token_hash, purpose.value, now_ms)
        if not is_ours:
            raise _refused(purpose, BadAnswer("an answer to no challenge of this browser"))

    def _fresh(self, visitor: Visitor) -> Buyer:
        if visitor.buyer is None or not visitor.buyer.is_fresh(self._clock.now_ms()):
            raise CannotBuy(Reason.PROVE_FIRST)
        return visitor.buyer

    def _count_change(self, buyer: Buyer) -> None:
        if not self._visitors.is_within(CHANGES, str(buyer.id)):
            raise CannotBuy(Reason.TOO_MANY_REQUESTS, limit=self._visitors.again_s(CHANGES))

    def _party(self) -> RelyingParty:
        if self.party is None:
            raise CannotBuy(Reason.PASSKEY_WRONG)
        return self.party

    def _credential_ids(self, buyer: Buyer) -> tuple[bytes, ...]:
        with self._db.read() as tx:
            return tuple(row.credential_id for row in store.of_buyer(tx, buyer.id))

    @staticmethod
    def _parsed_made(answer: str) -> Made:
        try:
            return passkeys.parse_made(answer)
        except BadAnswer as fault:
            raise _refused(Purpose.ADD, fault) from fault

    @staticmethod
    def _parsed_signed(purpose: Purpose, answer: str) -> Signed:
        try:
            return passkeys.parse_signed(answer)
        except BadAnswer as fault:
            raise _refused(purpose, fault) from fault


def _refused(purpose: Purpose, fault: BadAnswer) -> CannotBuy:
    log.info("buyer_sign_in_refused", way=Way.PASSKEY.value, purpose=purpose.value, why=str(fault))
    return CannotBuy(Reason.PASSKEY_WRONG)
