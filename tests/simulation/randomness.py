"""Every source of randomness of the process, taken over: the same seed gives the same bytes to whoever draws.

Run ids, nonces, tags and tokens come from `os.urandom` (`secrets` draws from it too), jitter from unseeded
`random.Random`. Signatures are Ed25519 and hold no randomness of their own.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

from common.signing import SigningKey
from tests.simulation.swapping import all_swapped

_Random = random.Random
SEED_BYTES = 32


@contextmanager
def seeded(seed: int | str) -> Iterator[None]:
    """Inside the block all randomness follows from `seed`. One thread only."""
    source = _Random(f"venue {seed}")

    def draw(count: int) -> bytes:
        return source.randbytes(count)

    class Jitter(_Random):
        """`random.Random()` without a seed takes one from the same source."""

        def __init__(self, x: float | str | bytes | bytearray | None = None) -> None:
            super().__init__(source.randbytes(8) if x is None else x)

    def generate(kind: type[SigningKey]) -> SigningKey:
        return kind.from_seed(draw(SEED_BYTES))

    with all_swapped(
        (os, "urandom", draw),
        (random, "_urandom", draw),
        (random, "Random", Jitter),
        (SigningKey, "generate", classmethod(generate)),
    ):
        yield
