"""A serial device without the device: a pseudo-terminal whose other end the test holds. It can be pulled out."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_WAIT_S: Final = 0.02


class SerialStand:
    """A line at `path` that gives what is sent. Use as a context."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ours: int | None = None
        self.plug_in()

    def plug_in(self) -> None:
        """Make the line; as on a real machine, it may be another device under the same name."""
        ours, theirs = os.openpty()
        name = os.ttyname(theirs)
        os.close(theirs)
        self._ours = ours
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(name)

    def pull_out(self) -> None:
        """The scanner is gone, and so is its line."""
        self.path.unlink(missing_ok=True)
        if self._ours is not None:
            os.close(self._ours)
        self._ours = None

    def send(self, data: bytes) -> None:
        """What the scanner sends."""
        if self._ours is None:
            raise ConnectionError(f"{self.path} was pulled out: plug it in first")
        os.write(self._ours, data)

    def taken(self, size: int, within_s: float = 30.0) -> bytes:
        """What was written to the line, once it is as long as this."""
        came, ends_s = b"", time.monotonic() + within_s
        while len(came) < size:
            if time.monotonic() > ends_s:
                raise TimeoutError(f"only {came!r} came within {within_s} s")
            came += self._read(size - len(came))
        return came

    def _read(self, most: int) -> bytes:
        if self._ours is None:
            raise ConnectionError(f"{self.path} was pulled out: plug it in first")
        try:
            return os.read(self._ours, most) if select.select([self._ours], [], [], _WAIT_S)[0] else b""
        except OSError:
            time.sleep(_WAIT_S)  # nobody has opened the line yet
            return b""

    def __enter__(self) -> Self:
        """The line is there already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        self.pull_out()
