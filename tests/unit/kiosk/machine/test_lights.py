"""Lights: what a setting may name, and what is said when the machine does not do it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from common.errors import BadInput
from kiosk.config import KioskConfig, read_config
from kiosk.machine.lights import CommandLight, SysfsLight, light_of
from kiosk.machine.trouble import MachineTrouble


@pytest.mark.parametrize(("percent", "written"), [(0, "0"), (1, "1"), (50, "30"), (99, "60"), (100, "60")], ids=str)
def test_a_light_of_the_kernel_gets_its_share_and_only_0_is_off(tmp_path: Path, percent: int, written: str) -> None:
    (tmp_path / "max_brightness").write_text("60\n")
    SysfsLight(tmp_path).set(percent)
    assert (tmp_path / "brightness").read_text() == written


def test_a_light_that_is_not_there_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(MachineTrouble, match="there is no light"):
        SysfsLight(tmp_path / "flash").set(100)


def test_a_light_that_may_not_be_written_says_where_the_rule_stands(tmp_path: Path) -> None:
    (tmp_path / "max_brightness").write_text("60")
    (tmp_path / "brightness").mkdir()
    with pytest.raises(MachineTrouble, match=r"docs/tablets\.md"):
        SysfsLight(tmp_path).set(100)


def test_a_command_is_run_with_the_percent_and_without_a_shell(tmp_path: Path) -> None:
    script = "import pathlib, sys; pathlib.Path(sys.argv[1]).write_text(sys.argv[2])"
    light = light_of(f'"{sys.executable}" -c "{script}" "{tmp_path}/out" "{{level}}%;$HOME"', "X")
    assert isinstance(light, CommandLight)
    light.set(40)
    assert (tmp_path / "out").read_text() == "40%;$HOME"


@pytest.mark.parametrize("command", ["/nowhere/lamp {level}", "false {level}"])
def test_a_command_that_fails_says_so(command: str) -> None:
    light = light_of(command, "X")
    assert light is not None
    with pytest.raises(MachineTrouble, match="try"):
        light.set(1)


@pytest.mark.parametrize("percent", [-1, 101])
def test_a_light_knows_only_0_to_100(percent: int) -> None:
    with pytest.raises(BadInput, match="0 to 100"):
        CommandLight(("true", "{level}")).set(percent)


def test_where_no_light_is_set_up_there_is_none() -> None:
    lights = KioskConfig().lights
    assert (lights.torch, lights.brightness) == (None, None)
    set_up = read_config({"RALLYGATE_KIOSK_TORCH": "/sys/class/leds/white:flash"}, {}).lights
    assert set_up.torch == SysfsLight(Path("/sys/class/leds/white:flash"))
