"""Numbers beside tickets: what is packed is found by its rank, and strange bytes say nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.beside import bucket_of, first_key, in_buckets, number_at, pack_numbers

KEYS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.integers(0, 2**32 - 1), max_size=40))
def test_every_number_is_found_by_its_rank(numbers: list[int]) -> None:
    packed = pack_numbers(numbers)
    assert [number_at(packed, rank) for rank in range(len(numbers))] == numbers
    assert number_at(packed, len(numbers)) == number_at(packed, -1) == 0


def test_numbers_that_nobody_has_take_no_room_and_small_ones_a_byte() -> None:
    assert pack_numbers([0] * 73) == b""
    assert len(pack_numbers([0] * 72 + [255])) == 74
    assert len(pack_numbers([0] * 72 + [256])) == 147


@given(st.binary(max_size=30), st.integers(0, 40))
def test_no_bytes_raise(packed: bytes, rank: int) -> None:
    assert 0 <= number_at(packed, rank) < 2**32


@pytest.mark.parametrize("packed", [b"\x05abcde", b"\x02abc", b"\x00a"])
def test_bytes_of_another_form_say_nothing(packed: bytes) -> None:
    assert number_at(packed, 0) == 0


@given(st.lists(KEYS, max_size=50, unique=True))
def test_keys_keep_their_order_within_their_bucket(keys: list[int]) -> None:
    found = list(in_buckets(sorted(keys)))
    assert [key for _, some in found for key in some] == sorted(keys)
    assert len({bucket for bucket, _ in found}) == len(found)
    assert all(first_key(bucket) <= key < first_key(bucket + 1) for bucket, some in found for key in some)
    assert all(bucket_of(key) == bucket for bucket, some in found for key in some)
