"""Badges as the fold of statements about them, and what a snapshot holds of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from common.badges import SEARCHING_ROLES, Role, roles_of_bits, seal_role_key
from common.bodies import BadgeStated
from common.entries import Entry
from common.ids import BadgeId
from common.snapshot_format import BadgeRow, RoleKeyRow
from syncserver.stores import badges as store
from syncserver.stores.events import EventRow
from syncserver.stores.rows import Row


def apply_badge_statements(tx: Connection, event: EventRow, stated: Iterable[Entry], now_ms: int) -> None:
    """Bring the table to what these statements say; of one badge's blocked and not blocked, blocked holds."""
    for entry in stated:
        body = entry.body
        if isinstance(body, BadgeStated):
            roles = roles_of_bits(body.roles)
            store.add(tx, badge_row(event.id, body.badge, "", roles, body.public, now_ms, body.expires_s))
            if body.blocked:
                store.change(tx, event.id, body.badge, {"is_withdrawn": True})


def badge_rows(tx: Connection, event_id: int) -> list[BadgeRow]:
    """The rows of the admission file: by these a kiosk checks badge and PIN."""
    return sorted((b.badge, b.public, int(b.is_withdrawn)) for b in store.all_badges(tx, event_id))


def role_key_rows(tx: Connection, event: EventRow, role_key: bytes, now_ms: int) -> list[RoleKeyRow]:
    """The key of a build's search index, sealed to each badge in force that may search."""
    return sorted(
        (b.badge, role.value, seal_role_key(b.public, role_key, event.uid, BadgeId(b.badge), role))
        for b in store.all_badges(tx, event.id)
        if not b.is_withdrawn and b.expires_ms > now_ms
        for role in roles_of(b)
        if role in SEARCHING_ROLES
    )


def new_role_key() -> bytes:
    """A fresh key for one build."""
    return secrets.token_bytes(32)


def roles_of(row: store.BadgeRow) -> tuple[Role, ...]:
    """The roles of a badge."""
    return tuple(Role(role) for role in row.roles.split(",") if role)


def badge_row(
    event_id: int, badge: BadgeId, name: str, roles: Sequence[Role], public: bytes, now_ms: int, expires_s: int
) -> Row:
    """A row of the table for a badge in force."""
    return {
        "event_id": event_id,
        "badge": badge,
        "name": name,
        "roles": ",".join(roles),
        "public": public,
        "made_ms": now_ms,
        "expires_ms": expires_s * 1000,
        "is_withdrawn": False,
    }
