"""Two network namespaces of this machine with a cable between, which can be pulled."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from tests.conftest import missing

DEVICE: Final = "rgw0"
ADDRESSES: Final = ("192.0.2.1", "192.0.2.2")  # documentation's; they exist only inside


def ip(*words: str) -> None:
    """One command of iproute2. Raises CalledProcessError."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def inside(space: str) -> tuple[str, ...]:
    """The words before a command that runs in a namespace."""
    return ("ip", "netns", "exec", space)


def set_link(space: str, state: Literal["up", "down"]) -> None:
    """Pull the cable out at this end, or put it in."""
    ip("-n", space, "link", "set", DEVICE, state)


def set_address(space: str, address: str, before: str | None = None) -> None:
    """Give this end another address, as a DHCP server does; `before` goes."""
    if before is not None:  # first: a second address of the same network would go with the first
        ip("-n", space, "addr", "del", f"{before}/24", "dev", DEVICE)
    ip("-n", space, "addr", "add", f"{address}/24", "dev", DEVICE)


@contextmanager
def cabled(untested: str) -> Iterator[tuple[str, str]]:
    """The names of the two. Skips, loudly, where this machine makes none; `untested` says what that costs.

    As on a switch with two kiosks there is no gateway and no route for multicast.
    """
    spaces = (f"rg{os.getpid()}a", f"rg{os.getpid()}b")
    if shutil.which("ip") is None or os.geteuid() != 0:
        missing(f"network namespaces need `ip` and root: {untested}")
    try:
        _make(spaces)
    except subprocess.CalledProcessError as error:
        _remove(spaces)
        missing(f"this machine makes no network namespaces ({error.stderr!r}): {untested}")
    try:
        yield spaces
    finally:
        _remove(spaces)


def _make(spaces: tuple[str, str]) -> None:
    for space in spaces:
        ip("netns", "add", space)
    first, second = spaces
    ip("link", "add", DEVICE, "netns", first, "type", "veth", "peer", "name", DEVICE, "netns", second)
    for space, address in zip(spaces, ADDRESSES, strict=True):
        ip("-n", space, "link", "set", "lo", "up")
        ip("-n", space, "addr", "add", f"{address}/24", "dev", DEVICE)
        set_link(space, "up")


def _remove(spaces: tuple[str, str]) -> None:
    for space in spaces:
        subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True)
