"""What can go wrong in sync, named by what to do; and why, as far as that is known, in words for every language."""

from __future__ import annotations

from enum import StrEnum

from common.errors import UserFacing


class SyncWhy(StrEnum):
    """Why talking to the server did not work. Screens have a text for each; the message is for the log."""

    UNREACHABLE = "unreachable"
    STRANGE = "strange"  # something between this kiosk and the server answers in its place
    SLOW = "slow"
    SERVER = "server"  # it is in trouble itself
    CERTIFICATE = "certificate"  # of TLS
    CLOCK = "clock"  # by this machine's clock that certificate is over, or not good yet
    CODE_UNKNOWN = "code_unknown"
    CODE_USED = "code_used"
    UNTRUSTED = "untrusted"  # keys or signatures are not the event's
    VERSION = "version"
    REFUSED = "refused"
    TOO_MANY = "too_many"  # one device wrote more than is taken in at once: they wait at their sender


class LanWhy(StrEnum):
    """What keeps the kiosks of a LAN from each other. Screens have a text for each."""

    NOT_CALLED = "not_called"  # the others cannot call this one
    NOT_FOUND = "not_found"  # this one does not find the others


class SyncError(UserFacing):
    """Talking to the server did not work; scanning goes on. `why` is None where there is no word for it."""

    def __init__(self, what: str, why: SyncWhy | None = None) -> None:
        super().__init__(what)
        self.why = why


class Retry(SyncError):
    """The same again after a while: no network, a strange network in between, a server in trouble."""

    def __init__(self, what: str, retry_after_s: float | None = None, why: SyncWhy | None = None) -> None:
        super().__init__(what, why)
        self.retry_after_s = retry_after_s


class TooMuch(Retry):
    """The same in smaller pieces: the server, or something before it, did not take the message."""


class Refused(SyncError):
    """The server understood and says no: a person must do something."""
