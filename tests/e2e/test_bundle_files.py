"""What goes along with the bundle: units, an entry and icons for the desktop, versions that switch."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from kiosk.config import read_config
from syncserver.config import SETTINGS
from tests.conftest import missing

BUNDLING = Path(__file__).parents[2] / "packaging" / "bundling"
UNITS = sorted((BUNDLING / "systemd").glob("*.service"))
ICONS = BUNDLING / "icons"


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit: Path, tmp_path: Path) -> None:
    """Programs that are not installed here are stood in for; all else is as it is."""
    if shutil.which("systemd-analyze") is None:
        missing("no systemd-analyze: apt-get install systemd")
    text = re.sub(r"(?m)^(ExecStart=)\S+", r"\1/bin/true", unit.read_text())
    (tmp_path / unit.name).write_text(text)
    scope = ["--user"] if "graphical-session" in text else []
    command = ["systemd-analyze", *scope, "verify", str(tmp_path / unit.name)]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, [line for line in said.stderr.splitlines() if unit.name in line]) == (0, [])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_the_unit_names_settings_that_there_are_and_comes_back_after_any_end(unit: Path) -> None:
    lines = unit.read_text().splitlines()
    named = [word for line in lines if line.startswith("Environment=") for word in line.partition("=")[2].split()]
    settings = dict(word.split("=", 1) for word in named if word.startswith("RALLYGATE_"))
    read_config({name: value for name, value in settings.items() if "_KIOSK_" in name}, {})
    assert {name for name in settings if "_KIOSK_" not in name} <= set(SETTINGS)
    assert "Restart=always" in lines
    assert "StartLimitIntervalSec=0" in lines


def test_the_desktop_entry_has_all_languages_and_an_icon_that_is_there() -> None:
    entry = configparser.ConfigParser(interpolation=None, delimiters="=")
    entry.optionxform = str  # type: ignore[assignment, method-assign] # keys of desktop entries have capitals
    entry.read(BUNDLING / "rallygate-kiosk.desktop", encoding="utf-8")
    found = entry["Desktop Entry"]
    assert {f"Comment[{language}]" for language in ("cs", "de", "fr", "it", "pl")} <= set(found)
    assert found["Exec"] == "/opt/rallygate-kiosk/current/rallygate-kiosk run"
    assert (ICONS / f"{found['Icon']}.svg").exists()


def test_the_icons_are_those_that_the_script_draws(tmp_path: Path) -> None:
    subprocess.run([sys.executable, BUNDLING / "draw_icons.py", tmp_path], check=True)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in ICONS.iterdir()}
    assert (tmp_path / "rallygate-kiosk.svg").read_text() == (ICONS / "rallygate-kiosk.svg").read_text()
    for path in tmp_path.glob("*.png"):
        with Image.open(path) as drawn, Image.open(ICONS / path.name) as kept:
            assert drawn.size == kept.size == (side := int(path.stem.rpartition("-")[2]), side)
            assert drawn.tobytes() == kept.tobytes()


def test_two_versions_lie_side_by_side_and_the_switch_goes_both_ways(tmp_path: Path) -> None:
    prefix = tmp_path / "opt"
    older, newer = fake_version(tmp_path, "1"), fake_version(tmp_path, "2")
    install(older, prefix)
    install(newer, prefix)
    assert (prefix / "current").resolve().name == "2"
    install(newer, prefix, "--back")
    assert (prefix / "current").resolve().name == "1"
    assert sorted(path.name for path in (prefix / "versions").iterdir()) == ["1", "2"]


def test_a_version_that_does_not_start_here_is_not_switched_to(tmp_path: Path) -> None:
    prefix = tmp_path / "opt"
    older, broken = fake_version(tmp_path, "1"), fake_version(tmp_path, "2")
    install(older, prefix)
    (broken / "rallygate-kiosk").write_text("#!/bin/sh\nexit 127\n")
    said = subprocess.run([broken / "install", "--prefix", prefix], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert "does not start on this machine" in said.stderr
    assert (prefix / "current").resolve().name == "1"


def test_there_is_no_way_back_from_the_first_version(tmp_path: Path) -> None:
    first = fake_version(tmp_path, "1")
    install(first, tmp_path / "opt")
    said = subprocess.run([first / "install", "--prefix", tmp_path / "opt", "--back"], capture_output=True, check=False)
    assert said.returncode == 1
    assert b"no version before" in said.stderr


def fake_version(tmp_path: Path, version: str) -> Path:
    """A version of the kiosk that only says who it is: copying whole ones takes long."""
    folder = tmp_path / f"unpacked-{version}"
    folder.mkdir()
    shutil.copy2(BUNDLING / "install", folder)
    (folder / "VERSION").write_text(version + "\n")
    (folder / "rallygate-kiosk").write_text(f"#!/bin/sh\necho {version}\n")
    (folder / "rallygate-kiosk").chmod(0o755)
    return folder


def install(version: Path, prefix: Path, *options: str) -> None:
    subprocess.run([version / "install", "--prefix", prefix, *options], check=True, stdout=subprocess.DEVNULL)
