"""Who may do what: roles, rights, and the one table that joins them. Each route of the server declares its right."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "rallygate_right"


class Role(StrEnum):
    """The staff roles. A person may have several, per event."""

    HOSTESS = "hostess"
    WILD_HOSTESS = "wild_hostess"
    SUPERVISOR = "supervisor"
    ACCOUNTANT = "accountant"
    SUPPORT = "support"
    ADMIN = "admin"


class Right(StrEnum):
    """What a route needs. The first four are not given by roles."""

    PUBLIC = "public"  # everyone
    BUYER = "buyer"  # whoever holds the link or the cookie the route itself checks
    DEVICE = "device"  # whoever signs with a device's key, which the route itself checks
    SIGNED_IN = "signed_in"  # any member of staff
    SEE_OVERVIEW = "overview.see"
    SEE_DEVICES = "devices.see"
    ENROL_DEVICES = "devices.enrol"
    MOVE_DEVICES = "devices.move"
    REVOKE_DEVICES = "devices.revoke"
    SEE_MESSAGES = "messages.see"
    SEND_MESSAGES = "messages.send"
    SEE_POINTS = "points.see"
    SEE_ENTRIES = "entries.see"
    SEE_HOLDERS = "holders.see"
    SEE_TRAY = "tray.see"
    RETRY_TRAY = "tray.retry"
    SEE_FLAGS = "flags.see"
    DECIDE_CONFLICTS = "conflicts.decide"
    SEE_TICKETS = "tickets.see"
    BLOCK_TICKETS = "tickets.block"
    REISSUE_TICKETS = "tickets.reissue"
    SIMULATE = "simulator.use"
    SEE_ANSWERS = "answers.see"
    SEE_ORDERS = "orders.see"
    RESEND_MAIL = "orders.resend"
    CORRECT_ORDERS = "orders.correct"
    REFUND_ORDERS = "orders.refund"
    SEE_PAYMENTS = "payments.see"
    SEE_VOUCHERS = "vouchers.see"
    MANAGE_VOUCHERS = "vouchers.manage"  # make them, get their codes, withdraw them
    SEE_JOBS = "jobs.see"
    RETRY_JOBS = "jobs.retry"
    SEE_SNAPSHOTS = "snapshots.see"
    BUILD_SNAPSHOTS = "snapshots.build"
    MANAGE_STAFF = "staff.manage"
    SEE_BADGES = "badges.see"
    MAKE_BADGES = "badges.make"  # whoever makes one chooses its roles, so this is as much as all of them
    BLOCK_BADGES = "badges.block"


_AT_THE_GATE = frozenset({Right.SEE_OVERVIEW, Right.SEE_POINTS})
_ON_THE_FLOOR = _AT_THE_GATE | {Right.SEE_ENTRIES, Right.SEE_DEVICES, Right.SEE_MESSAGES}
_WITH_PEOPLE = _ON_THE_FLOOR | {
    Right.SEE_HOLDERS,
    Right.SEE_TICKETS,
    Right.SEE_ORDERS,
    Right.SEE_FLAGS,
    Right.BLOCK_TICKETS,
    Right.REISSUE_TICKETS,
    Right.RESEND_MAIL,
    Right.CORRECT_ORDERS,
    Right.SIMULATE,
    Right.SEE_ANSWERS,
}

RIGHTS_OF: dict[Role, frozenset[Right]] = {
    Role.HOSTESS: _AT_THE_GATE,
    Role.WILD_HOSTESS: _ON_THE_FLOOR,
    Role.SUPERVISOR: _WITH_PEOPLE
    | {
        Right.MOVE_DEVICES,
        Right.SEND_MESSAGES,
        Right.ENROL_DEVICES,
        Right.REVOKE_DEVICES,
        Right.SEE_TRAY,
        Right.RETRY_TRAY,
        Right.DECIDE_CONFLICTS,
        Right.SEE_SNAPSHOTS,
        Right.SEE_BADGES,
        Right.BLOCK_BADGES,  # a lost badge cannot wait for the office
    },
    Role.ACCOUNTANT: frozenset(
        {Right.SEE_OVERVIEW, Right.SEE_ORDERS, Right.SEE_PAYMENTS, Right.SEE_VOUCHERS, Right.REFUND_ORDERS}
    ),
    Role.SUPPORT: _WITH_PEOPLE | {Right.SEE_PAYMENTS, Right.SEE_VOUCHERS, Right.REFUND_ORDERS},
    Role.ADMIN: frozenset(Right) - {Right.PUBLIC, Right.BUYER, Right.DEVICE},
}


def rights_of(roles: frozenset[Role]) -> frozenset[Right]:
    """Everything these roles together may do; any role at all is signed in."""
    given = frozenset().union(*(RIGHTS_OF[role] for role in roles)) if roles else frozenset()
    return given | {Right.SIGNED_IN} if roles else given


def right(needed: Right) -> Callable[[View], View]:
    """Declare what a view needs. A view that declares nothing answers nobody."""

    def mark(view: View) -> View:
        setattr(view, _MARK, needed)
        return view

    return mark


def right_of(view: Callable[..., Any]) -> Right | None:
    """What a view declares."""
    found = getattr(view, _MARK, None)
    return found if isinstance(found, Right) else None
