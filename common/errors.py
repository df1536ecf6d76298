"""Errors every program of Rallygate shares, named by what the caller should do."""

from __future__ import annotations


class RallygateError(Exception):
    """Base of every error we raise on purpose."""


class InvariantError(RallygateError):
    """The program is broken: something that must always hold does not. Never caught to go on."""


class UserFacing(RallygateError):
    """The text may be shown to a person as it stands: it says what, where, and what to do."""


class BadInput(UserFacing):
    """What was handed in cannot be used; nothing was changed."""


def require(holds: bool, message: str) -> None:  # noqa: FBT001 - reads as a claim at every call
    """Raise InvariantError unless the claim holds. Unlike `assert`, it stays under `-O`."""
    if not holds:
        raise InvariantError(message)
