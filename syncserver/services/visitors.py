"""Who is visiting: a random cookie, its row in the database, form tokens made from it, and how often it does what.

The cookie is drawn at the first page, the row is written at the first form sent: reading costs no write. A browser that
signs in gets another, longer cookie: only that kind is looked up at every page, and no cookie from before is raised.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.rates import Counters, Doer, Limit, Rate
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import browsers, buyers

log = structlog.get_logger(__name__)

VISIT_MS = 30 * 24 * 3_600_000
SIGN_IN_MS = 30 * 24 * 3_600_000
IDLE_MS = 7 * 24 * 3_600_000
SEEN_EVERY_MS = 10 * 60_000
FORGET_EVERY_S = 60.0
FRESH_MS = 15 * 60_000
TOKEN_BYTES, SIGN_IN_BYTES = 24, 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_SIGN_IN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Buyer:
    """Whoever is signed in, by the address they proved to read."""

    id: int
    mail: str
    mail_key: str
    has_password: bool
    proved_ms: int | None  # when they proved here who they are, by more than a password to sign in; None: never

    def is_fresh(self, now_ms: int) -> bool:
        """Whether they have proved it just now: what changes how one signs in asks for that."""
        return self.proved_ms is not None and 0 <= now_ms - self.proved_ms < FRESH_MS


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: its cookie, what the database knows its basket and orders by, and the token its forms carry.

    `hash` is the cookie's SHA-256; signed in it is the account's key, so that all browsers of
    an account have one basket.
    """

    token: str
    hash: bytes
    form_token: str
    is_new: bool
    buyer: Buyer | None = None
    device: str = ""  # browser and system in two words

    @property
    def token_hash(self) -> bytes:
        """SHA-256 of the cookie."""
        return hash_of(self.token)


class Visitors:
    """Recognises browsers. `secret` makes form tokens; another server with the same secret accepts them."""

    def __init__(self, db: Database, clock: Clock, secret: bytes) -> None:
        self._db, self._clock, self._secret = db, clock, secret
        self._counters = Counters(clock, secret)
        self._forgot_s: float | None = None  # threads may both forget: what is gone is gone

    def of_cookie(self, cookie: str | None, device: str = "") -> Visitor:
        """The visitor with this cookie, or a new one. `device`: what its browser says it is."""
        return replace(self._of_cookie(cookie), device=device)

    def _of_cookie(self, cookie: str | None) -> Visitor:
        if cookie is not None and _SIGN_IN.fullmatch(cookie):
            return self._signed_in(cookie) or self.new()
        if cookie is None or not _TOKEN.fullmatch(cookie):
            return self.new()
        return Visitor(cookie, hash_of(cookie), self._form_token(cookie), is_new=False)

    def new(self) -> Visitor:
        """A browser that was never here."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        return Visitor(token, hash_of(token), self._form_token(token), is_new=True)

    def sign_in(self, tx: Connection, row: buyers.BuyerRow, proved_ms: int | None, device: str) -> Visitor:
        """A fresh cookie that is signed in to an account; `proved_ms`: when its owner was proved, if that was so."""
        token, now_ms = secrets.token_urlsafe(SIGN_IN_BYTES), self._clock.now_ms()
        buyers.keep_sign_in(tx, hash_of(token), row.id, (now_ms, now_ms + SIGN_IN_MS), proved_ms, device)
        buyer = _buyer(row, proved_ms)
        return Visitor(token, row.key, self._form_token(token), is_new=True, buyer=buyer, device=device)

    def sign_in_alone(self, tx: Connection, visitor: Visitor) -> Visitor:
        """Another cookie for this browser, and all others of its account are signed out.

        Raises CannotBuy if it has been signed out itself meanwhile: what it asked for must not happen.
        """
        buyer = visitor.buyer
        row = None if buyer is None else buyers.locked(tx, buyer.mail_key)
        if buyer is None or row is None or not buyers.sign_out(tx, visitor.token_hash):
            raise CannotBuy(Reason.PROVE_FIRST)
        buyers.sign_out_everywhere(tx, row.id)
        return self.sign_in(tx, row, buyer.proved_ms, visitor.device)

    def _signed_in(self, cookie: str) -> Visitor | None:
        now_ms = self._clock.now_ms()
        with self._db.read() as tx:
            found = buyers.signed_in(tx, hash_of(cookie), now_ms, IDLE_MS)
        if found is None:
            return None
        row = found.buyer
        if now_ms - found.seen_ms > SEEN_EVERY_MS:
            with self._db.write() as tx:
                buyers.seen(tx, hash_of(cookie), now_ms)
        return Visitor(cookie, row.key, self._form_token(cookie), is_new=False, buyer=_buyer(row, found.proved_ms))

    def _form_token(self, token: str) -> str:
        return hmac.new(self._secret, b"form|" + token.encode(), hashlib.sha256).hexdigest()[:32]

    def is_own_form(self, visitor: Visitor, form_token: str) -> bool:
        """Whether a form came from a page of ours, made for this browser."""
        return not visitor.is_new and hmac.compare_digest(visitor.form_token.encode(), form_token.encode())

    def sent_form(self, visitor: Visitor, rate: Rate, address: str) -> bool:
        """Count a form and remember the browser for 30 days more; whether it was known before. Raises CannotBuy.

        What is over is forgotten now and then. A sign-in has its own time.
        """
        with self._db.write(lasting=False) as tx:
            is_known = visitor.buyer is not None or not self._keep(tx, visitor)
            self._counters.take(tx, rate, Doer(visitor.hash, address, is_known))
        return is_known

    def _keep(self, tx: Connection, visitor: Visitor) -> bool:
        """Whether this is its first form."""
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic_s()
        since_ms = browsers.keep(tx, visitor.hash, now_ms, now_ms + VISIT_MS, now_ms + VISIT_MS // 2)
        if since_ms is None:
            return False
        if self._forgot_s is None or now_s - self._forgot_s >= FORGET_EVERY_S:
            self._forgot_s = now_s
            browsers.forget_old(tx, now_ms)
        return since_ms == now_ms

    def is_known(self, visitor: Visitor) -> bool:
        """Whether it has sent a form before."""
        if visitor.buyer is not None or visitor.is_new:
            return visitor.buyer is not None
        with self._db.read() as tx:
            return browsers.is_kept(tx, visitor.hash, self._clock.now_ms())

    def limit(self, rate: Rate, doer: Doer) -> None:
        """Count an action. Raises CannotBuy beyond a bound."""
        with self._db.write(lasting=False) as tx:
            self._counters.take(tx, rate, doer)

    def count(self, rate: Rate, doer: Doer) -> None:
        """Count an action, whatever the bounds."""
        with self._db.write(lasting=False) as tx:
            self._counters.add(tx, rate, doer)

    def check(self, rate: Rate, doer: Doer) -> None:
        """Like `limit`, but counts nothing."""
        with self._db.read() as tx:
            self._counters.check(tx, rate, doer)

    def is_within(self, limit: Limit, who: str) -> bool:
        """Count an action of somebody, by whatever names them; False beyond the limit."""
        with self._db.write(lasting=False) as tx:
            is_within = self._counters.up(tx, limit, who) <= limit.count_max
        if not is_within:
            log.info("shop_limit_reached", action=limit.action)
        return is_within

    def again_s(self, limit: Limit) -> int:
        """After how many seconds a new window of it begins."""
        return self._counters.again_s(limit)


def hash_of(token: str) -> bytes:
    """What the database keeps of a cookie."""
    return hashlib.sha256(token.encode()).digest()


def _buyer(row: buyers.BuyerRow, proved_ms: int | None) -> Buyer:
    return Buyer(row.id, row.mail, row.mail_key, row.password is not None, proved_ms)
