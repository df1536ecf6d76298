"""What Windows is asked through its own libraries. NOT RUN: no Windows machine was at hand.

Written from Microsoft's reference; names and numbers are those of the headers winbase.h and fileapi.h. Types, layouts
and what the numbers mean are checked on Linux too. Everything that asks raises OSError, on other systems always.
"""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_char, c_uint8, c_uint16, c_uint32, c_void_p, c_wchar_p
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MOVEFILE_REPLACE_EXISTING: Final = 0x1
_MOVEFILE_WRITE_THROUGH: Final = 0x8
_GENERIC_READ: Final = 0x8000_0000
_GENERIC_WRITE: Final = 0x4000_0000
_OPEN_EXISTING: Final = 3
_INVALID_HANDLE: Final = c_void_p(-1).value
_PURGE_RXABORT_RXCLEAR: Final = 0x2 | 0x8
_EVER: Final = 0xFFFF_FFFF  # MAXDWORD
_READ_BYTES: Final = 4096
_BINARY_WITH_DTR_AND_RTS: Final = 0x1 | 0x10 | 0x1000  # fBinary; fDtrControl and fRtsControl enabled: no flow control
_NO_BATTERY: Final = 0x80
_CHARGING: Final = 0x08
_UNKNOWN: Final = 0xFF
_SERIAL_MAP: Final = r"HARDWARE\DEVICEMAP\SERIALCOMM"


class LineState(ctypes.Structure):
    """DCB: speed and shape of a serial line. `flags` are its bit fields, the first in the lowest bit."""

    _fields_ = (
        ("length", c_uint32),
        ("baud", c_uint32),
        ("flags", c_uint32),
        ("reserved", c_uint16),
        ("xon_limit", c_uint16),
        ("xoff_limit", c_uint16),
        ("byte_size", c_uint8),
        ("parity", c_uint8),
        ("stop_bits", c_uint8),
        ("characters", c_char * 5),
        ("reserved_1", c_uint16),
    )


class LineTimeouts(ctypes.Structure):
    """COMMTIMEOUTS, in milliseconds."""

    _fields_ = (
        ("read_interval", c_uint32),
        ("read_multiplier", c_uint32),
        ("read_constant", c_uint32),
        ("write_multiplier", c_uint32),
        ("write_constant", c_uint32),
    )


class PowerState(ctypes.Structure):
    """SYSTEM_POWER_STATUS."""

    _fields_ = (
        ("on_mains", c_uint8),
        ("flags", c_uint8),
        ("percent", c_uint8),
        ("saver", c_uint8),
        ("seconds_left", c_uint32),
        ("seconds_full", c_uint32),
    )


@dataclass(frozen=True, slots=True)
class PowerTold:
    """What a PowerState means. `percent`: None where there is no battery, or nothing is known of it."""

    percent: int | None
    is_charging: bool


def move_through(path: Path, to: Path) -> None:
    """Rename over what is there; on the disk when this returns."""
    how = _MOVEFILE_REPLACE_EXISTING | _MOVEFILE_WRITE_THROUGH
    _require(_kernel().MoveFileExW(c_wchar_p(str(path)), c_wchar_p(str(to)), c_uint32(how)), str(to))


def power_status() -> PowerTold:
    """The battery, as the system tells it."""
    state = PowerState()
    _require(_kernel().GetSystemPowerStatus(ctypes.byref(state)), "the battery")
    return read_power(state)


def read_power(state: PowerState) -> PowerTold:
    """What the numbers say."""
    percent, flags = int(state.percent), int(state.flags)
    if percent == _UNKNOWN or (flags != _UNKNOWN and flags & _NO_BATTERY):
        return PowerTold(None, is_charging=False)
    is_full = state.on_mains == 1 and percent >= 100
    return PowerTold(min(100, percent), is_full or (flags != _UNKNOWN and bool(flags & _CHARGING)))


def words_of_command(command: str) -> tuple[str, ...]:
    """A command line in words, as programs here are given them; none of an empty one."""
    if not command.strip():
        return ()
    shell, count = _library("shell32"), ctypes.c_int()
    split = shell.CommandLineToArgvW
    split.restype = ctypes.POINTER(c_wchar_p)
    found = split(c_wchar_p(command.strip()), ctypes.byref(count))
    _require(bool(found), command)
    try:
        return tuple(str(found[place]) for place in range(count.value))
    finally:
        _kernel().LocalFree(found)


def com_ports() -> tuple[str, ...]:
    """The serial lines there are now, COM3 before COM10. Never raises."""
    return tuple(sorted(_registered(), key=_by_number))


if sys.platform == "win32":
    import winreg

    def _registered() -> list[str]:
        found: list[str] = []
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _SERIAL_MAP) as key:
                for place in range(winreg.QueryInfoKey(key)[1]):
                    found.append(str(winreg.EnumValue(key, place)[1]))  # noqa: PERF401 - one that goes ends it
        except OSError:  # there never was a line, or one went while they were counted
            return found
        return found

else:

    def _registered() -> list[str]:
        return []


def _by_number(port: str) -> tuple[int, str]:
    digits = port.removeprefix("COM")
    return (int(digits) if digits.isdigit() else sys.maxsize, port)


class WindowsLine:
    """An open serial line (`serial.SerialLine`), by a handle of the system."""

    def __init__(self, path: str, baud: int, *, writable: bool) -> None:
        self._path, self._kernel = path, _kernel()
        how = _GENERIC_READ | (_GENERIC_WRITE if writable else 0)
        # Behind COM9 a line is found by its full name alone, which the others have too.
        name = path if path.startswith("\\\\") else rf"\\.\{path}"
        self._kernel.CreateFileW.restype = c_void_p
        opened = self._kernel.CreateFileW(c_wchar_p(name), c_uint32(how), 0, None, _OPEN_EXISTING, 0, None)
        _require(opened != _INVALID_HANDLE, path)
        self._handle = c_void_p(opened)
        try:
            self._set(baud)
        except OSError:
            self.close()
            raise

    def read(self, wait_s: float) -> bytes:
        """What has come; the system waits as long for the first byte, and for no second one."""
        self._wait(LineTimeouts(_EVER, _EVER, _ms(wait_s), 0, 0))
        buffer, came = ctypes.create_string_buffer(_READ_BYTES), c_uint32()
        self._done(self._kernel.ReadFile(self._handle, buffer, c_uint32(_READ_BYTES), ctypes.byref(came), None))
        return buffer.raw[: came.value]

    def write(self, data: bytes, wait_s: float) -> int:
        """How many bytes went out in that time."""
        self._wait(LineTimeouts(_EVER, _EVER, 1, 0, _ms(wait_s)))
        gone = c_uint32()
        self._done(self._kernel.WriteFile(self._handle, data, c_uint32(len(data)), ctypes.byref(gone), None))
        return gone.value

    def drop_input(self) -> None:
        """Forget what was not read."""
        self._done(self._kernel.PurgeComm(self._handle, c_uint32(_PURGE_RXABORT_RXCLEAR)))

    def close(self) -> None:
        """Let it go."""
        self._kernel.CloseHandle(self._handle)

    def _set(self, baud: int) -> None:
        state = LineState(length=ctypes.sizeof(LineState))
        self._done(self._kernel.GetCommState(self._handle, ctypes.byref(state)))
        state.baud, state.flags = baud, _BINARY_WITH_DTR_AND_RTS
        state.byte_size, state.parity, state.stop_bits = 8, 0, 0  # NOPARITY, ONESTOPBIT
        self._done(self._kernel.SetCommState(self._handle, ctypes.byref(state)))

    def _wait(self, timeouts: LineTimeouts) -> None:
        self._done(self._kernel.SetCommTimeouts(self._handle, ctypes.byref(timeouts)))

    def _done(self, result: int) -> None:
        _require(result, self._path)


def _ms(seconds: float) -> int:
    """0 would mean that nothing is waited for when reading, and for ever when writing."""
    return max(1, round(seconds * 1000))


def _kernel() -> ctypes.CDLL:
    return _library("kernel32")


def _library(name: str) -> ctypes.CDLL:
    if sys.platform == "win32":
        return ctypes.WinDLL(name, use_last_error=True)
    raise OSError(f"{name} is a library of Windows")


def _require(done: object, what: str) -> None:
    """Raise the system's last error, which names `what`, unless it was done."""
    if done:
        return
    if sys.platform == "win32":
        error = ctypes.WinError(ctypes.get_last_error())
        raise OSError(error.errno, error.strerror, what, error.winerror)
    raise OSError(f"{what}: not done")
