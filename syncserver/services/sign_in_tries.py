"""Counting tries to sign in: guessing is slow, and no stranger can keep somebody out of their own account.

A browser that signed in to an account before carries a word of ours that says so, and has tries of its own: what others
do to the account, from wherever, does not touch them. All others are counted per network, per account from one network,
and per account from everywhere. The counts are in the database, so for all processes together.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from common.clock import Clock
from syncserver.db.engine import Database
from syncserver.services.rates import Limit, network_of
from syncserver.stores import browsers

PER_BROWSER = Limit("browser", 10, 15 * 60)
PER_PLACE = Limit("place", 10, 15 * 60)  # one account from one network
PER_ACCOUNT = Limit("account", 100, 15 * 60)
PER_NETWORK = Limit("network", 60, 15 * 60)
PER_CHANGE = Limit("change", 10, 15 * 60)  # the old password, by who is signed in
ACCOUNTS_PER_BROWSER_MAX = 8
_KNOWN = re.compile(rf"[A-Za-z0-9_-]{{22}}(?:\.[0-9a-f]{{32}}){{1,{ACCOUNTS_PER_BROWSER_MAX}}}")


class TooManyTries(Exception):
    """`minutes`: after how long the next try counts anew."""

    def __init__(self, minutes: int) -> None:
        super().__init__(f"too many tries: wait {minutes} minutes")


class SignInTries:
    """`secret` hides logins and networks in the counters and makes the words that browsers carry.

    `kind` of account: staff and buyers are counted apart.
    """

    def __init__(self, db: Database, clock: Clock, secret: bytes, kind: str = "staff") -> None:
        self._db, self._clock, self._secret, self._kind = db, clock, secret, kind

    def count(self, login: str, address: str, known: str | None) -> None:
        """One more try to sign in. Raises TooManyTries."""
        nonce = self._nonce_of(login, known)
        if nonce is not None:
            self._up(PER_BROWSER, f"{nonce}|{login}")
            return
        network = network_of(address)
        self._up(PER_NETWORK, network)
        self._up(PER_PLACE, f"{network}|{login}")
        self._up(PER_ACCOUNT, login)

    def count_change(self, login: str) -> None:
        """One more try at an old password, by who is signed in. Raises TooManyTries."""
        self._up(PER_CHANGE, login)

    def known(self, login: str, before: str | None) -> str:
        """What a browser that has just signed in carries from now on; `before`: what it carried."""
        if before is None or not _KNOWN.fullmatch(before):
            nonce = secrets.token_urlsafe(16)
            return f"{nonce}.{self._word(nonce, login)}"
        nonce, *words = before.split(".")
        mine = self._word(nonce, login)
        others = [word for word in words if word != mine]
        return ".".join([nonce, *others[-ACCOUNTS_PER_BROWSER_MAX + 1 :], mine])

    def _nonce_of(self, login: str, known: str | None) -> str | None:
        if known is None or not _KNOWN.fullmatch(known):
            return None
        nonce, *words = known.split(".")
        mine = self._word(nonce, login)
        return nonce if any(hmac.compare_digest(mine, word) for word in words) else None

    def _word(self, nonce: str, login: str) -> str:
        named = f"{self._kind}-known|{nonce}|{login}".encode()
        return hmac.new(self._secret, named, hashlib.sha256).hexdigest()[:32]

    def _up(self, limit: Limit, who: str) -> None:
        window_ms = limit.window_s * 1000
        named = f"{self._kind}|{limit.action}|{who}".encode()
        subject = hmac.new(self._secret, named, hashlib.sha256).hexdigest()[:32]
        with self._db.write() as tx:
            count = browsers.count_up(tx, subject, self._clock.now_ms() // window_ms * window_ms)
        if count > limit.count_max:
            raise TooManyTries(limit.window_s // 60)
