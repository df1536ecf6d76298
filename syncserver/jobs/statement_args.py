"""What the scribe is asked to state: arguments of the jobs of the queue `scribe`.

`key` names the cause (an order's uid, a batch's number): the same kind and key is stated once, however often asked.
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from common.ids import CAUSE_BYTES, Cause
from common.studied import studied

SCRIBE_QUEUE = "scribe"
ISSUE, ENTITLE, CANCEL, REISSUE, BLOCK = "issue", "entitle", "cancel", "reissue", "block"
DEVICE, REVOKE, CATALOGUE, DECIDE, PROOFS = "device", "revoke", "catalogue", "decide", "proofs"
MESSAGE, REDATE = "message", "redate"
MOVED = "moved"
CHANGE = "change"


class TicketWanted(msgspec.Struct, frozen=True):
    """One ticket to issue: its id (8 bytes), product number, items as (product number, quantity)."""

    ticket: bytes
    product: int
    items: tuple[tuple[int, int], ...] = ()
    paid: bool = True


class IssueArgs(msgspec.Struct, frozen=True):
    """Tickets of one cause; more than 500 become several statements."""

    event_id: int
    key: bytes
    tickets: tuple[TicketWanted, ...]


class GrantWanted(msgspec.Struct, frozen=True):
    """So much more of a product for a ticket that exists."""

    ticket: bytes
    product: int
    quantity: int


class EntitleArgs(msgspec.Struct, frozen=True):
    """Later items of one cause."""

    event_id: int
    key: bytes
    grants: tuple[GrantWanted, ...]


class CancelWanted(msgspec.Struct, frozen=True):
    """A whole ticket (product None) or a quantity of one of its items."""

    ticket: bytes
    product: int | None = None
    quantity: int | None = None


class CancelArgs(msgspec.Struct, frozen=True):
    """What one cause takes away."""

    event_id: int
    key: bytes
    cancelled: tuple[CancelWanted, ...]


class ChangeWanted(msgspec.Struct, frozen=True):
    """A ticket that exists becomes a ticket of this product."""

    ticket: bytes
    product: int


class ChangeArgs(msgspec.Struct, frozen=True):
    """Tickets that one cause makes other tickets."""

    event_id: int
    key: bytes
    changes: tuple[ChangeWanted, ...]


class BlockArgs(msgspec.Struct, frozen=True):
    """Block or unblock one ticket."""

    event_id: int
    key: bytes
    ticket: bytes
    blocked: bool
    why: str


class ReissueArgs(msgspec.Struct, frozen=True):
    """Give one ticket a new generation and code."""

    event_id: int
    key: bytes
    ticket: bytes


class MovedArgs(msgspec.Struct, frozen=True):
    """People set a kiosk up at another point: `entry` is the digest of what it wrote about it."""

    event_id: int
    entry: bytes
    device: bytes
    operator: bytes | None
    point: int
    before: int | None


class DeviceArgs(msgspec.Struct, frozen=True):
    """Move a device to a point (None: nowhere yet) or rename it."""

    event_id: int
    key: bytes
    device: bytes
    name: str
    point: int | None


class RevokeArgs(msgspec.Struct, frozen=True):
    """Withdraw a device; what it wrote until now counts."""

    event_id: int
    key: bytes
    device: bytes
    why: str


class CatalogueArgs(msgspec.Struct, frozen=True):
    """Say that products or points have version `version` now."""

    event_id: int
    key: bytes
    version: int


def cause_of(kind: str, key: bytes, part: int = 0) -> Cause:
    """The 16 bytes that name a cause: one of each kind, key and part (a batch of 500 of a large cause)."""
    return Cause(sha256(b"|".join((kind.encode(), key.hex().encode(), str(part).encode()))).digest()[:CAUSE_BYTES])


studied(IssueArgs, EntitleArgs, CancelArgs, ChangeArgs, BlockArgs, ReissueArgs, DeviceArgs, RevokeArgs, CatalogueArgs)
