"""Names of things, as types: one for each, so that none is taken for another.

Sizes in bytes: EventUid 4, TicketId 8, DeviceId 16, RunId 8, Digest 16, CodeHash 12, BadgeId 8, Cause 16.
ProductNo and PointNo are small positive integers given once at import and never used again for another thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

EventUid = NewType("EventUid", bytes)
TicketId = NewType("TicketId", bytes)
DeviceId = NewType("DeviceId", bytes)
RunId = NewType("RunId", bytes)
Digest = NewType("Digest", bytes)
CodeHash = NewType("CodeHash", bytes)
BadgeId = NewType("BadgeId", bytes)
Cause = NewType("Cause", bytes)
ProductNo = NewType("ProductNo", int)
PointNo = NewType("PointNo", int)
AreaNo = NewType("AreaNo", int)
EventDay = NewType("EventDay", int)  # days since 1970-01-01 of the local date, border hour applied

EVENT_UID_BYTES = 4
TICKET_ID_BYTES = 8
DEVICE_ID_BYTES = 16
RUN_ID_BYTES = 8
DIGEST_BYTES = 16
CODE_HASH_BYTES = 12
BADGE_ID_BYTES = 8
CAUSE_BYTES = 16


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """Identity of an entry: the device that wrote it, its run, its number in that run (from 1)."""

    device: DeviceId
    run: RunId
    number: int


@dataclass(frozen=True, slots=True, order=True)
class Ref:
    """What an entry uses to name another: identity and digest, since a clone may write one identity twice."""

    identity: Identity
    digest: Digest
