"""What can go wrong in sync, named by what to do."""

from __future__ import annotations

from common.errors import UserFacing


class SyncError(UserFacing):
    """Talking to the server did not work; scanning goes on."""


class Retry(SyncError):
    """The same again after a while: no network, a strange network in between, a server in trouble."""

    def __init__(self, what: str, retry_after_s: float | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


class TooMuch(Retry):
    """The same in smaller pieces: the server, or something before it, did not take the message."""


class Refused(SyncError):
    """The server understood and says no: a person must do something."""
