"""The codes of vouchers: how they are made, read from what people type, and hashed for the database.

Codes made here have 60 random bits and are derived from the server's secret, so that a batch can be printed again and a
stolen copy of the database holds none. They are looked up by their hash: how long that takes tells nothing of a code.
"""

from __future__ import annotations

import hashlib
import hmac

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
CODE_CHARS = 12
GROUP_CHARS = 4
TYPED_CHARS_MAX = 60
HINT_CHARS = 4

_READING = str.maketrans("OIL", "011", " \t-\u00a0\u2010\u2011\u2012\u2013\u2014\u2212")


def folded(code: str) -> str:
    """A code as it is compared: capital letters, no blanks and dashes, look-alikes as one. Empty for what is none."""
    read = code[:TYPED_CHARS_MAX].upper().translate(_READING)
    return read if read.isascii() and read.isalnum() else ""


def code_hash(event_uid: bytes, code: str) -> bytes:
    """What the database keeps of a code. The event's uid keeps equal codes of two events apart."""
    return hashlib.sha256(b"voucher|" + event_uid + folded(code).encode()).digest()


def derived_code(secret: bytes, event_uid: bytes, batch_key: bytes, number: int) -> str:
    """The code of a voucher of a batch: like `7K2M-XW4R-9TQ3`, 60 bits."""
    message = b"voucher code|" + event_uid + batch_key + number.to_bytes(4, "big")
    value = int.from_bytes(hmac.digest(secret, message, "sha256")[:8], "big")
    code = "".join(ALPHABET[value >> (5 * at) & 31] for at in range(CODE_CHARS))
    return "-".join(code[at : at + GROUP_CHARS] for at in range(0, CODE_CHARS, GROUP_CHARS))
