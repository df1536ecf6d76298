"""Sealing: personal data that only the pass, or only the server, opens.

A holder's data is sealed under the ticket code with AES-SIV (RFC 5297), which needs no nonce: the same data gives the
same bytes, so a rebuilt snapshot does not change. Answers and notes are sealed to the server's X25519 key by HPKE
(RFC 9180: DHKEM X25519 HKDF-SHA-256, HKDF-SHA-256, AES-256-GCM).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from common import cbor
from common.errors import InvariantError, require
from common.ids import EVENT_UID_BYTES, TICKET_ID_BYTES, EventUid, TicketId
from common.kept_answers import KeptAnswer, is_kept, of_rows, to_rows
from common.ticket_code import CODE_BYTES, GENERATION_MAX, TicketCode

NAME_CHARACTERS_MAX: Final = 120
PLATE_CHARACTERS_MAX: Final = 20
NOTES_CHARACTERS_MAX: Final = 500
LANGUAGE_CHARACTERS_MAX: Final = 8
HOLDER_BYTES_MAX: Final = 4096
SEALED_BYTES_MAX: Final = 16_384  # of answers and notes, before sealing
HPKE_OVERHEAD_BYTES: Final = 48  # the sender's key of 32 bytes and a tag of 16
_SIZES = (CODE_BYTES, EVENT_UID_BYTES, TICKET_ID_BYTES)
_NO_SALT = bytes(32)
_HOLDER_INFO = b"rallygate holder 1\x00"
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


@dataclass(frozen=True, slots=True)
class HolderData:
    """What a gate may see of the person whose pass it scans; never an address or a mail."""

    name: str  # up to 120 characters
    plate: str | None  # of the motorcycle, up to 20
    notes: str  # for the gate, up to 500; empty for none
    language: str  # BCP 47 as the shop knows it: "cs", up to 8
    attention: bool  # the gate should look closer, such as at an age
    answers: tuple[KeptAnswer, ...] = ()  # from the purchase, see common.kept_answers


def seal_holder(code: TicketCode, event: EventUid, ticket: TicketId, generation: int, data: HolderData) -> bytes:
    """Seal a holder's data under a pass. Raises InvariantError for texts over their limits."""
    if not _is_short(data):
        raise InvariantError(f"holder of ticket {ticket.hex()}: a text is over its limit")
    texts: list[str | bytes | bool | None] = [data.name, data.plate, data.notes, data.language, data.attention]
    # Without answers there is no sixth value: the usual form, which older kiosks open too.
    payload = cbor.encode([*texts, to_rows(data.answers)]) if data.answers else cbor.encode_texts(texts)
    return AESSIV(_holder_key(code, event, ticket, generation)).encrypt(payload, None)


def open_holder(
    code: TicketCode, event: EventUid, ticket: TicketId, generation: int, sealed: bytes
) -> HolderData | None:
    """The data, or None where this pass does not open these bytes. Never raises on bytes from outside."""
    if not 16 < len(sealed) <= HOLDER_BYTES_MAX:
        return None
    try:
        payload = AESSIV(_holder_key(code, event, ticket, generation)).decrypt(sealed, None)
    except InvalidTag:
        return None
    return _read_holder(payload)


@dataclass(frozen=True, slots=True)
class SealedFor:
    """What a sealing is for, bound into it so that bytes sealed for one thing do not open as another."""

    purpose: str
    subject: bytes = b""

    def info(self) -> bytes:
        """The `info` of HPKE: deterministic CBOR, so two purposes never share it."""
        return cbor.encode(["rallygate", self.purpose, self.subject])


ANSWERS: Final = SealedFor("answers")


def new_seal_key() -> bytes:
    """The 32 bytes of a fresh X25519 private key."""
    return X25519PrivateKey.generate().private_bytes_raw()


def seal_public(private: bytes | bytearray) -> bytes:
    """The 32 bytes of the public half, which the key list carries under the use `seal`."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal_to(public: bytes, plain: bytes, sealed_for: SealedFor) -> bytes:
    """Seal up to 16 KiB to an X25519 public key; 48 bytes longer than the plain bytes, different each time."""
    require(len(plain) <= SEALED_BYTES_MAX, f"{len(plain)} bytes to seal, at most {SEALED_BYTES_MAX}")
    return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(public), sealed_for.info())


def open_sealed(private: bytes | bytearray, sealed: bytes, sealed_for: SealedFor = ANSWERS) -> bytes | None:
    """The plain bytes, or None where key, purpose or bytes are not the ones sealed. Never raises on bytes."""
    if not HPKE_OVERHEAD_BYTES <= len(sealed) <= SEALED_BYTES_MAX + HPKE_OVERHEAD_BYTES:
        return None
    key = X25519PrivateKey.from_private_bytes(private)
    try:
        return _SUITE.decrypt(sealed, key, sealed_for.info())
    except InvalidTag:  # a sender's key of small order too
        return None


def seal_to_server(public: bytes, plain: bytes) -> bytes:
    """Seal answers or a note to the server."""
    return seal_to(public, plain, ANSWERS)


def _holder_key(code: TicketCode, event: EventUid, ticket: TicketId, generation: int) -> bytes:
    # Asked here, not by require: a message made up 300,000 times for nothing is a tenth of a snapshot's sealing.
    if (sizes := (len(code), len(event), len(ticket))) != _SIZES:
        raise InvariantError(f"code, event, ticket of {sizes} bytes")
    if not 0 <= generation <= GENERATION_MAX:
        raise InvariantError(f"generation {generation} is not within 32 bits")
    info = _HOLDER_INFO + event + ticket + generation.to_bytes(4, "big")
    return _hkdf(code, info)


def _hkdf(secret: bytes, info: bytes) -> bytes:
    """HKDF-SHA-256 without salt, 64 bytes (RFC 5869).

    By hmac.digest, since a snapshot seals every holder anew: 4 us here, 20 us by the library's object.
    """
    extracted = hmac.digest(_NO_SALT, secret, "sha256")
    first = hmac.digest(extracted, info + b"\x01", "sha256")
    return first + hmac.digest(extracted, first + info + b"\x02", "sha256")


def _read_holder(payload: bytes) -> HolderData | None:
    match cbor.decode(payload, HOLDER_BYTES_MAX):
        case [str(name), str() | None as plate, str(notes), str(language), bool(attention), *more] if len(more) <= 1:
            answers = of_rows(more[0]) if more else ()
        case _:
            return None
    if answers is None:
        return None
    data = HolderData(name, plate, notes, language, attention, answers)
    return data if _is_short(data) else None


def _is_short(data: HolderData) -> bool:
    return (
        len(data.name) <= NAME_CHARACTERS_MAX
        and len(data.plate or "") <= PLATE_CHARACTERS_MAX
        and len(data.notes) <= NOTES_CHARACTERS_MAX
        and len(data.language) <= LANGUAGE_CHARACTERS_MAX
        and (not data.answers or is_kept(data.answers))
    )
