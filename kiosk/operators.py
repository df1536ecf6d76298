"""Who is at the kiosk: the badge scanned last, whether its PIN was entered, and what badge and PIN together open.

Badge and PIN make the private key to which role keys are sealed. It is in memory from the PIN until the operator leaves
or locks the kiosk, another badge is scanned, or a quarter of an hour has passed; it is never written. A PIN alone
brings back an operator whose badge and PIN were here this shift, but opens nothing.
"""

from __future__ import annotations

import hmac
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from argon2.low_level import Type, hash_secret_raw

from common.badges import (
    ARGON2_LANES,
    ARGON2_MEMORY_KIB,
    ARGON2_PASSES,
    SEARCHING_ROLES,
    Badge,
    badge_private_buffer,
    badge_proof_key,
    open_role_key_with,
)
from common.bodies import BadgeStated
from common.decide import SUPERVISING
from common.decision import Request
from common.errors import BadInput
from common.ids import BadgeId, DeviceId, EventUid
from common.keys import KeyRing, KeyUse
from common.sealing import seal_public
from common.wiping import wipe, wiped_after
from kiosk.known import Stores
from kiosk.pin_tries import TRIES_MAX, PinError, PinTries
from kiosk.shown import BadgeRefused, BadgeTrouble, OperatorTaken, PinRefused, PinTrouble
from kiosk.store.learnt import OF_BADGE
from kiosk.store.search_file import SearchFile
from kiosk.store.snapshot_file import KnownBadge

PIN_GOOD_FOR_S: Final = 900.0
SHIFT_S: Final = 12 * 3600.0
SHIFT_OPERATORS_MAX: Final = 20
RIGHTS: Final = SUPERVISING | {role.value for role in SEARCHING_ROLES}  # what a badge with its PIN opens something to


@dataclass(frozen=True, slots=True)
class Person:
    """Who is at the kiosk, as entries and screens name them: nothing secret."""

    badge: BadgeId
    name: str
    roles: tuple[str, ...]


class BadgeError(BadInput):
    """A badge was not taken; `refused` says why in values."""

    def __init__(self, refused: BadgeRefused) -> None:
        super().__init__(refused.what)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class _Session:
    """`secret` and `private` are overwritten when the session ends."""

    person: Person
    secret: bytearray = field(repr=False)  # of the badge; empty for who came back by PIN alone
    expires_s: int = 0
    private: bytearray = field(default_factory=bytearray, repr=False)  # of badge and PIN; empty without the PIN
    pin_at_s: float | None = None

    def wipe(self) -> None:
        """Overwrite both."""
        wipe(self.secret)
        wipe(self.private)


@dataclass(frozen=True, slots=True)
class _Before:
    """Who was here before whoever is; nothing secret is kept."""

    person: Person | None
    expires_s: int = 0


@dataclass(frozen=True, slots=True)
class _Remembered:
    """Someone of this shift: their PIN, salted and stretched, in memory only."""

    person: Person
    expires_s: int
    salt: bytes = field(repr=False)
    stretched: bytes = field(repr=False)
    at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long ago, and what second it is by the corrected clock: a badge may expire while its holder is here."""

    monotonic_s: Callable[[], float]
    now_s: Callable[[], int]


class Operators:
    """Keeps the operator. May be asked by any thread."""

    def __init__(
        self,
        stores: Stores,
        ring: KeyRing,
        clocks: Clocks,
        is_server: Callable[[DeviceId], bool],
    ) -> None:
        monotonic_s, self._now_s = clocks.monotonic_s, clocks.now_s
        self._stores, self._ring, self._monotonic_s, self._is_server = stores, ring, monotonic_s, is_server
        self._tries = PinTries(stores.learnt, stores.journal, monotonic_s)
        self._session: _Session | None = None
        self._before = _Before(None)
        self._shift: dict[BadgeId, _Remembered] = {}
        self._timer = threading.Timer(PIN_GOOD_FOR_S, self._time_is_over)  # started when a PIN is
        self._lock = threading.RLock()

    # --- coming and going -------------------------------------------------------------------------

    def take(self, badge: Badge) -> None:
        """This badge was scanned: entries name it from now on. Raises BadgeError for a blocked one."""
        self._refuse_blocked(badge.badge, badge.name)
        person = Person(badge.badge, badge.name, tuple(role.value for role in badge.roles))
        with self._lock:
            self._come(_Session(person, bytearray(badge.secret), badge.expires_s))

    def leave(self) -> None:
        """Nobody is at the kiosk: the badge's secret and its key leave memory."""
        with self._lock:
            self._end()
            self._before = _Before(None)

    def give_back(self) -> Person | None:
        """Whoever came with a badge for one thing goes; who was here before is again, by name, and opens nothing.

        None: nobody was, or that badge has expired or been blocked since. Raises StoreTrouble; whoever came has gone.
        """
        with self._lock:
            before, self._before = self._before, _Before(None)
            self._end()
            person = before.person
            if person is None or _is_over(before.expires_s, self._now_s()) or self._is_blocked(person.badge):
                return None
            self._session = _Session(person, bytearray(), before.expires_s)
            return person

    def end_shift(self) -> None:
        """As leaving, and nobody can come back by PIN alone."""
        with self._lock:
            self.leave()
            self._shift.clear()

    def enter_pin(self, pin: str) -> Person:
        """Check the PIN of the badge scanned last; costs half a second on purpose. Raises PinError, BadgeError."""
        with self._lock:
            session = self._session
            if session is None or not session.secret:
                raise _no_badge("no badge was scanned; scan your badge first, then enter its PIN")
            secret = bytearray(session.secret)
        person = session.person
        self._refuse_expired(session.expires_s, person.name)
        known = self._known(person.badge)
        if known is None:
            what = "this kiosk does not know the badge yet; connect it to its server, then try again"
            raise PinError(PinRefused(PinTrouble.UNKNOWN_BADGE, TRIES_MAX, 0, what))
        self._refuse_blocked(person.badge, person.name)
        self._tries.begin(person.badge)  # counted before it is checked: a restart in between gives no try back
        with wiped_after(secret):
            private = badge_private_buffer(secret, pin)
        if not hmac.compare_digest(seal_public(private), known.public):
            raise self._tries.failed(person.badge)
        self._tries.succeeded(person.badge)
        salt = os.urandom(16)
        stretched = _stretched(pin, salt)
        with self._lock:
            if self._session is not session:
                wipe(private)
                raise _no_badge("whoever entered the PIN has left meanwhile; scan your badge, then enter its PIN")
            now_s = self._monotonic_s()
            wipe(session.private)  # of the PIN entered before, if there was one
            self._session = replace(session, private=private, pin_at_s=now_s)
            self._wipe_later()
            self._remember(_Remembered(person, session.expires_s, salt, stretched, now_s))
        return person

    def shift(self) -> tuple[Person, ...]:
        """Who can come back by PIN alone: badge and PIN were here within the last twelve hours."""
        with self._lock:
            since_s, now_s = self._monotonic_s() - SHIFT_S, self._now_s()
            return tuple(
                one.person for one in self._shift.values() if one.at_s > since_s and not _is_over(one.expires_s, now_s)
            )

    def switch(self, badge: BadgeId, pin: str) -> Person:
        """Someone of this shift is back, by PIN alone, which unseals nothing. Raises PinError, BadgeError."""
        with self._lock:
            known = self._shift.get(badge)
        if known is None or self._monotonic_s() - known.at_s >= SHIFT_S:
            raise _no_badge("this badge was not here this shift; scan it, then enter its PIN")
        self._refuse_expired(known.expires_s, known.person.name)
        self._refuse_blocked(badge, known.person.name)
        self._tries.begin(badge)
        if not hmac.compare_digest(_stretched(pin, known.salt), known.stretched):
            raise self._tries.failed(badge)
        self._tries.succeeded(badge)
        with self._lock:
            self._come(_Session(known.person, bytearray(), known.expires_s))
        return known.person

    # --- who is here ------------------------------------------------------------------------------

    @property
    def person(self) -> Person | None:
        """Who is at the kiosk."""
        with self._lock:
            return None if self._session is None else self._session.person

    def sign(self, request: Request) -> Request:
        """The request with who makes it: never what a front end claims."""
        with self._lock:
            session = self._session
            if session is None:
                claims = request.operator is not None or request.operator_roles or request.badge_and_pin
                return replace(request, operator=None, operator_roles=(), badge_and_pin=False) if claims else request
            is_good = self._is_pin_good()
        return replace(
            request, operator=session.person.badge, operator_roles=session.person.roles, badge_and_pin=is_good
        )

    @property
    def is_pin_good(self) -> bool:
        """Whether badge and PIN are here, and the badge has not been blocked since. Raises StoreTrouble."""
        with self._lock:
            return self._is_pin_good()

    # --- what badge and PIN open ------------------------------------------------------------------

    @property
    def may_search(self) -> bool:
        """Whether the role of whoever is here is one that looks people up."""
        with self._lock:
            roles = () if self._session is None else self._session.person.roles
        return any(role.value in roles for role in SEARCHING_ROLES)

    def search_key(self, file: SearchFile) -> bytearray | None:
        """The key of a search file, to be wiped after use; None where nobody is here whose badge and PIN open it.

        Raises StoreTrouble.
        """
        with self._lock:
            session = self._session
            if session is None or not self._is_pin_good():
                return None
            badge, private = session.person.badge, bytearray(session.private)
        with wiped_after(private):
            for role in (role for role in SEARCHING_ROLES if role.value in session.person.roles):
                sealed = file.role_key(badge, role)
                key = None if sealed is None else open_role_key_with(private, sealed, self._event(), badge, role)
                if key is not None:
                    return key
        return None

    def proof_key(self) -> bytearray | None:
        """What proves to the server that badge and PIN were here, to be wiped after use; None where they are not."""
        with self._lock:
            session = self._session
            if session is None or not self._is_pin_good():
                return None
            private = bytearray(session.private)
        seal = next(iter(self._ring.entries_of(KeyUse.SEAL)), None)
        with wiped_after(private):
            return None if seal is None else badge_proof_key(private, seal.public, self._event(), session.person.badge)

    def use_ring(self, ring: KeyRing) -> None:
        """A newer key list is in force."""
        self._ring = ring

    # --- inside -----------------------------------------------------------------------------------

    def _event(self) -> EventUid:
        return self._ring.key_list.event_uid

    def _come(self, session: _Session) -> None:
        """Somebody is here from now on; a badge scanned twice is the same person still.

        Of two that came one after the other with the same rights the first came for one thing too.
        """
        gone, before = self._session, self._before.person
        if gone is None:
            self._before = _Before(None)
        elif gone.person.badge != session.person.badge and (
            not _brings_rights(before, gone.person) or _brings_rights(gone.person, session.person)
        ):
            self._before = _Before(gone.person, gone.expires_s)
        self._end()
        self._session = session

    def _end(self) -> None:
        if self._session is not None:
            self._session.wipe()
        self._session = None
        self._timer.cancel()

    def _wipe_later(self) -> None:
        """The key goes when its time is over, also from a kiosk that nobody touches."""
        self._timer.cancel()
        self._timer = threading.Timer(PIN_GOOD_FOR_S + 0.1, self._time_is_over)
        self._timer.daemon = True
        self._timer.start()

    def _time_is_over(self) -> None:
        """From a thread of its own. Files that cannot say whether the badge was blocked make no difference here."""
        with self._lock:
            session = self._session
            if session is not None and session.pin_at_s is not None and not self._is_fresh(session.pin_at_s):
                self._forget_private(session)

    def _is_fresh(self, pin_at_s: float) -> bool:
        return self._monotonic_s() - pin_at_s < PIN_GOOD_FOR_S

    def _forget_private(self, session: _Session) -> None:
        wipe(session.private)
        self._session = replace(session, private=bytearray(), pin_at_s=None)

    def _is_pin_good(self) -> bool:
        """Whether the PIN still counts; once it is over, or the badge expired or blocked, the key leaves memory."""
        session = self._session
        if session is None or session.pin_at_s is None:
            return False
        is_fresh, is_over = self._is_fresh(session.pin_at_s), _is_over(session.expires_s, self._now_s())
        if is_fresh and not is_over and not self._is_blocked(session.person.badge):
            return True
        self._forget_private(session)
        return False

    def _remember(self, one: _Remembered) -> None:
        self._shift[one.person.badge] = one
        while len(self._shift) > SHIFT_OPERATORS_MAX:
            self._shift.pop(min(self._shift.values(), key=lambda kept: kept.at_s).person.badge)

    def _refuse_expired(self, expires_s: int, name: str) -> None:
        if _is_over(expires_s, self._now_s()):
            raise BadgeError(expired_badge(name))

    def _refuse_blocked(self, badge: BadgeId, name: str) -> None:
        if self._is_blocked(badge):
            what = f"the badge of {name} is blocked; take another badge, or ask the control room"
            raise BadgeError(BadgeRefused(name, BadgeTrouble.BLOCKED, what))

    def _is_blocked(self, badge: BadgeId) -> bool:
        return any(known.is_blocked for known in self._all_known(badge))

    def _known(self, badge: BadgeId) -> KnownBadge | None:
        return next(iter(self._all_known(badge)), None)

    def _all_known(self, badge: BadgeId) -> Iterator[KnownBadge]:
        """What snapshots and the server's statements since say of a badge. Raises StoreTrouble."""
        for one in self._stores.snapshots.in_use:
            if (known := one.file.badge(badge)) is not None:
                yield known
        for entry in self._stores.learnt.of_sort(OF_BADGE):
            body = entry.body
            if isinstance(body, BadgeStated) and body.badge == badge and self._is_server(entry.ref.identity.device):
                yield KnownBadge(body.public, body.blocked)


def taken_over(before: Person | None, person: Person, *, pin_good: bool) -> OperatorTaken:
    """Who is here from now on, and whose shift that was; nobody's where it is the same badge again."""
    is_other = before is None or before.badge != person.badge
    gone = before.name if before is not None and is_other else ""
    brings_rights = is_other and _brings_rights(before, person)
    return OperatorTaken(person.name, person.roles, pin_good=pin_good, before=gone, brings_rights=brings_rights)


def _brings_rights(before: Person | None, person: Person) -> bool:
    """Whether the second may do what the first (or nobody) may not."""
    return not RIGHTS.intersection(person.roles) <= set(before.roles if before is not None else ())


def expired_badge(name: str) -> BadgeRefused:
    """What to tell whoever comes with a badge whose time is over."""
    return BadgeRefused(name, BadgeTrouble.EXPIRED, f"the badge of {name} has expired; take a valid one")


def _is_over(expires_s: int, now_s: int) -> bool:
    return now_s >= expires_s


def _no_badge(what: str) -> PinError:
    return PinError(PinRefused(PinTrouble.NO_BADGE, TRIES_MAX, 0, what))


def _stretched(pin: str, salt: bytes) -> bytes:
    if not (pin.isascii() and pin.isdigit()):
        raise BadInput("the PIN has digits only; enter it again")
    return hash_secret_raw(pin.encode(), salt, ARGON2_PASSES, ARGON2_MEMORY_KIB, ARGON2_LANES, 32, Type.ID)
