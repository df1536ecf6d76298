"""Staff accounts: making them, signing in and out, and what whoever is signed in may do.

Passwords stand in passwords.py, tries are counted in sign_in_tries.py.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from common.clock import Clock
from common.errors import BadInput, UserFacing
from syncserver.db.engine import Database
from syncserver.services.common_passwords import is_common, is_guessable
from syncserver.services.passwords import (
    PASSWORD_CHARACTERS_MAX,
    PASSWORD_CHARACTERS_MIN,
    Passwords,
    TooManyAtOnce,
)
from syncserver.services.rights import Right, Role, rights_of
from syncserver.services.sign_in_tries import SignInTries, TooManyTries
from syncserver.stores import staff as store

IDLE_MS = 60 * 60_000
SESSION_MS = 14 * 60 * 60_000  # a shift and the way home
SEEN_EVERY_MS = 60_000
ACCOUNTS_SHOWN_MAX = 1_000
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,59}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


class NotSignedIn(UserFacing):
    """Login or password is wrong, the account is off, or there were too many tries; the text does not say which."""


@dataclass(frozen=True, slots=True)
class Member:
    """Who is signed in, and what they may do in each event."""

    account_id: int
    login: str
    name: str
    must_change: bool
    roles: dict[int, frozenset[Role]]

    def may(self, event_id: int | None, right: Right) -> bool:
        """Whether they have a right in an event; without an event, in any."""
        events = self.roles.values() if event_id is None else [self.roles.get(event_id, frozenset())]
        return any(right in rights_of(roles) for roles in events)


@dataclass(frozen=True, slots=True)
class SignIn:
    """A fresh sign-in: the cookie's value, the token its forms carry, and what says that the browser did it before."""

    token: str
    form_token: str
    known: str


class Staff:
    """Accounts and sign-ins. `secret` makes form tokens and hides logins and networks in the counters."""

    def __init__(self, db: Database, clock: Clock, secret: bytes) -> None:
        self._db, self._clock, self._secret = db, clock, secret
        self._tries = SignInTries(db, clock, secret)
        self._passwords = Passwords()

    def create(self, login: str, name: str, event_id: int, roles: Iterable[Role], password: str | None = None) -> str:
        """Make an account, or give the one there is other roles in this event and a new password; the password.

        Without `password` one is drawn, to be changed at the first sign-in. Raises BadInput.
        """
        folded = checked_login(login)
        given = _password(password, login, name) if password is not None else secrets.token_urlsafe(12)
        hashed, roles = self._hash(given), sorted(set(roles))
        with self._db.write() as tx:
            found = store.by_login(tx, folded)
            must_change = password is None
            if found is None:
                account_id = store.add(
                    tx, folded, name or folded, hashed, self._clock.now_ms(), must_change=must_change
                )
            else:
                account_id = found.id
                store.set_password(tx, account_id, hashed, must_change=must_change)
                store.sign_out_everywhere(tx, account_id)
            store.set_roles(tx, account_id, event_id, roles)
        return given

    def draw(self) -> tuple[str, str]:
        """A fresh password and what is kept of it."""
        password = secrets.token_urlsafe(12)
        return password, self._hash(password)

    def sign_in(self, login: str, password: str, address: str, known: str | None = None) -> SignIn:
        """Check and remember; each sign-in has a token of its own, so an old cookie is never raised to a new right.

        `known`: what an earlier sign-in gave the browser. Raises NotSignedIn.
        """
        folded = unicodedata.normalize("NFKC", login).casefold().strip()[:60]
        with _as_not_signed_in():
            self._tries.count(folded, address, known)
        with self._db.read() as tx:
            account = store.by_login(tx, folded)
        if not self._matches(account, password) or account is None or account.is_off:
            raise NotSignedIn("login or password is wrong, or the account is off")
        token, now_ms = secrets.token_urlsafe(32), self._clock.now_ms()
        with self._db.write() as tx:
            store.keep_sign_in(tx, _hash(token), account.id, now_ms, now_ms + SESSION_MS)
        return SignIn(token, self.form_token(token), self._tries.known(folded, known))

    def member(self, token: str | None) -> Member | None:
        """Who is signed in with this cookie, if anyone still is."""
        if token is None or not _TOKEN.fullmatch(token):
            return None
        now_ms = self._clock.now_ms()
        with self._db.read() as tx:
            found = store.signed_in(tx, _hash(token), now_ms, IDLE_MS)
            roles = {} if found is None else store.roles_of(tx, found[0].id)
        if found is None:
            return None
        account, seen_ms = found
        if now_ms - seen_ms > SEEN_EVERY_MS:
            with self._db.write() as tx:
                store.seen(tx, _hash(token), now_ms)
        known = {event_id: frozenset(map(Role, names & set(Role))) for event_id, names in roles.items()}
        return Member(account.id, account.login, account.name, account.must_change, known)

    def change_password(self, member: Member, old: str, new: str) -> None:
        """Raises NotSignedIn if the old one is wrong, BadInput if the new one is not good enough."""
        with _as_not_signed_in():
            self._tries.count_change(member.login)
        with self._db.read() as tx:
            account = store.by_login(tx, member.login)
        if not self._matches(account, old):
            raise NotSignedIn("the old password is wrong")
        hashed = self._hash(_password(new, member.login, member.name))
        with self._db.write() as tx:
            store.set_password(tx, member.account_id, hashed, must_change=False)
            store.sign_out_everywhere(tx, member.account_id)

    def sign_out(self, token: str) -> None:
        """Forget this sign-in."""
        with self._db.write() as tx:
            store.sign_out(tx, _hash(token))

    def form_token(self, token: str) -> str:
        """What forms of this sign-in carry."""
        return hmac.new(self._secret, b"staff-form|" + token.encode(), hashlib.sha256).hexdigest()[:32]

    def is_own_form(self, token: str, form_token: str) -> bool:
        """Whether a form came from a page of this sign-in."""
        return hmac.compare_digest(self.form_token(token).encode(), form_token.encode())

    def _matches(self, account: store.AccountRow | None, password: str) -> bool:
        with _as_not_signed_in():
            return self._passwords.matches(None if account is None else account.password, password)

    def _hash(self, password: str) -> str:
        with _as_not_signed_in():
            return self._passwords.hash(password)


@contextmanager
def _as_not_signed_in() -> Iterator[None]:
    try:
        yield
    except TooManyTries as fault:
        raise NotSignedIn(str(fault)) from fault
    except TooManyAtOnce as fault:
        raise NotSignedIn("too many people are signing in: try again in a moment") from fault


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def checked_login(text: str) -> str:
    """The login as it is kept. Raises BadInput."""
    folded = unicodedata.normalize("NFKC", text).casefold().strip()
    if not _LOGIN.fullmatch(folded):
        raise BadInput("login: 2 to 60 of a-z 0-9 . _ @ + -, beginning with a letter or digit")
    return folded


def _password(text: str, *words: str) -> str:
    if not PASSWORD_CHARACTERS_MIN <= len(text) <= PASSWORD_CHARACTERS_MAX:
        raise BadInput(f"password: {PASSWORD_CHARACTERS_MIN} to {PASSWORD_CHARACTERS_MAX} characters; any will do")
    if is_common(text):
        raise BadInput("password: too many people have this one, so thieves try it first; think of another")
    if is_guessable(text, words):
        raise BadInput("password: easy to guess from a name, keys in a row or few letters; think of another")
    return text
