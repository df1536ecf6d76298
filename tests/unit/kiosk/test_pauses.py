"""What stands at the start is looked at by no collection any more; what comes later is still cleared away."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from kiosk.pauses import settle


class Ring:
    """Refers to itself: only the collector can clear it away."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def settled() -> Iterator[None]:
    settle()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("settled")
def test_a_full_collection_looks_at_nothing_that_was_there_at_the_start() -> None:
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < gc.get_freeze_count() / 10


@pytest.mark.usefixtures("settled")
def test_garbage_of_later_is_collected() -> None:
    ring = Ring()
    gone = weakref.ref(ring)
    del ring
    gc.collect()
    assert gone() is None
