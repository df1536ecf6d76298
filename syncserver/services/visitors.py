"""Who is visiting: a random cookie, its row in the database, form tokens made from it, and limits on how often.

The cookie is drawn at the first page, the row is written at the first form sent: reading costs no write.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import browsers

VISIT_MS = 30 * 24 * 3_600_000
TOKEN_BYTES = 24
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
# A household's or a mobile carrier's neighbours share a network: limits are wide for it, narrow for one cookie.
IPV4_PREFIX, IPV6_PREFIX = 32, 64


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser: its cookie, the hash the database knows it by, and the token its forms carry."""

    token: str
    hash: bytes
    form_token: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many of one action within a window."""

    action: str
    count_max: int
    window_s: int


class Visitors:
    """Recognises browsers. `secret` makes form tokens; another server with the same secret accepts them."""

    def __init__(self, db: Database, clock: Clock, secret: bytes) -> None:
        self._db, self._clock, self._secret = db, clock, secret

    def of_cookie(self, cookie: str | None) -> Visitor:
        """The visitor with this cookie, or a new one."""
        is_new = cookie is None or not _TOKEN.fullmatch(cookie)
        token = secrets.token_urlsafe(TOKEN_BYTES) if is_new or cookie is None else cookie
        form_token = hmac.new(self._secret, b"form|" + token.encode(), hashlib.sha256).hexdigest()[:32]
        return Visitor(token, hashlib.sha256(token.encode()).digest(), form_token, is_new)

    def is_own_form(self, visitor: Visitor, form_token: str) -> bool:
        """Whether a form came from a page of ours, made for this browser."""
        return not visitor.is_new and hmac.compare_digest(visitor.form_token.encode(), form_token.encode())

    def keep(self, visitor: Visitor) -> None:
        """Remember the browser for 30 days more; what is over is forgotten now and then."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            if not browsers.is_known(tx, visitor.hash, now_ms + VISIT_MS // 2):
                browsers.keep(tx, visitor.hash, now_ms, now_ms + VISIT_MS)
                browsers.forget_old(tx, now_ms)

    def limit(self, limit: Limit, address: str) -> None:
        """Count an action of a network. Raises CannotBuy beyond the limit."""
        if self.count(limit, address) > limit.count_max:
            raise CannotBuy(Reason.TOO_MANY_REQUESTS)

    def count(self, limit: Limit, address: str) -> int:
        """Count an action of a network; how many it were within the window."""
        return self._count(limit, network_of(address))

    def is_within(self, limit: Limit, subject: str) -> bool:
        """Count an action of a subject that is no network; False beyond the limit. It is kept hashed."""
        return self._count(limit, subject) <= limit.count_max

    def _count(self, limit: Limit, whom: str) -> int:
        subject, start_ms = self._counter(limit, whom)
        with self._db.write() as tx:
            return browsers.count_up(tx, subject, start_ms)

    def check(self, limit: Limit, address: str) -> None:
        """Like `limit`, but counts nothing: for actions of which only the failed ones count."""
        subject, start_ms = self._counter(limit, network_of(address))
        with self._db.read() as tx:
            count = browsers.count_of(tx, subject, start_ms)
        if count >= limit.count_max:
            raise CannotBuy(Reason.TOO_MANY_REQUESTS)

    def _counter(self, limit: Limit, whom: str) -> tuple[str, int]:
        window_ms = limit.window_s * 1000
        named = f"{limit.action}|{whom}".encode()
        subject = hmac.new(self._secret, named, hashlib.sha256).hexdigest()[:32]
        return subject, self._clock.now_ms() // window_ms * window_ms


def network_of(address: str) -> str:
    """The network an address counts with: itself for IPv4, its /64 for IPv6."""
    try:
        prefix = IPV4_PREFIX if ip_address(address).version == 4 else IPV6_PREFIX
        return str(ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        return "unknown"
