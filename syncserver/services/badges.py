"""Staff badges: issued with a PIN, blocked for good. The server keeps the public half of badge and PIN, never these.

A badge travels as a statement, so every connected kiosk knows it within seconds and a restored server gets it back.
What a badge may unseal is sealed to it at each build of a snapshot: a blocked one opens nothing built afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.badges import (
    PIN_DIGITS_MAX,
    PIN_DIGITS_MIN,
    Badge,
    Role,
    badge_public,
    bits_of,
    is_badge_name,
    new_badge_secret,
    sign_badge,
    sorted_roles,
)
from common.bodies import BadgeStated
from common.clock import Clock
from common.decimal_text import to_decimal
from common.errors import BadInput
from common.ids import BadgeId
from syncserver.db.engine import Database
from syncserver.jobs.statement_args import cause_of
from syncserver.services.badge_fold import badge_row, roles_of
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.snapshot_queue import ask_for_snapshot
from syncserver.stores import badges as store

BADGE = "badge"
BADGE_KIND = 44  # common.bodies.BadgeStated
AFTER_EVENT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class IssuedBadge:
    """A badge as it was made: the digits for its QR are a key, shown once and kept nowhere."""

    badge: BadgeId
    digits: str


class Badges:
    """Issues, blocks and lists badges."""

    def __init__(self, db: Database, clock: Clock, scribe: Scribe) -> None:
        self._db, self._clock, self._scribe = db, clock, scribe

    def issue(self, event_id: int, name: str, roles: Iterable[Role], pin: str) -> IssuedBadge:
        """Make a badge. Raises BadInput for a name or PIN that cannot be."""
        if not is_badge_name(name):
            raise BadInput(f"{name!r}: a name on a badge has 1 to 24 printable characters")
        if not (pin.isascii() and pin.isdigit() and PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX):
            raise BadInput(f"the PIN needs {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits")
        secret, now_ms = new_badge_secret(), self._clock.now_ms()
        public = badge_public(secret, pin)  # half a second: before the locks are taken
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            expires_s = desk.event.ends_ms // 1000 + AFTER_EVENT_S
            made = Badge(desk.event.uid, name, sorted_roles(roles), secret, expires_s)
            digits = to_decimal(sign_badge(made, desk.keys.badge))
            store.add(tx, badge_row(event_id, made.badge, name, made.roles, public, now_ms, expires_s))
            body = BadgeStated(cause_of(BADGE, made.badge), made.badge, public, bits_of(made.roles), expires_s)
            desk.state(BADGE_KIND, body)
            ask_for_snapshot(tx, event_id, f"badge:{made.badge.hex()}", now_ms)
        return IssuedBadge(made.badge, digits)

    def block(self, event_id: int, wanted: str, operator: BadgeId | None = None) -> store.BadgeRow:
        """Block the badge of this name or id, for good. Raises BadInput where none or several fit."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            fitting = [b for b in store.all_badges(tx, event_id) if wanted in {b.name, b.badge.hex()}]
            fitting = [b for b in fitting if not b.is_withdrawn] or fitting
            if len(fitting) != 1:
                raise BadInput(
                    f"{wanted}: {len(fitting)} badges of that name or id; `rallygate-server badges` lists them"
                )
            _state_blocked(desk, fitting[0], operator)
            ask_for_snapshot(tx, event_id, f"badge-blocked:{fitting[0].badge.hex()}", now_ms)
        return fitting[0]

    def all(self, event_id: int) -> tuple[store.BadgeRow, ...]:
        """Every badge of an event."""
        with self._db.read() as tx:
            return store.all_badges(tx, event_id)


def _state_blocked(desk: Desk, row: store.BadgeRow, operator: BadgeId | None) -> None:
    badge, cause = BadgeId(row.badge), cause_of(BADGE, row.badge + b"blocked")
    bits = bits_of(roles_of(row))
    body = BadgeStated(cause, badge, row.public, bits, row.expires_ms // 1000, blocked=True)
    desk.state(BADGE_KIND, body, operator)
