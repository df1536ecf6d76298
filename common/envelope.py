"""The one signed shape: COSE_Sign1 (RFC 9052), untagged, Ed25519, around a payload of bytes.

The protected header is exactly {1: -8, 4: key id} or {1: -8, 4: key id, 16: type}; the unprotected header is an empty
map; external_aad is empty. Whatever else comes is a fault with a name, never an exception.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache

from common import cbor
from common.cbor import CborFault
from common.errors import require
from common.ids import DIGEST_BYTES, Digest
from common.signing import KID_BYTES_MAX, SIGNATURE_BYTES, SigningKey, VerifyKey

ENVELOPE_BYTES_MAX = 65_536
MESSAGE_BYTES_MAX = 16 * 1024 * 1024  # of what may hold many envelopes; each message sets its own, lower limit
HEADER_BYTES_MAX = 64

_LABEL_ALG = 1
_LABEL_KID = 4
_LABEL_TYP = 16  # RFC 9596
_ALG_EDDSA = -8


class Typ(IntEnum):
    """What is signed, so that one kind of thing is never taken for another. Numbers are never reused."""

    PASS = 1
    ENTRY = 2
    CERTIFICATE = 3
    BADGE = 4
    MANIFEST = 5
    KEY_LIST = 6
    EXCHANGE = 7
    ANSWER = 8
    ENROLMENT = 9
    TIME = 10
    DECIDE = 11


_TYPS = frozenset(Typ)
_LARGE = frozenset({Typ.MANIFEST, Typ.EXCHANGE, Typ.ANSWER, Typ.ENROLMENT})


class EnvelopeFault(StrEnum):
    """Why bytes are not an envelope we accept; the first that applies, in this order."""

    TOO_LARGE = "too_large"
    NOT_CBOR = "not_cbor"
    NOT_DETERMINISTIC = "not_deterministic"
    TRAILING_BYTES = "trailing_bytes"
    NOT_COSE = "not_cose"
    UNPROTECTED_HEADER = "unprotected_header"
    WRONG_ALGORITHM = "wrong_algorithm"
    UNKNOWN_HEADER = "unknown_header"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True)
class Signed:
    """An envelope taken apart. Only what `verify` returned has a signature that holds."""

    kid: bytes
    typ: Typ | None
    payload: bytes
    raw: bytes


FindKey = Callable[[bytes], VerifyKey | None]


def typ_of(raw: bytes, max_bytes: int = ENVELOPE_BYTES_MAX) -> Typ | None:
    """What the bytes say they are, nothing checked: only to choose who opens them. None for what is no envelope."""
    message = cbor.decode(raw, max_bytes)
    if not isinstance(message, list) or not message or not isinstance(message[0], bytes):
        return None
    header = cbor.decode(message[0], HEADER_BYTES_MAX)
    if not isinstance(header, dict):
        return None
    found = header.get(_LABEL_TYP)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return Typ(found) if found in _TYPS else None


def sign(payload: bytes, key: SigningKey, typ: Typ | None, max_bytes: int = ENVELOPE_BYTES_MAX) -> bytes:
    """The signed envelope around a payload; the same arguments give the same bytes (Ed25519 is deterministic)."""
    protected = _protected(key.kid, typ)
    raw = cbor.encode([protected, {}, payload, key.sign(signed_bytes(protected, payload))])
    require(len(raw) <= max_bytes, f"envelope of {len(raw)} bytes, at most {max_bytes} can be read")
    return raw


def open_unverified(raw: bytes, typ: Typ | None, max_bytes: int = ENVELOPE_BYTES_MAX) -> Signed | EnvelopeFault:
    """The parts of an envelope of this type, signature not checked: for what was verified before it was stored."""
    parts = _take_apart(raw, typ, max_bytes)
    return parts if isinstance(parts, EnvelopeFault) else parts.signed


def verify(
    raw: bytes, typ: Typ | None, find_key: FindKey, max_bytes: int = ENVELOPE_BYTES_MAX
) -> Signed | EnvelopeFault:
    """The parts of an envelope of this type whose signature holds under the key that `find_key` gives for its id."""
    parts = _take_apart(raw, typ, max_bytes)
    if isinstance(parts, EnvelopeFault):
        return parts
    key = find_key(parts.signed.kid)
    if key is None:
        return EnvelopeFault.UNKNOWN_KEY
    if not key.verify(parts.signature, signed_bytes(parts.protected, parts.signed.payload)):
        return EnvelopeFault.BAD_SIGNATURE
    return parts.signed


@lru_cache(maxsize=64)
def frame_bytes(kid: bytes, typ: Typ | None) -> int:
    """Bytes that the envelope adds to a payload of 24 to 255 bytes: 82 with a type and a key id of 4 bytes."""
    payload = bytes(24)
    return len(cbor.encode([_protected(kid, typ), {}, payload, bytes(SIGNATURE_BYTES)])) - len(payload)


def signed_bytes(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 section 4.4: what the signature covers."""
    return cbor.encode_texts(["Signature1", protected, b"", payload])


def digest(raw: bytes) -> Digest:
    """The first 16 bytes of SHA-256: what other entries use to name these bytes."""
    return Digest(hashlib.sha256(raw).digest()[:DIGEST_BYTES])


@dataclass(frozen=True, slots=True)
class _Parts:
    signed: Signed
    protected: bytes
    signature: bytes


_OF_CBOR = {
    CborFault.TOO_LARGE: EnvelopeFault.TOO_LARGE,
    CborFault.NOT_DETERMINISTIC: EnvelopeFault.NOT_DETERMINISTIC,
    CborFault.DUPLICATE_KEY: EnvelopeFault.NOT_DETERMINISTIC,
    CborFault.TRAILING_BYTES: EnvelopeFault.TRAILING_BYTES,
    CborFault.TAG: EnvelopeFault.NOT_COSE,  # a tagged COSE_Sign1 too: one thing has one encoding
}


@lru_cache(maxsize=64)
def _protected(kid: bytes, typ: Typ | None) -> bytes:
    header: dict[cbor.CborKey, cbor.Cbor] = {_LABEL_ALG: _ALG_EDDSA, _LABEL_KID: kid}
    if typ is not None:
        header[_LABEL_TYP] = int(typ)
    return cbor.encode(header)


def _take_apart(raw: bytes, typ: Typ | None, max_bytes: int) -> _Parts | EnvelopeFault:
    message = cbor.decode(raw, max_bytes)
    if isinstance(message, CborFault):
        return _OF_CBOR.get(message, EnvelopeFault.NOT_CBOR)
    if not isinstance(message, list) or len(message) != 4:
        return EnvelopeFault.NOT_COSE
    protected, unprotected, payload, signature = message
    if not isinstance(protected, bytes) or not isinstance(unprotected, dict) or not isinstance(payload, bytes):
        return EnvelopeFault.NOT_COSE
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        return EnvelopeFault.NOT_COSE
    if unprotected:
        return EnvelopeFault.UNPROTECTED_HEADER
    kid = _key_id(protected, typ)
    if isinstance(kid, EnvelopeFault):
        return kid
    return _Parts(Signed(kid, typ, payload, raw), protected, signature)


@lru_cache(maxsize=4096)  # a device's header is the same in all its entries
def _key_id(protected: bytes, typ: Typ | None) -> bytes | EnvelopeFault:
    header = cbor.decode(protected, HEADER_BYTES_MAX)
    if isinstance(header, CborFault):
        return _OF_CBOR.get(header, EnvelopeFault.NOT_COSE)
    if not isinstance(header, dict):
        return EnvelopeFault.NOT_COSE
    if header.get(_LABEL_ALG) != _ALG_EDDSA:
        return EnvelopeFault.WRONG_ALGORITHM
    if not header.keys() <= {_LABEL_ALG, _LABEL_KID, _LABEL_TYP}:
        return EnvelopeFault.UNKNOWN_HEADER
    kid = header.get(_LABEL_KID)
    if not isinstance(kid, bytes) or not 1 <= len(kid) <= KID_BYTES_MAX:
        return EnvelopeFault.NOT_COSE
    if not _is_typ(header, typ):
        return EnvelopeFault.WRONG_TYPE
    return kid


def _is_typ(header: dict[cbor.CborKey, cbor.Cbor], typ: Typ | None) -> bool:
    """Whether the type in the header is the wanted one; True is not 1 and null is not absent."""
    if typ is None:
        return _LABEL_TYP not in header
    found = header.get(_LABEL_TYP)
    return found == typ and not isinstance(found, bool)
