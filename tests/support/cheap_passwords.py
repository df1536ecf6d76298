"""Passwords at the least argon2id takes, for all tests but those that are about its cost."""

from __future__ import annotations

from functools import partial

import pytest
from argon2 import PasswordHasher

from syncserver.services import passwords


def make_passwords_cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of tests sign in, or make a server, for something else; each password takes a tenth of a second."""
    monkeypatch.setattr(passwords, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))


def make_passwords_dear(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in life again, for what is made from now on."""
    monkeypatch.setattr(passwords, "PasswordHasher", PasswordHasher)
