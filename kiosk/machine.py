"""What the machine says of its battery, where it says anything."""

from __future__ import annotations

from pathlib import Path

from kiosk.sync.exchange import Machine

_SUPPLIES = Path("/sys/class/power_supply")


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
