"""A serial scanner without a scanner: a pseudo-terminal whose other end the test holds. It can be pulled out."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self


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

    def __enter__(self) -> Self:
        """The line is there already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it away."""
        self.pull_out()
