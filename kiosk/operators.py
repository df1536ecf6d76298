"""Who is at the kiosk: the badge scanned last, and whether its PIN was entered."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from common.badges import Badge, badge_public
from common.decision import Request
from common.errors import BadInput
from common.ids import BadgeId
from kiosk.shown import PinRefused, PinTrouble
from kiosk.store.snapshot_file import KnownBadge
from kiosk.store.snapshots import Snapshots

PIN_GOOD_FOR_S: Final = 900.0
PIN_TRIES_MAX: Final = 5  # wrong ones in a row; then the badge must rest
PIN_REST_S: Final = 300.0


class PinError(BadInput):
    """A PIN was not taken; `refused` says why in values."""

    def __init__(self, refused: PinRefused) -> None:
        super().__init__(refused.what)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class _Session:
    badge: Badge
    pin_at_s: float | None = None


class Operators:
    """Keeps the operator. May be asked by any thread."""

    def __init__(self, snapshots: Snapshots, monotonic_s: Callable[[], float]) -> None:
        self._snapshots, self._monotonic_s = snapshots, monotonic_s
        self._session: _Session | None = None
        self._wrong: dict[BadgeId, list[float]] = {}
        self._lock = threading.Lock()

    def take(self, badge: Badge) -> None:
        """This badge was scanned: entries name it from now on. Raises BadInput for a blocked one."""
        known = self._known(badge)
        if known is not None and known.is_blocked:
            raise BadInput(f"the badge of {badge.name} is blocked; take another badge, or ask the control room")
        with self._lock:
            self._session = _Session(badge)

    def leave(self) -> None:
        """Nobody is at the kiosk; the badge's secret leaves memory."""
        with self._lock:
            self._session = None

    def enter_pin(self, pin: str) -> None:
        """Check the PIN of the badge scanned last; costs half a second on purpose. Raises PinError, BadInput."""
        with self._lock:
            session = self._session
        if session is None:
            what = "no badge was scanned; scan your badge first, then enter its PIN"
            raise PinError(PinRefused(PinTrouble.NO_BADGE, PIN_TRIES_MAX, 0, what))
        self._require_rested(session.badge)
        known = self._known(session.badge)
        if known is None:
            what = "this kiosk does not know the badge yet; connect it to its server, then try again"
            raise PinError(PinRefused(PinTrouble.UNKNOWN_BADGE, PIN_TRIES_MAX, 0, what))
        if not hmac.compare_digest(badge_public(session.badge.secret, pin), known.public):
            self._count_wrong(session.badge)
            left = PIN_TRIES_MAX - len(self._wrong_lately(session.badge))
            self._require_rested(session.badge)
            what = f"the PIN is wrong; enter it again, {left} tries are left"
            raise PinError(PinRefused(PinTrouble.WRONG, left, 0, what))
        with self._lock:
            self._wrong.pop(session.badge.badge, None)
            self._session = replace(session, pin_at_s=self._monotonic_s())

    @property
    def badge(self) -> Badge | None:
        """The badge scanned last."""
        with self._lock:
            return None if self._session is None else self._session.badge

    @property
    def is_pin_good(self) -> bool:
        """Whether the PIN of the badge scanned last was entered lately enough for overrides."""
        with self._lock:
            session = self._session
        return session is not None and self._is_pin_good(session)

    def sign(self, request: Request) -> Request:
        """The request with who makes it: never what a front end claims."""
        with self._lock:
            session = self._session
        if session is None:
            return replace(request, operator=None, operator_roles=(), badge_and_pin=False)
        roles = tuple(role.value for role in session.badge.roles)
        return replace(
            request, operator=session.badge.badge, operator_roles=roles, badge_and_pin=self._is_pin_good(session)
        )

    def _is_pin_good(self, session: _Session) -> bool:
        return session.pin_at_s is not None and self._monotonic_s() - session.pin_at_s < PIN_GOOD_FOR_S

    def _known(self, badge: Badge) -> KnownBadge | None:
        found = [one.file.badge(badge.badge) for one in self._snapshots.in_use]
        known = [one for one in found if one is not None]
        blocked = [one for one in known if one.is_blocked]
        return next(iter(blocked or known), None)

    def _require_rested(self, badge: Badge) -> None:
        wrong = self._wrong_lately(badge)
        if len(wrong) >= PIN_TRIES_MAX:
            wait_s = max(1, round(PIN_REST_S - (self._monotonic_s() - wrong[0])))
            what = f"{PIN_TRIES_MAX} wrong PINs; the badge rests, try again in {wait_s} s"
            raise PinError(PinRefused(PinTrouble.RESTING, 0, wait_s, what))

    def _wrong_lately(self, badge: Badge) -> list[float]:
        """When wrong PINs of this badge were entered that still count, oldest first."""
        now_s = self._monotonic_s()
        with self._lock:
            wrong = [at_s for at_s in self._wrong.get(badge.badge, []) if now_s - at_s < PIN_REST_S]
            self._wrong[badge.badge] = wrong
        return wrong

    def _count_wrong(self, badge: Badge) -> None:
        with self._lock:
            self._wrong.setdefault(badge.badge, []).append(self._monotonic_s())
