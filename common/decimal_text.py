"""Signed bytes as one decimal number, the text inside every QR code.

QR's numeric mode is the densest, and a keyboard-wedge scanner needs no Shift and no agreed keyboard layout for digits.
The number is big-endian without a leading zero; every envelope begins with 0x84, so no byte is lost.
"""

from __future__ import annotations

from enum import StrEnum

from common.errors import require

DIGITS_MAX = 365  # QR version 8 at level M in numeric mode
BYTES_MAX = 151  # the most whose number always has at most DIGITS_MAX digits


class DecimalFault(StrEnum):
    """Why a text is not a number of ours."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_DIGITS = "not_digits"
    LEADING_ZERO = "leading_zero"


def to_decimal(raw: bytes) -> str:
    """The number of up to 151 bytes. Raises InvariantError for none, for more, and for a leading zero byte."""
    require(1 <= len(raw) <= BYTES_MAX, f"a QR code holds 1 to {BYTES_MAX} bytes, not {len(raw)}")
    require(raw[0] != 0, "a leading zero byte would be lost in the number")
    return str(int.from_bytes(raw, "big"))


def from_decimal(text: str) -> bytes | DecimalFault:
    """The bytes of a number. Strips nothing: separators and line ends are the input's business."""
    if len(text) > DIGITS_MAX:  # before parsing, which takes quadratic time
        return DecimalFault.TOO_LONG
    if not text:
        return DecimalFault.EMPTY
    if not (text.isascii() and text.isdigit()):
        return DecimalFault.NOT_DIGITS
    if text[0] == "0":
        return DecimalFault.LEADING_ZERO
    number = int(text)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")
