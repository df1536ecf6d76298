"""Passwords: argon2id (64 MiB, about 80 ms each), a few at a time: guessing cannot take the machine from the gates."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

PASSWORD_CHARACTERS_MIN, PASSWORD_CHARACTERS_MAX = 12, 200
HASHES_AT_ONCE = 2
HASH_WAIT_S = 5.0


class TooManyAtOnce(Exception):
    """Nobody's turn came within five seconds."""


class Passwords:
    """Hashes and compares, at most two at a time in a process. Each kind of account has its own turns."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)
        self._nobody = _of_nobody(self._hasher)

    def hash(self, password: str) -> str:
        """What is kept of a password, with its own salt and cost. Raises TooManyAtOnce."""
        with self._turn():
            return self._hasher.hash(password)

    def matches(self, kept: str | None, password: str) -> bool:
        """Whether this is the password kept; `kept` None: of nobody, never. Raises TooManyAtOnce.

        One that is longer than any can be is not cut to fit: it is nobody's.
        """
        if len(password) > PASSWORD_CHARACTERS_MAX:
            kept, password = None, ""
        with self._turn():
            try:
                return self._hasher.verify(kept or self._nobody, password)
            except (VerificationError, InvalidHashError):
                return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._hashing.acquire(timeout=HASH_WAIT_S):
            raise TooManyAtOnce
        try:
            yield
        finally:
            self._hashing.release()


def _of_nobody(hasher: PasswordHasher) -> str:
    """Compared where there is nothing to compare with, so that the answer takes as long. Drawn: it fits no password."""
    salt, digest = (secrets.token_bytes(size) for size in (hasher.salt_len, hasher.hash_len))
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${_unpadded(salt)}${_unpadded(digest)}"


def _unpadded(content: bytes) -> str:
    return base64.b64encode(content).decode().rstrip("=")
