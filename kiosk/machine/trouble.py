"""What is raised where the machine does not do as it is told."""

from __future__ import annotations

from common.errors import UserFacing


class MachineTrouble(UserFacing):
    """The machine did not do what it was asked; the text says what to look at. Scanning goes on."""
