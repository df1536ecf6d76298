"""A whole world, server and kiosks; a test may have another of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cheap_argon2 import make_argon2_cheap
from tests.support.whole_world import WholeWorld, make_whole_world


@pytest.fixture
def cheap_argon2(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least argon2id takes: for what is not about its cost."""
    make_argon2_cheap(monkeypatch)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path)
    yield made
    made.close()
