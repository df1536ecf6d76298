"""A password is slow to guess, and so is that of an account that is not there."""

from __future__ import annotations

from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters

from syncserver.services.passwords import PASSWORD_CHARACTERS_MAX, Passwords

GOOD = "three horses on the road"


class Watched(PasswordHasher):
    """The library's, which remembers what it compared with."""

    compared: str | bytes = ""

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - the library's name
        self.compared = hash
        return super().verify(hash, password)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    """What a `Passwords` made from now on hashes with, at the cost there is in life."""
    made = Watched()
    monkeypatch.setattr("syncserver.services.passwords.PasswordHasher", lambda: made)
    return made


def test_a_password_fits_what_was_kept_of_it_alone() -> None:
    passwords = Passwords()
    kept = passwords.hash(GOOD)
    assert passwords.matches(kept, GOOD)
    assert not passwords.matches(kept, GOOD + " ")
    assert not passwords.matches("no hash", GOOD)


def test_where_there_is_no_account_it_is_compared_at_the_cost_of_any_other(watched: Watched) -> None:
    passwords = Passwords()
    kept = passwords.hash(GOOD)
    for password in ("", GOOD):
        watched.compared = ""
        assert not passwords.matches(None, password)
        assert extract_parameters(str(watched.compared)) == extract_parameters(kept)


def test_one_too_long_is_compared_with_nobodys(watched: Watched) -> None:
    long = "x" * (PASSWORD_CHARACTERS_MAX + 1)
    passwords = Passwords()
    kept = watched.hash(long)
    assert not passwords.matches(kept, long)
    assert watched.compared not in {"", kept}
