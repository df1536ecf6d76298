"""What this machine and its system are called."""

from __future__ import annotations

import platform


def host_name() -> str:
    """What people called this machine when they set it up; empty where they did not."""
    return platform.node()


def system_name() -> str:
    """`Linux`, `Windows`: one word for a list of devices."""
    return platform.system()


def system_described() -> str:
    """The system with its version and processor, for whoever helps from afar."""
    return platform.platform()
