"""Secrets are overwritten where they lie, not just forgotten."""

from __future__ import annotations

import os

import pytest

from common.wiping import moved, wipe, wiped_after


def test_what_is_wiped_is_zero_in_place() -> None:
    secret = bytearray(b"0123456789abcdef")
    view = memoryview(secret)
    wipe(secret)
    assert bytes(view) == bytes(16)


def test_the_bytes_a_secret_came_in_are_overwritten() -> None:
    came = os.urandom(32)
    expected = bytearray(came)
    assert moved(came) == expected
    assert came == bytes(32)


def test_a_shared_single_byte_stays_what_it_is() -> None:
    assert moved(bytes([65])) == b"A"
    assert bytes([65]) == b"A"


def test_a_secret_is_wiped_whatever_happens_to_whoever_uses_it() -> None:
    secret = bytearray(b"secret")
    with pytest.raises(ValueError, match="broke"), wiped_after(secret):
        raise ValueError("broke")
    assert secret == bytes(6)
