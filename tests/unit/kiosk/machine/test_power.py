"""The battery, as the kernel's files tell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.machine.power import Battery, read_battery
from kiosk.sync.party import Machine, read_machine


def supply(folder: Path, **says: str) -> None:
    folder.mkdir(parents=True)
    for name, content in says.items():
        (folder / name).write_text(content + "\n")


@pytest.mark.parametrize(
    ("status", "is_charging"), [("Charging", True), ("Full", True), ("Discharging", False), ("Not charging", False)]
)
def test_the_first_battery_is_told_past_the_mains(tmp_path: Path, status: str, is_charging: bool) -> None:
    supply(tmp_path / "AC", type="Mains", online="1")
    supply(tmp_path / "BAT0", type="Battery", capacity="73", status=status)
    supply(tmp_path / "BAT1", type="Battery", capacity="5", status="Discharging")
    assert read_battery(tmp_path) == Battery(73, is_charging)


def test_a_battery_that_is_fuller_than_full_is_full(tmp_path: Path) -> None:
    supply(tmp_path / "BAT0", type="Battery", capacity="104", status="Full")
    assert read_battery(tmp_path) == Battery(100, is_charging=True)


def test_a_battery_that_says_no_number_is_none(tmp_path: Path) -> None:
    supply(tmp_path / "BAT0", type="Battery", capacity="", status="Unknown")
    supply(tmp_path / "BAT1", type="Battery")
    assert read_battery(tmp_path) is None


def test_a_machine_without_batteries_has_none(tmp_path: Path) -> None:
    assert read_battery(tmp_path / "power_supply") is None


def test_the_status_says_what_the_battery_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.sync.party.read_battery", lambda: Battery(9, is_charging=False))
    assert read_machine() == Machine(battery_percent=9, is_charging=False)
    monkeypatch.setattr("kiosk.sync.party.read_battery", lambda: None)
    assert read_machine() == Machine()
