"""Serial lines: which there are, and bytes to and from one."""

from __future__ import annotations

import os
import re
import select
import sys
from pathlib import Path
from typing import Final, Protocol

from common.errors import BadInput
from kiosk.machine.windows import WindowsLine, com_ports

READ_BYTES: Final = 4096
_COM_PORT: Final = re.compile(r"(\\\\\.\\)?COM[0-9]{1,3}", re.IGNORECASE)


class SerialLine(Protocol):
    """An open line: bytes as they come, nothing echoed, nothing changed on the way. Of one thread at a time."""

    def read(self, wait_s: float) -> bytes:
        """What has come, at most READ_BYTES; empty if nothing came in that time. Raises OSError: it is gone."""
        ...

    def write(self, data: bytes, wait_s: float) -> int:
        """How many of the bytes it took within that time, 0 if none. Raises OSError: it is gone."""
        ...

    def drop_input(self) -> None:
        """Forget what has come in and was not read. Raises OSError: it is gone."""
        ...

    def close(self) -> None:
        """Let it go. Once."""
        ...


def open_serial(path: str, baud: int, *, writable: bool = False) -> SerialLine:
    """Open a line at a speed, 8 data bits, no parity. Raises OSError, and BadInput where it has no such speed."""
    return _opened(path, baud, writable=writable)


def is_serial_line(name: str) -> bool:
    """Whether a setting names a serial line, not a program: a path below /dev/, on Windows COM and a number."""
    return _COM_PORT.fullmatch(name) is not None if sys.platform == "win32" else name.startswith("/dev/")


def serial_lines(devices: Path = Path("/dev")) -> tuple[str, ...]:
    """The lines a scanner may stand behind, by names that stay with it where the machine has such."""
    if sys.platform == "win32":
        return com_ports()
    named = sorted((devices / "serial" / "by-id").glob("*"))
    found = named or sorted([*devices.glob("ttyACM*"), *devices.glob("ttyUSB*")])
    return tuple(str(path) for path in found)


if sys.platform == "win32":

    def _opened(path: str, baud: int, *, writable: bool) -> SerialLine:
        return WindowsLine(path, baud, writable=writable)

else:
    import termios
    import tty

    class _LinuxLine:
        """A line as a file descriptor."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor = descriptor

        def read(self, wait_s: float) -> bytes:
            if not select.select([self._descriptor], [], [], wait_s)[0]:
                return b""
            data = os.read(self._descriptor, READ_BYTES)
            if not data:
                raise OSError("it was pulled out")
            return data

        def write(self, data: bytes, wait_s: float) -> int:
            if not select.select([], [self._descriptor], [], wait_s)[1]:
                return 0
            return os.write(self._descriptor, data)

        def drop_input(self) -> None:
            try:
                termios.tcflush(self._descriptor, termios.TCIFLUSH)
            except termios.error as error:
                raise OSError(f"the serial line is gone: {error}") from error

        def close(self) -> None:
            os.close(self._descriptor)

    def _opened(path: str, baud: int, *, writable: bool) -> SerialLine:
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            raise BadInput(f"{path}: a serial line cannot be set to {baud} baud; 9600 and 115200 are common")
        line = os.open(path, (os.O_RDWR if writable else os.O_RDONLY) | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(line)
            modes = termios.tcgetattr(line)
            modes[4] = modes[5] = speed
            termios.tcsetattr(line, termios.TCSANOW, modes)
        except termios.error as error:
            os.close(line)
            raise OSError(f"{path} is no serial line: {error}") from error
        return _LinuxLine(line)
