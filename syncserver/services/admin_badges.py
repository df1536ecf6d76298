"""Staff badges as people look after them: made with a PIN that is drawn, shown once, blocked for good."""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from common.badges import PIN_DIGITS_MIN, SEARCHING_ROLES, Role
from common.clock import Clock
from common.ids import BadgeId
from syncserver.db.engine import Database
from syncserver.services.badge_fold import roles_of
from syncserver.services.badges import Badges
from syncserver.services.problems import NotHere
from syncserver.services.staff_actions import Actor
from syncserver.stores import badges as store
from syncserver.stores import staff as staff_store
from syncserver.stores.badges import BadgeRow
from syncserver.stores.events import EventRow
from syncserver.stores.staff import ActionRow

SEARCHING_PIN_DIGITS = 8  # badge and PIN of these open names: see common.badges on what six cost a thief
ACTIONS_SHOWN = 10
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class ShownBadge:
    """A badge in the list. `name` is empty for one that a restored server knows from its statement alone."""

    id: str
    name: str
    roles: tuple[Role, ...]
    made_ms: int
    expires_ms: int
    is_blocked: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class BadgePage:
    """One badge, and what people did with it, the latest first."""

    badge: ShownBadge
    actions: tuple[ActionRow, ...]


@dataclass(frozen=True, slots=True)
class DrawnBadge:
    """A badge that was made just now: its digits are a key and its PIN opens it. Shown once, kept nowhere."""

    badge: BadgeId
    digits: str
    pin: str
    expires_ms: int


class BadgeDesk:
    """Looks after an event's badges."""

    def __init__(self, db: Database, clock: Clock, badges: Badges) -> None:
        self._db, self._clock, self._badges = db, clock, badges

    def all(self, event: EventRow) -> tuple[ShownBadge, ...]:
        """Every badge by name; those that open nothing any more last."""
        shown = [self._shown(row) for row in self._badges.all(event.id)]
        return tuple(sorted(shown, key=lambda one: one.is_blocked or one.is_over))

    def one(self, event: EventRow, badge: str) -> BadgePage:
        """One badge by its id in hex. Raises NotHere."""
        with self._db.read() as tx:
            row = store.by_id(tx, event.id, _id(badge))
            actions = staff_store.actions_on(tx, event.id, badge, ACTIONS_SHOWN)
        if row is None:
            raise NotHere("this event has no such badge")
        return BadgePage(self._shown(row), actions)

    def make(self, actor: Actor, name: str, roles: Collection[Role], key: bytes) -> DrawnBadge:
        """A badge and the PIN drawn for it. Raises BadInput, for the same `key` again too: nothing is shown twice."""
        pin = draw_pin(roles)
        made = self._badges.issue(actor.event_id, " ".join(name.split()), roles, pin, actor, key)
        return DrawnBadge(made.badge, made.digits, pin, made.expires_ms)

    def block(self, actor: Actor, badge: str, why: str) -> None:
        """Block it for good. Raises NotHere, BadInput."""
        self._badges.block_for(actor, _id(badge), " ".join(why.split()))

    def _shown(self, row: BadgeRow) -> ShownBadge:
        return ShownBadge(
            id=row.badge.hex(),
            name=row.name,
            roles=roles_of(row),
            made_ms=row.made_ms,
            expires_ms=row.expires_ms,
            is_blocked=row.is_withdrawn,
            is_over=row.expires_ms <= self._clock.now_ms(),
        )


def draw_pin(roles: Collection[Role]) -> str:
    """A PIN that nobody chose: eight digits for who may look people up, else six; none that thieves try first."""
    count = SEARCHING_PIN_DIGITS if set(roles) & set(SEARCHING_ROLES) else PIN_DIGITS_MIN
    while True:
        pin = f"{secrets.randbelow(10**count):0{count}d}"
        if not _is_plain(pin):
            return pin


def _is_plain(pin: str) -> bool:
    """Whether each digit is as far from the one before it as all others: 000000, 123456, 864208."""
    return len({(int(later) - int(first)) % 10 for first, later in pairwise(pin)}) == 1


def _id(badge: str) -> BadgeId:
    if not _ID.fullmatch(badge):
        raise NotHere("this event has no such badge")
    return BadgeId(bytes.fromhex(badge))
