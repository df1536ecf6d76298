"""The pass: a CWT (RFC 8392) in an envelope, small enough for QR version 8 at level M.

Claims: 7 ticket id, 6 signed at, 4 expires at, 5 not before (optional), and one private label with the array
[event uid || ticket code, generation, product, item, item, ...]. After an item a negative number is its quantity,
negated; without one the quantity is 1. That keeps six items of one piece in 12 bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from common import cbor, envelope
from common.cwt import (
    CLAIM_CTI,
    CLAIM_EXP,
    CLAIM_IAT,
    CLAIM_NBF,
    CLAIM_PRIVATE,
    Claims,
    is_seconds,
    is_within,
    open_claims,
)
from common.decimal_text import BYTES_MAX
from common.envelope import EnvelopeFault, Typ
from common.errors import require
from common.ids import EVENT_UID_BYTES, TICKET_ID_BYTES, EventUid, ProductNo, TicketId
from common.signing import SigningKey, VerifyKey
from common.ticket_code import CODE_BYTES, GENERATION_MAX, TicketCode

PASS_BYTES_MAX: Final = BYTES_MAX
PRODUCT_MAX: Final = 1_000_000
QUANTITY_MAX: Final = 1_000_000

_CLAIMS = frozenset({CLAIM_EXP, CLAIM_NBF, CLAIM_IAT, CLAIM_CTI, CLAIM_PRIVATE})
_ITEMS_TRIED_MAX = 32  # at two bytes each, more never fit

Item = tuple[ProductNo, int]  # product, quantity of at least 1


class PassFault(StrEnum):
    """Why a scanned text is no pass of ours; the names are reasons of the decision."""

    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


_OF_ENVELOPE = {
    EnvelopeFault.UNKNOWN_KEY: PassFault.UNKNOWN_KEY,
    EnvelopeFault.BAD_SIGNATURE: PassFault.BAD_SIGNATURE,
}


@dataclass(frozen=True, slots=True)
class Pass:
    """What was bought, as far as the QR has room. Times are seconds since 1970; `kid` names the signing key."""

    event: EventUid
    ticket: TicketId
    code: TicketCode
    generation: int
    signed_s: int
    expires_s: int
    not_before_s: int | None
    product: ProductNo
    items: tuple[Item, ...]
    kid: bytes


@dataclass(frozen=True, slots=True)
class SignedPass:
    """The bytes for the QR and the items for which it had no room; nothing is lost, statements say all."""

    raw: bytes
    left_out: tuple[Item, ...]


def sign_pass_listing(pass_: Pass, key: SigningKey) -> SignedPass:
    """Sign with as many of the first items as fit 151 bytes. Raises InvariantError for values out of range."""
    require(pass_.kid == key.kid, f"the pass names key {pass_.kid.hex()}, signed with {key.kid.hex()}")
    room = PASS_BYTES_MAX - envelope.frame_bytes(key.kid, Typ.PASS)
    kept = _kept(pass_, room)
    require(kept >= 0, f"the pass of ticket {pass_.ticket.hex()} does not fit its QR code: its limits are broken")
    claims = cbor.encode(_claims(pass_, kept))
    shown = replace(pass_, items=pass_.items[:kept])
    require(_read(claims, key.kid) == shown, f"the pass of ticket {pass_.ticket.hex()} breaks the limits of passes")
    return SignedPass(envelope.sign(claims, key, Typ.PASS), pass_.items[kept:])


def sign_pass(pass_: Pass, key: SigningKey) -> bytes:
    """The signed bytes of `sign_pass_listing` for callers who need not know which items were left out."""
    return sign_pass_listing(pass_, key).raw


def open_pass(raw: bytes, find_key: Callable[[bytes], VerifyKey | None]) -> Pass | PassFault:
    """The pass, if a key found for it signed it. Validity is not judged here: that needs a clock.

    A key that may speak for one event only does not vouch for another's pass: unknown_key.
    """
    signed = envelope.verify(raw, Typ.PASS, find_key, PASS_BYTES_MAX)
    if isinstance(signed, EnvelopeFault):
        return _OF_ENVELOPE.get(signed, PassFault.MALFORMED)
    pass_ = _read(signed.payload, signed.kid)
    if pass_ is None:
        return PassFault.MALFORMED
    key = find_key(signed.kid)
    if key is None or (key.event is not None and key.event != pass_.event):
        return PassFault.UNKNOWN_KEY
    return pass_


def _kept(pass_: Pass, room: int) -> int:
    """How many of the first items leave the claims within `room` bytes; -1 if even none does."""
    most = min(len(pass_.items), _ITEMS_TRIED_MAX)
    if len(cbor.encode(_claims(pass_, most))) <= room:  # nearly always
        return most
    return bisect_right(range(most), room, key=lambda count: len(cbor.encode(_claims(pass_, count)))) - 1


def _claims(pass_: Pass, kept: int) -> Claims:
    body: list[cbor.Cbor] = [pass_.event + pass_.code, pass_.generation, pass_.product]
    for product, quantity in pass_.items[:kept]:
        body.append(product)
        if quantity != 1:
            body.append(-quantity)
    not_before: Claims = {} if pass_.not_before_s is None else {CLAIM_NBF: pass_.not_before_s}
    return {  # in the order of their encoding, so that none need be sorted
        CLAIM_EXP: pass_.expires_s,
        **not_before,
        CLAIM_IAT: pass_.signed_s,
        CLAIM_CTI: pass_.ticket,
        CLAIM_PRIVATE: body,
    }


def _read(payload: bytes, kid: bytes) -> Pass | None:
    claims = open_claims(payload, PASS_BYTES_MAX, _CLAIMS)
    if claims is None:
        return None
    not_before_s = claims.get(CLAIM_NBF)
    if CLAIM_NBF in claims and not is_seconds(not_before_s):
        return None
    match [claims.get(CLAIM_CTI), claims.get(CLAIM_IAT), claims.get(CLAIM_EXP), claims.get(CLAIM_PRIVATE)]:
        case [bytes(ticket), int(signed_s), int(expires_s), [bytes(names), int(generation), int(product), *rest]]:
            pass
        case _:
            return None
    items = _read_items(rest)
    sizes = (len(ticket), len(names))
    is_sound = (
        sizes == (TICKET_ID_BYTES, EVENT_UID_BYTES + CODE_BYTES)
        and is_seconds(signed_s)
        and is_seconds(expires_s)
        and is_within(generation, 0, GENERATION_MAX)
        and is_within(product, 1, PRODUCT_MAX)
    )
    if items is None or not is_sound:
        return None
    return Pass(
        event=EventUid(names[:EVENT_UID_BYTES]),
        ticket=TicketId(ticket),
        code=TicketCode(names[EVENT_UID_BYTES:]),
        generation=generation,
        signed_s=signed_s,
        expires_s=expires_s,
        not_before_s=not_before_s if is_seconds(not_before_s) else None,
        product=ProductNo(product),
        items=items,
        kid=kid,
    )


def _read_items(numbers: list[cbor.Cbor]) -> tuple[Item, ...] | None:
    """Items of `[product, -quantity?, ...]`, each product once; None where a number has no place."""
    items: dict[ProductNo, int] = {}
    last: ProductNo | None = None
    for number in numbers:
        if is_within(number, 1, PRODUCT_MAX) and number not in items:
            last = ProductNo(number)
            items[last] = 1
        elif last is not None and is_within(number, -QUANTITY_MAX, -2):
            items[last] = -number
            last = None
        else:
            return None
    return tuple(items.items())
