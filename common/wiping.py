"""Overwriting secrets in memory: our own buffers, and the immutable bytes that libraries hand out."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_HEADER_BYTES = bytes.__basicsize__ - 1  # of a bytes object in CPython, before what it holds


def wipe(secret: bytearray) -> None:
    """Overwrite a secret in place."""
    secret[:] = bytes(len(secret))


def moved(secret: bytes) -> bytearray:
    """The secret in a buffer that can be wiped; the bytes it came in are overwritten, so nobody may use them any more.

    Only for bytes a library has just made: they are nobody else's. Elsewhere than in CPython they stay until freed.
    """
    kept = bytearray(secret)
    if sys.implementation.name == "cpython" and len(secret) > 1:  # single bytes are shared by all who use them
        ctypes.memset(id(secret) + _HEADER_BYTES, 0, len(secret))
    return kept


@contextmanager
def wiped_after(secret: bytearray) -> Iterator[bytearray]:
    """Use it, then overwrite it."""
    try:
        yield secret
    finally:
        wipe(secret)
