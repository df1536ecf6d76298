"""Power: how full the battery is."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kiosk.machine.windows import power_status

_SUPPLIES: Final = Path("/sys/class/power_supply")


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery, from 0 (empty) to 100 percent; full and on the mains counts as charging."""

    percent: int
    is_charging: bool


def read_battery(supplies: Path = _SUPPLIES) -> Battery | None:
    """The battery, None where there is none or the machine does not tell. Never raises. `supplies` are the kernel's."""
    if sys.platform == "win32":
        return _of_windows()
    for supply in sorted(supplies.glob("*")) if supplies.is_dir() else ():
        if said(supply / "type") == "Battery" and (percent := said(supply / "capacity")).isdigit():
            return Battery(min(100, int(percent)), said(supply / "status") in {"Charging", "Full"})
    return None


def said(path: Path) -> str:
    """What a file of the kernel says; empty where there is no such file."""
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def _of_windows() -> Battery | None:
    try:
        told = power_status()
    except OSError:
        return None
    return None if told.percent is None else Battery(told.percent, told.is_charging)
