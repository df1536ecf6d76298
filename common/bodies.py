"""What an entry says: the bodies a kiosk writes and the statements the server writes.

Wire form of a body is a CBOR array whose first element is the kind's number; the fields follow in order.
Numbers once published are never used again. All variants are frozen; texts have limits in characters.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

import msgspec

from common.ids import (
    Count,
    EntryNumber,
    Generation,
    Ref,
    WireArea,
    WireBadge,
    WireCause,
    WireCodeHash,
    WireDay,
    WireDevice,
    WireDigest,
    WirePoint,
    WireProduct,
    WireRun,
    WireTicket,
)

HEADS_PER_ENTRY_MAX = 64
TICKETS_PER_STATEMENT_MAX = 500
ITEMS_PER_TICKET_MAX = 256
VARIANTS_PER_USE_MAX = 64

Proof = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Heads = Annotated[tuple[Ref, ...], msgspec.Meta(max_length=HEADS_PER_ENTRY_MAX)]
Replaces = Annotated[tuple[Ref, ...], msgspec.Meta(max_length=HEADS_PER_ENTRY_MAX)]
ReasonCode = Annotated[str, msgspec.Meta(max_length=40)]
ShortText = Annotated[str, msgspec.Meta(max_length=200)]
VariantKey = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_]{0,47}$")]  # as an event file names variants
SealedBytes = Annotated[bytes, msgspec.Meta(max_length=8192)]


class Flag(IntEnum):
    """What people should know of a use; stored with it, never a reason to drop it."""

    HISTORY_INCOMPLETE = 1  # the pass was nowhere in what the device had heard
    VIEW_OLD = 2  # the device's view was older than the point's limit
    CLOCK_DOUBTFUL = 3  # a person had confirmed the time shown
    NOT_INSIDE = 4  # an exit of someone who was not inside
    UNPAID = 5
    FOUND_BY_NAME = 6  # no code was read: badge and PIN stood in
    DOUBLE_OPEN = 7  # two devices had admitted this ticket unheard, and nobody has decided it yet


class Ruling(IntEnum):
    """What a supervisor, or the scribe for proofs, says of one use."""

    ACCEPT = 1
    BLOCK = 2  # it stands, and the ticket is blocked by a statement of its own
    ERROR = 3  # it never happened: does not count
    ALLOW = 4  # a use past a revocation's cut counts
    PROVEN = 5  # the proof of scan was checked and holds
    NOTE = 6


class _Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Base of everything that travels as an array."""


class Redeem(_Wire, frozen=True, array_like=True, tag=1):
    """A right was used: someone came in, something was handed out."""

    ticket: WireTicket
    generation: Generation
    product: WireProduct
    quantity: Count
    point: WirePoint
    area: WireArea
    day: WireDay
    seen: Heads  # heads of this ticket's ledger the writer knew
    proof: Proof | None  # None: no code was read
    flags: tuple[int, ...] = ()


class Exit(_Wire, frozen=True, array_like=True, tag=2):
    """Someone went out of an area."""

    ticket: WireTicket
    generation: Generation
    product: WireProduct
    point: WirePoint
    area: WireArea
    day: WireDay
    seen: Heads
    proof: Proof | None
    flags: tuple[int, ...] = ()


class Void(_Wire, frozen=True, array_like=True, tag=3):
    """The writer takes back an entry of its own (a turnstile did not turn, a slip of the hand)."""

    ticket: WireTicket
    target: Ref
    why: ReasonCode


class Refuse(_Wire, frozen=True, array_like=True, tag=4):
    """Someone was turned away; `content` is the digest of a foreign code, which itself is never stored."""

    ticket: WireTicket | None
    generation: Generation | None
    content: WireDigest | None
    reason: ReasonCode
    point: WirePoint
    day: WireDay
    repeats: Count = 1


class Override(_Wire, frozen=True, array_like=True, tag=5):
    """A use that a person answered for, though `reason` spoke against it."""

    ticket: WireTicket
    generation: Generation
    product: WireProduct
    quantity: Count
    point: WirePoint
    area: WireArea
    day: WireDay
    seen: Heads
    proof: Proof | None
    reason: ReasonCode
    why: ShortText
    flags: tuple[int, ...] = ()


class Note(_Wire, frozen=True, array_like=True, tag=6):
    """A note or answers for the server's eyes, sealed to it."""

    ticket: WireTicket | None
    sealed: SealedBytes


class Moved(_Wire, frozen=True, array_like=True, tag=8):
    """People set the writer up at another point. Its own entries carry the point; the server states it for all."""

    point: WirePoint
    before: WirePoint | None  # where it stood; the server's word stands if that was another place by then


class HandedLine(_Wire, frozen=True, array_like=True):
    """So many pieces of one variant; `bought` is the variant they stand for, where another one was handed out."""

    variant: VariantKey
    quantity: Count
    bought: VariantKey | None = None


class HandedOut(_Wire, frozen=True, array_like=True, tag=9):
    """Which variants the writer handed out at a use of its own. Says nothing of rights: those are per product."""

    ticket: WireTicket
    use: Ref
    lines: Annotated[tuple[HandedLine, ...], msgspec.Meta(min_length=1, max_length=VARIANTS_PER_USE_MAX)]
    replaces: Replaces = ()  # what it had said of that use before


class MessageRead(_Wire, frozen=True, array_like=True, tag=10):
    """Somebody at the writer has read a message of the control room; the entry's operator says who."""

    message: WireDigest
    point: WirePoint | None  # where the writer stood


class IssuedTicket(_Wire, frozen=True, array_like=True):
    """One ticket as it was made: its product and the items bought with it, (product, quantity) each."""

    ticket: WireTicket
    code_hash: WireCodeHash
    generation: Generation
    product: WireProduct
    items: Annotated[tuple[tuple[WireProduct, Count], ...], msgspec.Meta(max_length=ITEMS_PER_TICKET_MAX)] = ()
    paid: bool = True


class Issue(_Wire, frozen=True, array_like=True, tag=32):
    """Tickets came into the world (up to 500 by one cause)."""

    cause: WireCause
    tickets: Annotated[tuple[IssuedTicket, ...], msgspec.Meta(min_length=1, max_length=TICKETS_PER_STATEMENT_MAX)]


class Reissue(_Wire, frozen=True, array_like=True, tag=33):
    """A ticket has a new generation and code; `accepted` are the uses that counted so far."""

    cause: WireCause
    ticket: WireTicket
    generation: Generation
    code_hash: WireCodeHash
    accepted: Annotated[tuple[Ref, ...], msgspec.Meta(max_length=1000)]
    replaces: Replaces


class Entitlement(_Wire, frozen=True, array_like=True):
    """(product, quantity) that a ticket gets a right to, added to what it has."""

    ticket: WireTicket
    product: WireProduct
    quantity: Count


class Entitle(_Wire, frozen=True, array_like=True, tag=34):
    """Later items for tickets that exist; counts once per cause."""

    cause: WireCause
    grants: Annotated[tuple[Entitlement, ...], msgspec.Meta(min_length=1, max_length=TICKETS_PER_STATEMENT_MAX)]


class Cancellation(_Wire, frozen=True, array_like=True):
    """What is taken away: a whole ticket (product None) or a quantity of one item."""

    ticket: WireTicket
    product: WireProduct | None = None
    quantity: Count | None = None


class Cancel(_Wire, frozen=True, array_like=True, tag=35):
    """Tickets or items are no longer good (refund, cancelled order); counts once per cause."""

    cause: WireCause
    cancelled: Annotated[tuple[Cancellation, ...], msgspec.Meta(min_length=1, max_length=TICKETS_PER_STATEMENT_MAX)]


class Block(_Wire, frozen=True, array_like=True, tag=36):
    """A ticket is blocked, or unblocked; of several in force blocked beats unblocked."""

    cause: WireCause
    ticket: WireTicket
    blocked: bool
    why: ShortText
    replaces: Replaces


class CatalogueChanged(_Wire, frozen=True, array_like=True, tag=37):
    """Products or points changed: version `version` is in every snapshot built since."""

    cause: WireCause
    version: Count


class DeviceStated(_Wire, frozen=True, array_like=True, tag=38):
    """A device was enrolled or moved: its certificate, name and point (None: not placed yet)."""

    cause: WireCause
    device: WireDevice
    certificate: Annotated[bytes, msgspec.Meta(max_length=1024)]
    name: Annotated[str, msgspec.Meta(max_length=60)]
    point: WirePoint | None
    replaces: Replaces


class Message(_Wire, frozen=True, array_like=True, tag=39):
    """A text from the control room to one point, or to all (None)."""

    cause: WireCause
    point: WirePoint | None
    text: Annotated[str, msgspec.Meta(max_length=1000)]


class Decide(_Wire, frozen=True, array_like=True, tag=40):
    """What was decided of one use of a ticket; revisable by a later one that replaces it."""

    cause: WireCause
    ticket: WireTicket
    target: Ref
    ruling: int  # Ruling; a number this version does not know folds as nothing
    replaces: Replaces
    note: ShortText = ""
    operator: WireBadge | None = None


class Redate(_Wire, frozen=True, array_like=True, tag=41):
    """Entries first..last of a run were stamped by a wrong clock: add `seconds` to their times."""

    cause: WireCause
    device: WireDevice
    run: WireRun
    first: EntryNumber
    last: EntryNumber
    seconds: Annotated[int, msgspec.Meta(ge=-(2**33), le=2**33)]
    replaces: Replaces


class RunCut(_Wire, frozen=True, array_like=True):
    """The last number of a run that still counts, with its digest."""

    run: WireRun
    last: EntryNumber
    digest: WireDigest


class Revoke(_Wire, frozen=True, array_like=True, tag=42):
    """A device is out: runs not named are cut at 0, several revokes are their union."""

    cause: WireCause
    device: WireDevice
    cut: Annotated[tuple[RunCut, ...], msgspec.Meta(max_length=1000)]
    why: ShortText = ""


class Gap(_Wire, frozen=True, array_like=True, tag=43):
    """Entries that nobody has: informs people, moves no vector."""

    cause: WireCause
    device: WireDevice
    run: WireRun
    first: EntryNumber
    last: EntryNumber


class BadgeStated(_Wire, frozen=True, array_like=True, tag=44):
    """A staff badge was issued or blocked: by its public half a kiosk checks badge and PIN. Blocked is for good."""

    cause: WireCause
    badge: WireBadge
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    roles: Annotated[int, msgspec.Meta(ge=1, le=2**16)]  # common.badges.bits_of
    expires_s: Annotated[int, msgspec.Meta(ge=0, le=2**40)]
    blocked: bool = False


class UnknownBody(msgspec.Struct, frozen=True):
    """A verified entry this version does not understand: kept and forwarded, folds as nothing."""

    kind: int | None
    why: str


KioskBody = Redeem | Exit | Void | Refuse | Override | Note | Moved | HandedOut | MessageRead
Statement = (
    Issue
    | Reissue
    | Entitle
    | Cancel
    | Block
    | CatalogueChanged
    | DeviceStated
    | Message
    | Decide
    | Redate
    | Revoke
    | Gap
    | BadgeStated
)
Body = KioskBody | Statement | UnknownBody
