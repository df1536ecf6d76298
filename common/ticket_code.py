"""The ticket code: the secret of a pass, how it is printed and typed, and what proves that it was scanned.

It is the first 80 bits of HMAC-SHA-256(code key; ticket id, generation), printed under the QR as 16 characters of
Crockford's base 32 and a Luhn-mod-32 check character. It is never stored: the scribe derives it, devices hold its hash.
"""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum
from typing import Final, NewType

from common.errors import InvariantError, require
from common.ids import (
    CODE_HASH_BYTES,
    DEVICE_ID_BYTES,
    EVENT_UID_BYTES,
    RUN_ID_BYTES,
    TICKET_ID_BYTES,
    CodeHash,
    DeviceId,
    EventUid,
    RunId,
    TicketId,
)

TicketCode = NewType("TicketCode", bytes)

CODE_BYTES: Final = 10
CODE_KEY_BYTES: Final = 32
PROOF_BYTES: Final = 8
GENERATION_MAX: Final = 2**32 - 1
NUMBER_MAX: Final = 2**64 - 1
TEXT_MAX: Final = 64  # characters looked at, separators and all; a code as printed has 21

_SIZES = (CODE_KEY_BYTES, TICKET_ID_BYTES)
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_CHARACTERS = 16
_SEPARATORS = " \t-\u00a0\u2010\u2011\u2012\u2013\u2014\u2212"  # what people and word processors put between groups
_READING = str.maketrans("OIL", "011", _SEPARATORS)  # Crockford: letters that look like digits are those digits
_HASH_PREFIX = b"rallygate ticket code\x00"


class CodeFault(StrEnum):
    """Why a typed text is not a ticket code."""

    WRONG_LENGTH = "wrong_length"
    WRONG_CHARACTER = "wrong_character"
    WRONG_CHECK = "wrong_check"


def derive_code(code_key: bytes, ticket: TicketId, generation: int) -> TicketCode:
    """The code of a ticket in a generation. Source: DESIGN section 2; ticket id and generation as 8 and 4 bytes."""
    if (sizes := (len(code_key), len(ticket))) != _SIZES or not 0 <= generation <= GENERATION_MAX:
        raise InvariantError(f"key and ticket of {sizes} bytes, not {_SIZES}, or generation {generation} over 32 bits")
    message = ticket + generation.to_bytes(4, "big")
    return TicketCode(hmac.digest(code_key, message, "sha256")[:CODE_BYTES])


def format_code(code: TicketCode) -> str:
    """The code as printed: "ABCD-EFGH-JKMN-PQRS-T", the last character being the check."""
    require(len(code) == CODE_BYTES, f"a ticket code has {CODE_BYTES} bytes, not {len(code)}")
    number = int.from_bytes(code, "big")
    text = "".join(_ALPHABET[number >> shift & 31] for shift in range(75, -1, -5))
    groups = [text[at : at + 4] for at in range(0, _CHARACTERS, 4)]
    return "-".join([*groups, _check_character(text)])


def parse_code(text: str) -> TicketCode | CodeFault:
    """The code a person typed: any case, any spaces and hyphens, O for 0, I and L for 1."""
    if len(text) > TEXT_MAX:
        return CodeFault.WRONG_LENGTH
    # Upper case of ASCII only: Unicode's would turn a dotless i into I and one sharp s into two letters.
    shown = "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text.translate(_READING))
    characters = shown.translate(_READING)
    if not _VALUES.keys() >= set(characters):
        return CodeFault.WRONG_CHARACTER
    if len(characters) != _CHARACTERS + 1:
        return CodeFault.WRONG_LENGTH
    if _check_character(characters[:-1]) != characters[-1]:
        return CodeFault.WRONG_CHECK
    number = 0
    for character in characters[:-1]:
        number = number << 5 | _VALUES[character]
    return TicketCode(number.to_bytes(CODE_BYTES, "big"))


def parse_unchecked(text: str) -> TicketCode | CodeFault:
    """The code of someone who read it without its last character; only where a wrong code finds nothing."""
    plain = text.translate(_READING)
    if len(plain) != _CHARACTERS:
        return CodeFault.WRONG_LENGTH
    upper = "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in plain).translate(_READING)
    if not _VALUES.keys() >= set(upper):
        return CodeFault.WRONG_CHARACTER
    return parse_code(upper + _check_character(upper))


def code_hash(code: TicketCode) -> CodeHash:
    """What devices hold in place of the code: 12 bytes of SHA-256 with a prefix of our own."""
    return CodeHash(hashlib.sha256(_HASH_PREFIX + code).digest()[:CODE_HASH_BYTES])


def is_code_of(code: TicketCode, known: CodeHash) -> bool:
    """Whether a code has this hash; takes the same time whichever byte differs."""
    return hmac.compare_digest(code_hash(code), known)


def proof_of_scan(code: TicketCode, event_uid: EventUid, device: DeviceId, run: RunId, number: int) -> bytes:
    """The 8 bytes that only who had the code can write into the entry (device, run, number)."""
    sizes = (len(event_uid), len(device), len(run))
    require(sizes == (EVENT_UID_BYTES, DEVICE_ID_BYTES, RUN_ID_BYTES), f"event, device, run of {sizes} bytes")
    require(0 < number <= NUMBER_MAX, f"entries are numbered from 1, not {number}")
    message = event_uid + device + run + number.to_bytes(8, "big")
    return hmac.digest(code, message, "sha256")[:PROOF_BYTES]


def is_proven(proof: bytes, code: TicketCode, event_uid: EventUid, device: DeviceId, run: RunId, number: int) -> bool:
    """Whether the writer of the entry had the code; takes the same time whichever byte differs."""
    return hmac.compare_digest(proof, proof_of_scan(code, event_uid, device, run, number))


def _check_character(characters: str) -> str:
    """Luhn modulo 32: finds every single wrong character and nearly all swaps of two neighbours."""
    total = 0
    for position, character in enumerate(reversed(characters)):
        value = _VALUES[character] * (2 if position % 2 == 0 else 1)
        total += value // 32 + value % 32
    return _ALPHABET[-total % 32]
