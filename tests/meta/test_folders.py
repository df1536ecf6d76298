from __future__ import annotations

import os
import subprocess
import tomllib
from pathlib import PurePosixPath

import pytest

from tests.meta.checkers.tree import PRODUCT, PROJECT, project_files

# Alembic's folder of numbered files is described by the README above it.
UNDESCRIBED = {"versions", "__pycache__"}
NAMES_THAT_SAY_NOTHING = {"utils.py", "util.py", "helpers.py", "helper.py", "manager.py", "common.py", "misc.py"}
COMMANDS = sorted(p for p in project_files() if p.parts[0] == "packaging" and len(p.parts) == 2 and not p.suffix)


def undescribed(paths: tuple[PurePosixPath, ...]) -> list[str]:
    """Folders of the product that hold code, and the other top folders, without a README.md."""
    folders = {p.parent for p in paths if p.parts[0] in PRODUCT and p.suffix == ".py"}
    folders |= {PurePosixPath(p.parts[0]) for p in paths if len(p.parts) > 1 and not p.parts[0].startswith(".")}
    return sorted(str(f) for f in folders if f / "README.md" not in paths and f.name not in UNDESCRIBED)


def nameless(paths: tuple[PurePosixPath, ...]) -> list[str]:
    """Files whose name could be any file's."""
    return [str(path) for path in paths if path.name in NAMES_THAT_SAY_NOTHING]


def test_each_folder_says_what_lives_there() -> None:
    assert undescribed(project_files()) == []


def test_each_file_has_a_name_of_its_own() -> None:
    assert nameless(project_files()) == []


def test_packaging_does_not_hide_the_library_of_that_name() -> None:
    assert PurePosixPath("packaging/__init__.py") not in project_files()


def test_ci_runs_what_a_person_runs() -> None:
    assert (PROJECT / ".ci/run").read_text().splitlines()[-1].endswith('/packaging/test"')


def test_each_exception_from_a_lint_rule_has_its_reason() -> None:
    lines = (PROJECT / "pyproject.toml").read_text().splitlines()
    start, end = lines.index("ignore = ["), lines.index("[tool.ruff.format]")
    rules = [line for line in lines[start:end] if line.startswith('  "')]
    assert rules
    assert [line for line in rules if "# " not in line] == []


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (PROJECT / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("command", [c for c in COMMANDS if (PROJECT / c).read_text().startswith("#!")], ids=str)
def test_each_command_explains_itself(command: PurePosixPath) -> None:
    assert os.access(PROJECT / command, os.X_OK)
    said = subprocess.run([str(PROJECT / command), "--help"], capture_output=True, text=True, check=True, timeout=30)
    assert said.stdout.startswith("usage: ")


def test_a_folder_without_words_is_found() -> None:
    paths = ("kiosk/README.md", "kiosk/a.py", "kiosk/sync/b.py", "other/c.txt", "syncserver/db/versions/0001_a.py")
    found = undescribed(tuple(map(PurePosixPath, paths)))
    assert found == ["kiosk/sync", "other", "syncserver"]


def test_a_name_that_says_nothing_is_found() -> None:
    assert nameless((PurePosixPath("kiosk/utils.py"), PurePosixPath("kiosk/wedge.py"))) == ["kiosk/utils.py"]
