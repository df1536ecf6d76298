"""Argon2id at its least, for tests that are about something else."""

from __future__ import annotations

import pytest

from common import badges
from kiosk import operators


def make_argon2_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on badges and their check take the least argon2id can."""
    for module in (badges, operators):
        monkeypatch.setattr(module, "ARGON2_MEMORY_KIB", 8 * badges.ARGON2_LANES)
        monkeypatch.setattr(module, "ARGON2_PASSES", 1)
