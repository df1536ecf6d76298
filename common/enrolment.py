"""What a device must be told to join: the server's address, a one-time code, and whom to trust.

In the enrolment QR it is one decimal number: the big-endian bytes of the CBOR array ["RGE1", address, code, root
thumbprint], at most ENROLMENT_DIGITS_MAX digits. Nobody signs it: its thumbprint is what makes trust. Typed by hand,
address and code are entered and the thumbprint is shown to compare.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from common import cbor
from common.errors import require

ENROLMENT_DIGITS_MAX = 1200
ADDRESS_CHARS_MAX = 300
CODE_CHARS_MAX = 40
_MARK = "RGE1"
_BYTES_MAX = 500
_CODE = re.compile(r"[A-Za-z0-9-]{4,40}")


class EnrolmentFault(StrEnum):
    """Why a text is no enrolment."""

    NOT_DECIMAL = "not_decimal"
    TOO_LONG = "too_long"
    NOT_ENROLMENT = "not_enrolment"
    BAD_ADDRESS = "bad_address"
    BAD_CODE = "bad_code"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where to enrol and with what. `root` is the 32-byte thumbprint of the event's root key; None: typed, compare."""

    address: str
    code: str
    root: bytes | None


def enrolment_text(address: str, code: str, root: bytes) -> str:
    """The decimal text for the enrolment QR. Raises InvariantError for values `parse_enrolment` would refuse."""
    raw = cbor.encode([_MARK, address, code, root])
    text = str(int.from_bytes(raw, "big"))  # the first byte is the array's header 0x84, so no leading zero is lost
    parsed = parse_enrolment(text)
    require(isinstance(parsed, Enrolment), f"address {address!r} or code cannot stand in an enrolment: {parsed}")
    return text


def parse_enrolment(text: str) -> Enrolment | EnrolmentFault:
    """The enrolment in a scanned decimal text, or why there is none. Never raises."""
    if len(text) > ENROLMENT_DIGITS_MAX:
        return EnrolmentFault.TOO_LONG
    if not (text.isascii() and text.isdigit()) or text.startswith("0"):
        return EnrolmentFault.NOT_DECIMAL
    number = int(text)
    plain = cbor.decode(number.to_bytes((number.bit_length() + 7) // 8, "big"), _BYTES_MAX)
    match plain:
        case [mark, str(address), str(code), bytes(root)] if mark == _MARK and len(root) == 32:
            return _checked(address, code, root)
    return EnrolmentFault.NOT_ENROLMENT


def typed_enrolment(address: str, code: str) -> Enrolment | EnrolmentFault:
    """The enrolment typed by hand; `https://` is added where no scheme was typed, spaces around are dropped."""
    address, code = address.strip(), code.strip()
    return _checked(address if "://" in address else f"https://{address}", code, None)


def _checked(address: str, code: str, root: bytes | None) -> Enrolment | EnrolmentFault:
    if not _is_server_address(address):
        return EnrolmentFault.BAD_ADDRESS
    if not _CODE.fullmatch(code):
        return EnrolmentFault.BAD_CODE
    return Enrolment(address.rstrip("/"), code, root)


def _is_server_address(address: str) -> bool:
    if len(address) > ADDRESS_CHARS_MAX or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and port_is_fine and not parts.query and "@" not in parts.netloc
