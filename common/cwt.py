"""Claims that passes, badges and certificates share (RFC 8392), with one way to read them."""

from __future__ import annotations

from typing import Final, TypeAlias, TypeGuard

from common import cbor

CLAIM_SUB: Final = 2
CLAIM_EXP: Final = 4
CLAIM_NBF: Final = 5
CLAIM_IAT: Final = 6
CLAIM_CTI: Final = 7
CLAIM_CNF: Final = 8  # RFC 8747
CLAIM_PRIVATE: Final = -70001  # below -65536 labels are for private use; all that is ours stands under this one

SECONDS_MAX: Final = 2**40  # about 36,800 years; keeps every time a small exact number

Claims: TypeAlias = dict[cbor.CborKey, cbor.Cbor]


def open_claims(payload: bytes, max_bytes: int, allowed: frozenset[int]) -> Claims | None:
    """The claims of a payload, if it has no other labels than these."""
    claims = cbor.decode(payload, max_bytes)
    if not isinstance(claims, dict) or not claims.keys() <= allowed:
        return None
    return claims


def is_seconds(value: cbor.Cbor) -> TypeGuard[int]:
    """Whether a claim is a time of ours: whole seconds since 1970."""
    return is_within(value, 0, SECONDS_MAX)


def is_within(value: cbor.Cbor, least: int, most: int) -> TypeGuard[int]:
    """Whether a value is an integer (true is none) from least to most, both included."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
