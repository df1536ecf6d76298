"""How often something may be done: by one browser or account, by its whole network, and by those who come without one.

A mobile carrier's or a hostel's hundreds share one address, so a network is wide, and one cookie narrow. Whoever drops
cookies is a newcomer each time: those of a network have a count of their own, so that neither a flood of them nor one
cookie that hammers uses up what the network's others may do.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address, ip_network

import structlog
from sqlalchemy import Connection

from common.clock import Clock
from syncserver.services.shop_errors import CannotBuy, Reason
from syncserver.stores import browsers

IPV4_PREFIX, IPV6_PREFIX = 32, 64

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many of one action within a window, by whatever names who does it."""

    action: str
    count_max: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many of one action within a window: by one browser or account, its network, the network's newcomers.

    A newcomer is a browser that has not sent us a form before.
    """

    action: str
    window_s: int
    own_max: int
    network_max: int
    newcomers_max: int


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does something: a browser's or account's key, from where, and whether the database knows it."""

    key: bytes
    address: str
    is_known: bool


class Counters:
    """Counts in the database, so for all processes together. `secret` hides who is counted."""

    def __init__(self, clock: Clock, secret: bytes) -> None:
        self._clock, self._secret = clock, secret

    def up(self, tx: Connection, limit: Limit, who: str) -> int:
        """Count one more; how many it are now."""
        return browsers.count_up(tx, *self._counter(limit, who))

    def take(self, tx: Connection, rate: Rate, doer: Doer) -> None:
        """Count one more. Raises CannotBuy beyond a bound, which says after how many seconds to try again."""
        for limit, who in bounds(rate, doer):
            if self.up(tx, limit, who) > limit.count_max:
                raise self._refusal(limit)

    def check(self, tx: Connection, rate: Rate, doer: Doer) -> None:
        """Like `take`, but counts nothing: for actions of which only the failed ones count."""
        for limit, who in bounds(rate, doer):
            if browsers.count_of(tx, *self._counter(limit, who)) >= limit.count_max:
                raise self._refusal(limit)

    def add(self, tx: Connection, rate: Rate, doer: Doer) -> None:
        """Count one more, whatever the bounds."""
        for limit, who in bounds(rate, doer):
            self.up(tx, limit, who)

    def again_s(self, limit: Limit) -> int:
        """After how many seconds a new window begins."""
        window_ms = limit.window_s * 1000
        return -(-(window_ms - self._clock.now_ms() % window_ms) // 1000)

    def _refusal(self, limit: Limit) -> CannotBuy:
        log.info("shop_limit_reached", action=limit.action)
        return CannotBuy(Reason.TOO_MANY_REQUESTS, limit=self.again_s(limit))

    def _counter(self, limit: Limit, who: str) -> tuple[str, int]:
        window_ms = limit.window_s * 1000
        named = f"{limit.action}|{who}".encode()
        subject = hmac.new(self._secret, named, hashlib.sha256).hexdigest()[:32]
        return subject, self._clock.now_ms() // window_ms * window_ms


def bounds(rate: Rate, doer: Doer) -> tuple[tuple[Limit, str], ...]:
    """What counts for one who does it, in this order: what their own bound stops reaches no other's."""
    network = network_of(doer.address)
    if not doer.is_known:
        return ((Limit(f"{rate.action}-newcomers", rate.newcomers_max, rate.window_s), network),)
    own = Limit(f"{rate.action}-own", rate.own_max, rate.window_s)
    return ((own, doer.key.hex()), (Limit(rate.action, rate.network_max, rate.window_s), network))


@lru_cache(maxsize=10_000)
def network_of(address: str) -> str:
    """The network an address counts with: itself for IPv4, its /64 for IPv6."""
    try:
        prefix = IPV4_PREFIX if ip_address(address).version == 4 else IPV6_PREFIX
        return str(ip_network(f"{address}/{prefix}", strict=False))
    except ValueError:
        return "unknown"
