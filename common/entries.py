"""Entries: what devices write into their journals, signed, numbered and chained by digest.

An entry is a COSE_Sign1 envelope (typ ENTRY, kid = device id) around a CBOR array:
[event, run, number, previous digest | null, opens | null, wall ms, offset ms | null, offset age s | null,
 clock doubtful, operator | null, body]. At most ENTRY_BYTES_MAX bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import msgspec

from common import cbor
from common.bodies import Body, KioskBody, Statement, UnknownBody
from common.envelope import EnvelopeFault, Signed, Typ, digest, open_unverified, sign, verify
from common.ids import (
    DeviceId,
    EntryNumber,
    EventUid,
    Identity,
    Ref,
    WireBadge,
    WireDigest,
    WireEvent,
    WireMillis,
    WireRun,
)
from common.keys import SigningKey, VerifyKey, device_id
from common.studied import studied

ENTRY_BYTES_MAX = 65_536


class PreviousRun(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Where the run before this one ended, as far as the device knows: its id, last number and digest."""

    run: WireRun
    last: EntryNumber
    digest: WireDigest


class Stamp(msgspec.Struct, frozen=True):
    """When an entry was made: the device's wall clock and what it knew of its error.

    `offset_ms` is to be added to `wall_ms`; None: never measured. `offset_age_s` seconds ago it was measured.
    `doubtful`: a person had to confirm the time shown.
    """

    wall_ms: int
    offset_ms: int | None = None
    offset_age_s: int | None = None
    doubtful: bool = False

    @property
    def corrected_ms(self) -> int:
        """Wall time plus the offset known then, ms UTC."""
        return self.wall_ms + (self.offset_ms or 0)


class _Payload(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    event: WireEvent
    run: WireRun
    number: EntryNumber
    previous: WireDigest | None
    opens: PreviousRun | None
    wall_ms: WireMillis
    offset_ms: WireMillis | None
    offset_age_s: Annotated[int, msgspec.Meta(ge=0, le=2**40)] | None
    doubtful: bool
    operator: WireBadge | None
    body: Any


class Entry(msgspec.Struct, frozen=True):
    """A verified entry. `raw` are the signed bytes as they travelled; `ref.digest` is their digest."""

    ref: Ref
    event: EventUid
    previous: WireDigest | None
    opens: PreviousRun | None
    stamp: Stamp
    operator: WireBadge | None
    body: Body
    raw: bytes


class EntryFault(StrEnum):
    """Why bytes are no entry at all: they have no identity and lie in a tray by their hash."""

    UNREADABLE = "unreadable"
    WRONG_EVENT = "wrong_event"
    UNCHAINED = "unchained"


def write_entry(  # noqa: PLR0913, PLR0917 - the parts of an entry are what they are
    key: SigningKey,
    event: EventUid,
    run: WireRun,
    number: int,
    previous: WireDigest | None,
    opens: PreviousRun | None,
    stamp: Stamp,
    operator: WireBadge | None,
    body: KioskBody | Statement,
) -> Entry:
    """The signed entry. Entry 1 of a run has no `previous` and may name the run before; later ones the reverse."""
    device = device_id(key.verify_key.raw)
    payload = _Payload(
        event,
        run,
        number,
        previous,
        opens,
        stamp.wall_ms,
        stamp.offset_ms,
        stamp.offset_age_s,
        stamp.doubtful,
        operator,
        body,
    )
    plain = cbor.encode(msgspec.to_builtins(payload, builtin_types=(bytes,)))
    raw = sign(plain, key.as_device(), Typ.ENTRY)
    ref = Ref(Identity(device, run, number), digest(raw))
    return Entry(ref, event, previous, opens, stamp, operator, body, raw)


def open_entry(
    raw: bytes, event: EventUid, find_key: Callable[[DeviceId], VerifyKey | None]
) -> Entry | EntryFault | EnvelopeFault:
    """The entry, if the bytes verify under their device's key; else why they are none. Never raises on any bytes."""
    signed = verify(raw, Typ.ENTRY, lambda kid: find_key(DeviceId(kid)), max_bytes=ENTRY_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return signed
    return _opened(signed, event)


def stored_entry(raw: bytes, event: EventUid) -> Entry | EntryFault | EnvelopeFault:
    """The entry in bytes that verified before they were stored: the signature is not checked again.

    Only for one's own files: 0.1 ms less per entry at every scan.
    """
    signed = open_unverified(raw, Typ.ENTRY, max_bytes=ENTRY_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return signed
    return _opened(signed, event)


def _opened(signed: Signed, event: EventUid) -> Entry | EntryFault:
    plain = cbor.decode(signed.payload, max_bytes=ENTRY_BYTES_MAX)
    if isinstance(plain, cbor.CborFault):
        return EntryFault.UNREADABLE
    try:
        parts = msgspec.convert(plain, _Payload, builtin_types=(bytes,))
    except msgspec.ValidationError:
        return EntryFault.UNREADABLE
    return _checked(parts, signed.kid, signed.raw, event)


def _checked(parts: _Payload, kid: bytes, raw: bytes, event: EventUid) -> Entry | EntryFault:
    if parts.event != event:
        return EntryFault.WRONG_EVENT
    if (parts.number == 1) != (parts.previous is None) or (parts.number > 1 and parts.opens is not None):
        return EntryFault.UNCHAINED
    stamp = Stamp(parts.wall_ms, parts.offset_ms, parts.offset_age_s, parts.doubtful)
    ref = Ref(Identity(DeviceId(kid), parts.run, parts.number), digest(raw))
    return Entry(ref, parts.event, parts.previous, parts.opens, stamp, parts.operator, body_of(parts.body), raw)


class _AnyBody(msgspec.Struct, frozen=True, array_like=True):
    """Holds a body: msgspec keeps what it knows of a class, but would study a bare union again at every call."""

    body: KioskBody | Statement


studied(_Payload, _AnyBody)


def body_of(plain: object) -> Body:
    """The typed body; what is not understood becomes UnknownBody, never an error. About 2 us."""
    try:
        body: Body = msgspec.convert([plain], _AnyBody, builtin_types=(bytes,)).body
    except msgspec.ValidationError as fault:
        kind = plain[0] if isinstance(plain, list) and plain and type(plain[0]) is int else None
        return UnknownBody(kind, str(fault)[:200])
    return body


def is_statement(body: Body) -> bool:
    """Whether only the server may write it."""
    return isinstance(body, Statement)
