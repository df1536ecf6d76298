"""What the kiosk asks of the machine below it: battery, lights, a serial line. Everything else is told by files."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from common.errors import BadInput, UserFacing
from kiosk.sync.exchange import Machine

COMMAND_S_MAX: Final = 5.0
LEVEL: Final = "{level}"

_SUPPLIES = Path("/sys/class/power_supply")


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


def read_machine(supplies: Path = _SUPPLIES, camera: str = "") -> Machine:
    """Battery and camera; None where the machine does not tell. Never raises."""
    for supply in sorted(supplies.glob("*")) if supplies.is_dir() else ():
        if _read(supply / "type") == "Battery" and (percent := _read(supply / "capacity")).isdigit():
            return Machine(min(100, int(percent)), _read(supply / "status") in {"Charging", "Full"}, camera)
    return Machine(camera=camera)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


class Light(Protocol):
    """A lamp or a backlight, from 0 (off) to 100 percent."""

    def set(self, percent: int) -> None:
        """Make it that bright; takes up to five seconds. Raises MachineTrouble."""
        ...


@dataclass(frozen=True, slots=True)
class Lights:
    """The lights that were set up; None where there is none, and then no button either."""

    torch: Light | None = None
    brightness: Light | None = None


@dataclass(frozen=True, slots=True)
class SysfsLight:
    """A light of the kernel: /sys/class/leds/NAME or /sys/class/backlight/NAME."""

    folder: Path

    def set(self, percent: int) -> None:
        """Write the share of `max_brightness`; never 0 for more than 0 percent."""
        most = _read(self.folder / "max_brightness")
        if not most.isdigit():
            raise MachineTrouble(
                f"{self.folder}: there is no light (max_brightness); look into {self.folder.parent}", MachineWhy.MISSING
            )
        level = -(-int(most) * _checked(percent) // 100)
        try:
            (self.folder / "brightness").write_text(str(level), encoding="ascii")
        except OSError as error:
            raise MachineTrouble(
                f"{self.folder}/brightness cannot be written ({error.strerror}): docs/tablets.md has the udev rule",
                MachineWhy.DENIED,
            ) from error


@dataclass(frozen=True, slots=True)
class CommandLight:
    """A light that a program of this machine switches. `words` hold {level} where the percent belongs."""

    words: tuple[str, ...]

    def set(self, percent: int) -> None:
        """Run the command, without a shell."""
        words = tuple(word.replace(LEVEL, str(_checked(percent))) for word in self.words)
        code = run_command(words, COMMAND_S_MAX)
        if code:
            raise MachineTrouble(
                f"{words[0]} ended with {code}; try it by hand: {shlex.join(words)}", MachineWhy.COMMAND
            )


def run_command(words: Sequence[str], timeout_s: float) -> int:
    """Run a program of this device's settings, without a shell; its exit code. Raises MachineTrouble.

    What takes longer is ended, with everything it has started.
    """
    quiet, has_groups = subprocess.DEVNULL, os.name == "posix"
    try:
        with subprocess.Popen(  # noqa: S603 - the command is this device's own setting
            list(words), stdin=quiet, stdout=quiet, start_new_session=has_groups
        ) as program:
            try:
                return program.wait(timeout_s)
            except subprocess.TimeoutExpired:
                if has_groups:
                    os.killpg(program.pid, signal.SIGKILL)
                program.kill()
                raise
    except (OSError, subprocess.TimeoutExpired) as error:
        why = MachineWhy.SLOW if isinstance(error, subprocess.TimeoutExpired) else MachineWhy.NO_COMMAND
        raise MachineTrouble(f"{words[0]}: {error}; try the command by hand", why) from error


def light_of(setting: str, origin: str) -> Light | None:
    """The light a setting names: a folder below /sys, or a command with {level}; None for an empty one.

    Raises BadInput that names `origin`.
    """
    if not setting.strip():
        return None
    if setting.startswith("/sys/"):
        return SysfsLight(Path(setting.strip()))
    try:
        words = tuple(shlex.split(setting))
    except ValueError as error:
        raise BadInput(f"{origin}: {setting!r} is no command ({error})") from error
    if not any(LEVEL in word for word in words):
        raise BadInput(
            f"{origin}: {setting!r} is neither a folder below /sys nor a command with {LEVEL} for the percent"
        )
    return CommandLight(words)


def _checked(percent: int) -> int:
    if not 0 <= percent <= 100:
        raise BadInput(f"a light can be set from 0 to 100 percent, not to {percent}")
    return percent


def open_serial(path: str, baud: int, *, writable: bool = False) -> int:
    """A serial line as a file descriptor: bytes as they come, nothing echoed, reads that never wait.

    Raises OSError, and BadInput where the machine has no such lines or no such speed.
    """
    try:
        import termios  # noqa: PLC0415 - not every system has it
        import tty  # noqa: PLC0415 - the same
    except ImportError as error:
        raise BadInput("serial lines are used on Linux; set a scanner to keyboard mode here") from error
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
    return line


def serial_lines(devices: Path = Path("/dev")) -> tuple[str, ...]:
    """The lines a scanner may stand behind, by names that stay with it where the machine has such."""
    named = sorted((devices / "serial" / "by-id").glob("*"))
    found = named or sorted([*devices.glob("ttyACM*"), *devices.glob("ttyUSB*")])
    return tuple(str(path) for path in found)


def drop_input(line: int) -> None:
    """Forget what has come in on a serial line and was not read. Raises OSError."""
    import termios  # noqa: PLC0415 - not every system has it; one without has no line to ask for

    try:
        termios.tcflush(line, termios.TCIFLUSH)
    except termios.error as error:
        raise OSError(f"the serial line is gone: {error}") from error
