"""A lamp, the screen's backlight: by the kernel's own files, or by a command where a machine has none of these."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from common.errors import BadInput
from kiosk.machine.power import said
from kiosk.machine.processes import command_of, run_command, words_of
from kiosk.machine.trouble import MachineTrouble, MachineWhy

COMMAND_S_MAX: Final = 5.0
LEVEL: Final = "{level}"
_LIGHTS_OF_THE_KERNEL: Final = "/sys/"


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
    """A light of Linux: /sys/class/leds/NAME or /sys/class/backlight/NAME. On Windows a command does it."""

    folder: Path

    def set(self, percent: int) -> None:
        """Write the share of `max_brightness`; never 0 for more than 0 percent."""
        most = said(self.folder / "max_brightness")
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
            what = f"{words[0]} ended with {code}; try it by hand: {command_of(words)}"
            raise MachineTrouble(what, MachineWhy.COMMAND)


def light_of(setting: str, origin: str) -> Light | None:
    """The light a setting names: a folder below /sys, or a command with {level}; None for an empty one.

    Raises BadInput that names `origin`.
    """
    if not setting.strip():
        return None
    if setting.startswith(_LIGHTS_OF_THE_KERNEL):
        return SysfsLight(Path(setting.strip()))
    try:
        words = words_of(setting)
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
