"""What is raised where the machine does not do as it is told."""

from __future__ import annotations

from enum import StrEnum

from common.errors import UserFacing


class MachineWhy(StrEnum):
    """Why the machine did not do what it was asked; screens have a text for each."""

    MISSING = "missing"
    DENIED = "denied"
    COMMAND = "command"  # it ended with an error
    NO_COMMAND = "no_command"  # it cannot be run
    SLOW = "slow"
    UNKNOWN = "unknown"


class MachineTrouble(UserFacing):
    """The machine did not do what it was asked; the text says what to look at. Scanning goes on."""

    def __init__(self, what: str, why: MachineWhy) -> None:
        super().__init__(what)
        self.why = why
