"""Small numbers beside the tickets of a snapshot: one for each ticket of a bucket, in the order of their keys.

A column of `tickets` would stand among random bytes and spoil what compresses beside it: measured 2.8 bytes a ticket
for a number that most do not have. Here the low bytes of a bucket's numbers stand together, then the next ones; by its
rank in the bucket a ticket finds its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

BUCKET_SHIFT = 52  # of a ticket's key: 4,096 buckets of 73 tickets at 300,000
_WIDTH_MAX = 4


def bucket_of(key: int) -> int:
    """In which bucket the ticket with this key is."""
    return key >> BUCKET_SHIFT


def first_key(bucket: int) -> int:
    """The least key a ticket of this bucket can have."""
    return bucket << BUCKET_SHIFT


def pack_numbers(numbers: Sequence[int]) -> bytes:
    """The numbers of a bucket's tickets, each 0 to 2^32 - 1; no bytes at all where there is none but 0."""
    width = (max(numbers, default=0).bit_length() + 7) // 8
    plain = b"".join([number.to_bytes(width, "little") for number in numbers])
    return bytes([width]) + b"".join(plain[at::width] for at in range(width)) if width else b""


def number_at(packed: bytes, rank: int) -> int:
    """The number of the ticket of this rank; 0 where it has none, or the bytes are none of ours."""
    width = packed[0] if packed else 0
    if not 0 < width <= _WIDTH_MAX or (len(packed) - 1) % width:
        return 0
    count = (len(packed) - 1) // width
    return sum(packed[1 + at * count + rank] << 8 * at for at in range(width)) if 0 <= rank < count else 0


def in_buckets(keys: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """Rising keys by their bucket."""
    return ((bucket, list(some)) for bucket, some in groupby(keys, bucket_of))
