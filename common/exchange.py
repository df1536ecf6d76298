"""The one exchange: what a device says, what it is answered, and the papers that travel with it.

Every message is one COSE_Sign1: requests under the device's key (typ EXCHANGE, ENROLMENT, DECIDE), answers under the
event's online key (typ ANSWER) with the caller's nonce inside. Payloads are CBOR arrays as declared here; limits beside
each.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, TypeVar

import msgspec

from common import cbor
from common.ids import (
    EntryNumber,
    WireDevice,
    WireDigest,
    WireEvent,
    WireMillis,
    WirePoint,
    WireRun,
)
from common.studied import studied

PROTOCOL = 1
SCHEMA = 1
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
ENTRIES_PER_MESSAGE_MAX = 2_000
ENTRY_BYTES_PER_MESSAGE_MAX = 4 * 1024 * 1024
RUNS_PER_VECTOR_MAX = 20_000
LINES_PER_RUN_MAX = 10_000
MANIFESTS_HELD_MAX = 8
OUT_OF_ORDER_CHARACTERS_MAX = 200

Nonce = Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]
Sha256 = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Version = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Name = Annotated[str, msgspec.Meta(max_length=60)]
FieldText = Annotated[str, msgspec.Meta(max_length=16_384)]
RawEntries = Annotated[
    tuple[Annotated[bytes, msgspec.Meta(max_length=65_536)], ...], msgspec.Meta(max_length=ENTRIES_PER_MESSAGE_MAX)
]


class _Wire(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Base of everything that travels as an array."""


class Line(_Wire, frozen=True, array_like=True, order=True):
    """Entries first..last of a run are here, linked by digest; `digest` is the last one's."""

    first: EntryNumber
    last: EntryNumber
    digest: WireDigest


class RunLines(_Wire, frozen=True, array_like=True, order=True):
    """What is here of one run. A forked run has lines for each branch, and they may overlap."""

    device: WireDevice
    run: WireRun
    lines: Annotated[tuple[Line, ...], msgspec.Meta(max_length=LINES_PER_RUN_MAX)]


VersionVector = Annotated[tuple[RunLines, ...], msgspec.Meta(max_length=RUNS_PER_VECTOR_MAX)]


class Cursor(_Wire, frozen=True, array_like=True):
    """How far was read: a position and that row's random tag. A restored server knows other tags."""

    position: Annotated[int, msgspec.Meta(ge=0, le=2**53)]
    tag: Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class DeviceStatus(_Wire, frozen=True, array_like=True):
    """How a device fares; None is unknown. Ages in ms, storage in bytes, battery in percent."""

    version: Annotated[str, msgspec.Meta(max_length=40)]
    pending: int
    learnt: int
    snapshot_age_ms: int | None = None
    storage_free: int | None = None
    battery: int | None = None
    camera: Annotated[str, msgspec.Meta(max_length=40)] = ""
    clock_offset_ms: int | None = None
    rejected: int = 0
    out_of_order: Annotated[str, msgspec.Meta(max_length=OUT_OF_ORDER_CHARACTERS_MAX)] = ""  # a turnstile, and why


class EnrolRequest(_Wire, frozen=True, array_like=True):
    """A device asks to join with a one-time code; signed by its own new key, whose raw public half is `public`."""

    protocol: Version
    schema: Version
    code: Annotated[str, msgspec.Meta(max_length=40)]
    public: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    name: Name
    nonce: Nonce


class EnrolAnswer(_Wire, frozen=True, array_like=True):
    """Joined: the certificate, the signed key list with its root key, and the point it stands at (None: not yet)."""

    event: WireEvent
    nonce: Nonce
    time_ms: WireMillis
    certificate: bytes
    root: Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
    key_list: bytes
    point: WirePoint | None
    event_name: Name


class ExchangeRequest(_Wire, frozen=True, array_like=True):
    """What I have for you, and how to tell what I lack: by cursor (fast) or by vector (truth)."""

    protocol: Version
    schema: Version
    event: WireEvent
    nonce: Nonce
    certificate: bytes | None  # at every start, and whenever the other may have forgotten us
    entries: RawEntries
    cursor: Cursor | None
    vector: VersionVector | None
    status: DeviceStatus | None
    manifests: Annotated[tuple[bytes, ...], msgspec.Meta(max_length=MANIFESTS_HELD_MAX)] = ()
    key_list_version: Version = 0


class DecideRequest(_Wire, frozen=True, array_like=True):
    """What would you say to this code at this point? `fields` are those of the simulator's form; nothing is written."""

    protocol: Version
    event: WireEvent
    nonce: Nonce
    fields: Annotated[dict[Annotated[str, msgspec.Meta(max_length=20)], FieldText], msgspec.Meta(max_length=40)]


class DecideAnswer(_Wire, frozen=True, array_like=True):
    """The verdict as JSON, in the form that `headless` has, with the checks that were made."""

    nonce: Nonce
    time_ms: WireMillis
    verdict: bytes


class Rejected(_Wire, frozen=True, array_like=True):
    """Bytes that lie in the other's tray: their digest and why."""

    digest: WireDigest
    reason: Annotated[str, msgspec.Meta(max_length=60)]


class ExchangeAnswer(_Wire, frozen=True, array_like=True):
    """What you lack, where you are now, and signed time. `vector` says what I hold, so you can send what I lack.

    Neither `cursor` nor `more`: something you lack was held back. Either your cursor is strange here (you gave no
    vector, and get mine), or you are so far behind that the snapshot offered is the shorter way; who cannot take it
    names it in `manifests`, and gets entries. `cursor` and `more` after a vector: all that you lack lies behind it.
    """

    protocol: Version
    schema: Version
    nonce: Nonce
    time_ms: WireMillis
    taken: int  # entries of the request now held here, in order from its first; the rest must be sent again
    entries: RawEntries
    cursor: Cursor | None
    vector: VersionVector | None  # None: the cursor was good and vectors were not asked for
    more: bool  # there is more to fetch: call again at once
    rejected: tuple[Rejected, ...] = ()
    wants_snapshots: tuple[Sha256, ...] = ()  # admission files I lack rows of: upload them
    manifest: bytes | None = None  # the newest snapshot offered
    key_list: bytes | None = None  # where yours is older
    retry_after_ms: int | None = None


class FileKind(StrEnum):
    """The files of a snapshot."""

    ADMISSION = "admission"
    HOLDERS = "holders"
    SEARCH = "search"


class SnapshotFile(_Wire, frozen=True, array_like=True):
    """One file of a snapshot: `sha256`, `size` of the compressed (zstd) file; its URL is its hash."""

    kind: Annotated[str, msgspec.Meta(max_length=20)]
    sha256: Sha256
    size: int
    plain_sha256: Sha256
    plain_size: int


class Manifest(_Wire, frozen=True, array_like=True):
    """A snapshot: signed by the scribe (typ MANIFEST). `safe` is what every backup still kept contains."""

    schema: Version
    event: WireEvent
    build_ms: WireMillis
    catalogue: Version
    files: Annotated[tuple[SnapshotFile, ...], msgspec.Meta(min_length=1, max_length=8)]
    vector: VersionVector
    safe: VersionVector


studied(EnrolRequest, EnrolAnswer, ExchangeRequest, ExchangeAnswer, DecideRequest, DecideAnswer, Manifest)

_STATUS = ExchangeRequest.__struct_fields__.index("status")

T = TypeVar("T", bound=msgspec.Struct)


class MessageFault(StrEnum):
    """Why a payload is no message."""

    NOT_CBOR = "not_cbor"
    WRONG_SHAPE = "wrong_shape"


def to_payload(message: msgspec.Struct) -> bytes:
    """Deterministic CBOR of a message; what it has nothing to say of, it leaves out as 0.1.0 does."""
    plain = msgspec.to_builtins(message, builtin_types=(bytes,))
    if isinstance(message, ExchangeRequest) and message.status is not None and not message.status.out_of_order:
        plain[_STATUS].pop()
    return cbor.encode(plain)


def from_payload(payload: bytes, kind: type[T], max_bytes: int = MESSAGE_BYTES_MAX) -> T | MessageFault:
    """The typed message, or why it is none. Never raises on any bytes."""
    plain = cbor.decode(payload, max_bytes=max_bytes)
    if isinstance(plain, cbor.CborFault):
        return MessageFault.NOT_CBOR
    try:
        return msgspec.convert(plain, kind, builtin_types=(bytes,))
    except msgspec.ValidationError:
        return MessageFault.WRONG_SHAPE
