"""Staff badges: issued with a PIN, blocked for good. The server keeps the public half of badge and PIN, never these.

A badge travels as a statement, so every connected kiosk knows it within seconds and a restored server gets it back.
What a badge may unseal is sealed to it at each build of a snapshot: a blocked one opens nothing built afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from common.badges import (
    NAME_BYTES_MAX,
    NAME_CHARACTERS_MAX,
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
from syncserver.services.problems import NotHere
from syncserver.services.scribe import Desk, Scribe
from syncserver.services.snapshot_queue import ask_for_snapshot
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import badges as store

BADGE = "badge"
BADGE_KIND = 44  # common.bodies.BadgeStated
AFTER_EVENT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class IssuedBadge:
    """A badge as it was made: the digits for its QR are a key, shown once and kept nowhere."""

    badge: BadgeId
    digits: str
    expires_ms: int


class Badges:
    """Issues, blocks and lists badges."""

    def __init__(self, db: Database, clock: Clock, scribe: Scribe) -> None:
        self._db, self._clock, self._scribe = db, clock, scribe

    def issue(
        self, event_id: int, name: str, roles: Iterable[Role], pin: str, by: Actor | None = None, key: bytes = b""
    ) -> IssuedBadge:
        """Make a badge; `by` whom is written down, None: by command. Raises BadInput, for a form's `key` again too."""
        chosen = _checked(name, roles, pin)
        secret, now_ms = new_badge_secret(), self._clock.now_ms()
        public = badge_public(secret, pin)  # half a second: before the locks are taken
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            expires_s = desk.event.ends_ms // 1000 + AFTER_EVENT_S
            made = Badge(desk.event.uid, name, chosen, secret, expires_s)
            digits = to_decimal(sign_badge(made, desk.keys.badge))
            if not ask_for_snapshot(tx, event_id, f"badge:{key.hex() or made.badge.hex()}", now_ms):
                raise BadInput("this form was sent before, and its badge was shown then: block that one, make another")
            store.add(tx, badge_row(event_id, made.badge, name, made.roles, public, now_ms, expires_s))
            body = BadgeStated(cause_of(BADGE, made.badge), made.badge, public, bits_of(made.roles), expires_s)
            desk.state(BADGE_KIND, body)
            who = by or Actor(None, event_id, now_ms)
            record(tx, who, Action.MAKE_BADGE, made.badge.hex(), f"{name}: {', '.join(chosen)}")
        return IssuedBadge(made.badge, digits, expires_s * 1000)

    def block(self, event_id: int, wanted: str) -> store.BadgeRow:
        """Block the badge of this name or id, for good, by command. Raises BadInput where none or several fit."""
        now_ms = self._clock.now_ms()
        with self._db.write() as tx:
            desk = self._scribe.open(tx, event_id)
            fitting = [b for b in store.all_badges(tx, event_id) if wanted in {b.name, b.badge.hex()}]
            fitting = [b for b in fitting if not b.is_withdrawn] or fitting
            if len(fitting) != 1:
                raise BadInput(
                    f"{wanted}: {len(fitting)} badges of that name or id; `rallygate-server badges` lists them"
                )
            _block(desk, fitting[0], now_ms)
            record(tx, Actor(None, event_id, now_ms), Action.BLOCK_BADGE, fitting[0].badge.hex(), fitting[0].name)
        return fitting[0]

    def block_for(self, actor: Actor, badge: BadgeId, why: str) -> None:
        """Block one badge for good; who did it and why is written down. Raises NotHere, BadInput."""
        with self._db.write() as tx:
            desk = self._scribe.open(tx, actor.event_id)
            row = store.by_id(tx, actor.event_id, badge)
            if row is None:
                raise NotHere("this event has no such badge")
            if row.is_withdrawn:
                raise BadInput(f"the badge of {row.name or badge.hex()} is blocked already")
            _block(desk, row, actor.now_ms)
            record(tx, actor, Action.BLOCK_BADGE, badge.hex(), f"{row.name}: {why}" if row.name else why)

    def all(self, event_id: int) -> tuple[store.BadgeRow, ...]:
        """Every badge of an event."""
        with self._db.read() as tx:
            return store.all_badges(tx, event_id)


def _checked(name: str, roles: Iterable[Role], pin: str) -> tuple[Role, ...]:
    """The roles in order, of a badge that can be made. Raises BadInput."""
    if not is_badge_name(name):
        raise BadInput(
            f"{name[:40]!r}: a name on a badge has 1 to {NAME_CHARACTERS_MAX} printable characters, "
            f"and at most {NAME_BYTES_MAX} bytes (letters with accents have two): shorten it"
        )
    chosen = sorted_roles(roles)
    if not chosen:
        raise BadInput("a badge has one role or more: choose what its holder does")
    if not (pin.isascii() and pin.isdigit() and PIN_DIGITS_MIN <= len(pin) <= PIN_DIGITS_MAX):
        raise BadInput(f"the PIN needs {PIN_DIGITS_MIN} to {PIN_DIGITS_MAX} digits")
    return chosen


def _block(desk: Desk, row: store.BadgeRow, now_ms: int) -> None:
    """State it, and have a snapshot built that opens nothing to this badge."""
    badge, cause = BadgeId(row.badge), cause_of(BADGE, row.badge + b"blocked")
    bits = bits_of(roles_of(row))
    body = BadgeStated(cause, badge, row.public, bits, row.expires_ms // 1000, blocked=True)
    desk.state(BADGE_KIND, body)
    ask_for_snapshot(desk.tx, desk.event.id, f"badge-blocked:{row.badge.hex()}", now_ms)
