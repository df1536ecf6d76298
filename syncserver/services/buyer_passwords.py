"""An optional password for a buyer's account. A link by mail goes on working, so a lost password needs nothing else.

A password is set, changed or removed only by whoever has just proved the address (pressed a link within 15 minutes) or
gives the one there is: a browser left signed in is not enough. Every other browser is signed out then.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.buyer_notices import Notice, ask_notice
from syncserver.services.buyers import Buyers, SignedIn, Way
from syncserver.services.catalogue import Catalogue
from syncserver.services.common_passwords import is_common, is_guessable
from syncserver.services.mail_address import mail_address
from syncserver.services.passwords import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    Passwords,
    TooManyAtOnce,
)
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.services.sign_in_tries import SignInTries, TooManyTries
from syncserver.services.visitors import Buyer, Visitor, Visitors
from syncserver.stores import buyers as store

log = structlog.get_logger(__name__)


class BuyerPasswords:
    """Signing in with a password, and setting one."""

    def __init__(self, db: Database, clock: Clock, secret: bytes, buyers: Buyers, visitors: Visitors) -> None:
        self._db, self._clock, self._buyers, self._visitors = db, clock, buyers, visitors
        self._tries = SignInTries(db, clock, secret, "buyer")
        self._passwords = Passwords()

    def sign_in(self, text: str, password: str, network: str, visitor: Visitor) -> SignedIn:
        """Sign the browser in. Raises CannotBuy, and takes as long for an address that has no account."""
        mail_key = (mail_address(text) or "").lower()
        with _as_cannot_buy():
            self._tries.count(mail_key, network, None)
        with self._db.read() as tx:
            found = store.by_mail(tx, mail_key)
        if not self._matches(found, password) or found is None:
            log.info("buyer_sign_in_refused", way="password", buyer=found.id if found else None)
            raise CannotBuy(Reason.PASSWORD_WRONG)
        with self._db.write() as tx:
            self._must_stand(tx, found, Reason.PASSWORD_WRONG)
            return self._buyers.sign_in(tx, found, visitor, Way.PASSWORD, None)

    def prove(self, visitor: Visitor, buyer: Buyer, password: str) -> Visitor:
        """Show once more who one is, with the password there is; the browser gets another cookie. Raises CannotBuy."""
        row = self._must_match(buyer, password)
        with self._db.write() as tx:
            self._must_stand(tx, row, Reason.PROVE_FIRST)
            return self._buyers.sign_in(tx, row, visitor, Way.PASSWORD_AGAIN, self._clock.now_ms()).visitor

    def set(self, shop: Catalogue, visitor: Visitor, buyer: Buyer, old: str, new: str) -> Visitor:
        """A new password; the browser gets another cookie, all others are signed out. Raises CannotBuy."""
        self._check_who(buyer, old)
        _check(new, buyer, (buyer.mail_key, shop.name, shop.event.key, shop.event.seller))
        with _as_cannot_buy():
            hashed = self._passwords.hash(new)
        return self._put(shop, visitor, buyer, hashed)

    def remove(self, shop: Catalogue, visitor: Visitor, buyer: Buyer, old: str) -> Visitor:
        """No password any more. Raises CannotBuy."""
        self._check_who(buyer, old)
        return self._put(shop, visitor, buyer, None)

    def _put(self, shop: Catalogue, visitor: Visitor, buyer: Buyer, hashed: str | None) -> Visitor:
        kind = Notice.PASSWORD_REMOVED if hashed is None else Notice.PASSWORD_SET
        with self._db.write() as tx:
            store.set_password(tx, buyer.id, hashed)
            alone = self._visitors.sign_in_alone(tx, visitor)
            ask_notice(tx, shop, buyer.id, kind, self._clock.now_ms())
        log.info("buyer_password_changed", buyer=buyer.id, is_removed=hashed is None)
        return alone

    @staticmethod
    def _must_stand(tx: Connection, checked: store.BuyerRow, reason: Reason) -> None:
        """A password that was changed while it was compared signs nobody in."""
        now = store.locked(tx, checked.mail_key)
        if now is None or now.password != checked.password:
            raise CannotBuy(reason)

    def _check_who(self, buyer: Buyer, old: str) -> None:
        if not buyer.is_fresh(self._clock.now_ms()):
            self._must_match(buyer, old)

    def _must_match(self, buyer: Buyer, password: str) -> store.BuyerRow:
        with _as_cannot_buy():
            self._tries.count_change(buyer.mail_key)
        with self._db.read() as tx:
            row = store.by_mail(tx, buyer.mail_key)
        if row is None or not self._matches(row, password):
            log.info("buyer_sign_in_refused", way=Way.PASSWORD_AGAIN.value, buyer=buyer.id)
            raise CannotBuy(Reason.PROVE_FIRST)
        return row

    def _matches(self, row: store.BuyerRow | None, password: str) -> bool:
        with _as_cannot_buy():
            return self._passwords.matches(None if row is None else row.password, password)


def _check(password: str, buyer: Buyer, words: tuple[str, ...]) -> None:
    if not PASSWORD_CHARACTERS_MIN <= len(password) <= PASSWORD_CHARACTERS_MAX:
        raise CannotBuy(Reason.PASSWORD_SHORT, limit=PASSWORD_CHARACTERS_MIN)
    if is_common(password):
        raise CannotBuy(Reason.PASSWORD_COMMON)
    local = buyer.mail_key.partition("@")[0]
    if (len(local) > 3 and local in password.casefold()) or is_guessable(password, words):
        raise CannotBuy(Reason.PASSWORD_EASY)


@contextmanager
def _as_cannot_buy() -> Iterator[None]:
    try:
        yield
    except (TooManyTries, TooManyAtOnce) as fault:
        raise CannotBuy(Reason.TOO_MANY_TRIES) from fault
