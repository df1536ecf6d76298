"""Names of things, as types: one for each, so that none is taken for another.

Sizes in bytes: EventUid 4, TicketId 8, DeviceId 16, RunId 8, Digest 16, CodeHash 12, BadgeId 8, Cause 16.
ProductNo and PointNo are small positive integers given once at import and never used again for another thing.
"""

from __future__ import annotations

from typing import Annotated, NewType

import msgspec

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


# The same names with their sizes, for wire types: msgspec checks them when bytes become values.
WireTicket = Annotated[TicketId, msgspec.Meta(min_length=8, max_length=8)]
WireDevice = Annotated[DeviceId, msgspec.Meta(min_length=16, max_length=16)]
WireRun = Annotated[RunId, msgspec.Meta(min_length=8, max_length=8)]
WireDigest = Annotated[Digest, msgspec.Meta(min_length=16, max_length=16)]
WireCodeHash = Annotated[CodeHash, msgspec.Meta(min_length=12, max_length=12)]
WireBadge = Annotated[BadgeId, msgspec.Meta(min_length=8, max_length=8)]
WireCause = Annotated[Cause, msgspec.Meta(min_length=16, max_length=16)]
WireEvent = Annotated[EventUid, msgspec.Meta(min_length=4, max_length=4)]
WireProduct = Annotated[ProductNo, msgspec.Meta(ge=1, le=1_000_000)]
WirePoint = Annotated[PointNo, msgspec.Meta(ge=1, le=1_000_000)]
WireArea = Annotated[AreaNo, msgspec.Meta(ge=0, le=1_000_000)]
WireDay = Annotated[EventDay, msgspec.Meta(ge=-1_000_000, le=10_000_000)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
EntryNumber = Annotated[int, msgspec.Meta(ge=1, le=2**40)]
Generation = Annotated[int, msgspec.Meta(ge=0, le=2**32 - 1)]
WireMillis = Annotated[int, msgspec.Meta(ge=-(2**53), le=2**53)]


class Identity(msgspec.Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """Identity of an entry: the device that wrote it, its run, its number in that run (from 1)."""

    device: WireDevice
    run: WireRun
    number: EntryNumber


class Ref(msgspec.Struct, frozen=True, order=True, array_like=True, forbid_unknown_fields=True):
    """What an entry uses to name another: identity and digest, since a clone may write one identity twice."""

    identity: Identity
    digest: WireDigest
