"""Who did what in the admin, or by command: written in the transaction of the deed itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from syncserver.stores import staff as store

WHY_CHARACTERS_MAX = 200


class Action(StrEnum):
    """What people do."""

    ENROL = "enrol"
    MOVE = "move"
    REVOKE = "revoke"
    BLOCK = "block"
    UNBLOCK = "unblock"
    REISSUE = "reissue"
    READ_CODE = "read_code"
    RESEND = "resend"
    REFUND = "refund"
    REFUND_BY_HAND = "refund_by_hand"
    CORRECT = "correct"
    NOTE = "note"
    RETRY = "retry"
    RETRY_TRAY = "retry_tray"
    BUILD = "build"
    DECIDE = "decide"
    REDATE = "redate"
    NEW_ACCOUNT = "new_account"
    NEW_PASSWORD = "new_password"
    SET_ROLES = "set_roles"
    MAKE_VOUCHERS = "make_vouchers"
    WITHDRAW_VOUCHERS = "withdraw_vouchers"
    SWITCH_OFF = "switch_off"
    SWITCH_ON = "switch_on"
    SIGN_OUT = "sign_out"
    SEND_MESSAGE = "send_message"
    MAKE_BADGE = "make_badge"
    BLOCK_BADGE = "block_badge"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which event, when. No account: whoever may run commands on the server."""

    account_id: int | None
    event_id: int
    now_ms: int


def record(tx: Connection, actor: Actor, action: Action, subject: str, why: str = "") -> None:
    """Write it down."""
    why = why[:WHY_CHARACTERS_MAX]
    store.add_action(tx, actor.event_id, actor.account_id, action.value, subject[:200], why, actor.now_ms)
