"""The shell functions that packaging/test, lint and demo share, on machines made of small fake commands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

LIB = Path(__file__).resolve().parents[3] / "packaging" / "lib.sh"


class Machine:
    """A PATH whose first folder holds fake commands; below it the real ones."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"

    def has(self, command: str, script: str) -> None:
        """Let `command` be this shell script."""
        path = self.bin / command
        path.write_text(f"#!/bin/bash\n{script}\n")
        path.chmod(0o755)

    def runs(self, script: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run the script with lib.sh sourced. Settings of the caller's own shell do not reach it."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RALLYGATE_")}
        return subprocess.run(
            ["bash", "-c", f'set -euo pipefail; source "{LIB}"; {script}'],
            env=kept | settings | {"PATH": f"{self.bin}:{os.environ['PATH']}", "LOG": str(self.log)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    def has_packages(self, *names: str) -> None:
        """Let dpkg-query know these installed packages and no other; apt-get writes down what it is asked."""
        known = " ".join(names)
        self.has("dpkg-query", f'for n in {known or "none"}; do printf "installed=%s " "$n"; done; exit 1')
        self.has("apt-get", 'echo "$@" >> "$LOG"')


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def python_of(version: str) -> str:
    """A fake interpreter that answers the question for its version, and `-V`."""
    major, minor = version.split(".")[:2]
    good = (3, 11) <= (int(major), int(minor)) <= (3, 13)
    return f'if [[ $1 == -V ]]; then echo "Python {version}"; exit 0; fi; exit {0 if good else 1}'


@pytest.mark.parametrize("version", ["3.11.2", "3.12.1", "3.13.0"])
def test_a_python_we_serve_is_taken(machine: Machine, version: str) -> None:
    machine.has("python3", python_of(version))
    assert machine.runs("find_python; echo $PYTHON").stdout.strip() == str(machine.bin / "python3")


@pytest.mark.parametrize("version", ["3.9.2", "3.10.13", "3.14.0"])
def test_a_python_we_do_not_serve_is_refused_by_name(machine: Machine, version: str) -> None:
    machine.has("oldpython", python_of(version))
    ended = machine.runs("find_python", RALLYGATE_PYTHON="oldpython")
    assert ended.returncode == 1
    assert f"Python 3.11, 3.12 or 3.13 is needed, and oldpython is Python {version}." in ended.stderr
    assert "RALLYGATE_PYTHON=" in ended.stderr


def test_another_python_is_found_where_the_first_does_not_fit(machine: Machine) -> None:
    machine.has("python3", python_of("3.9.2"))
    machine.has("python3.11", python_of("3.11.2"))
    assert machine.runs("find_python; echo $PYTHON").stdout.strip() == str(machine.bin / "python3.11")


def test_nothing_is_asked_where_nothing_is_missing(machine: Machine) -> None:
    machine.has_packages("xvfb", "strace")
    machine.has("id", "echo 1000")
    ended = machine.runs("find_python; need_packages xvfb strace")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_who_is_not_root_gets_the_exact_line(machine: Machine) -> None:
    machine.has_packages("xvfb")
    machine.has("id", "echo 1000")
    ended = machine.runs("find_python; need_packages xvfb strace postgresql")
    assert ended.returncode == 1
    assert "sudo apt-get install --no-install-recommends strace postgresql\n" in ended.stderr
    assert not machine.log.exists()


def test_root_installs_what_is_missing_and_nothing_else(machine: Machine) -> None:
    machine.has_packages("xvfb")
    machine.has("id", "echo 0")
    ended = machine.runs('install_quietly() { echo "$@" > $LOG; }; find_python; need_packages xvfb strace')
    assert ended.returncode == 0, ended.stderr
    assert machine.log.read_text() == "strace\n"


def test_a_python_without_venv_needs_its_package(machine: Machine) -> None:
    machine.has_packages()
    machine.has("python3", "if [[ $2 == *ensurepip* ]]; then exit 1; fi")
    assert machine.runs("find_python; missing_packages").stdout == "python3-venv\n"


def test_a_package_that_was_removed_counts_as_missing(machine: Machine) -> None:
    machine.has("dpkg-query", 'printf "config-files=strace "')
    assert machine.runs("find_python; missing_packages strace").stdout == "strace\n"


def test_a_failing_apt_shows_its_last_words(machine: Machine) -> None:
    machine.has("apt-get", "echo 'no space left on device'; exit 100")
    ended = machine.runs("apt_install strace")
    assert ended.returncode == 1
    assert "no space left on device" in ended.stderr
    assert "apt could not install: strace" in ended.stderr


FINISHED = """
    find_python
    ROOT=$(dirname "$LOG")
    mkdir -p "$ROOT/requirements"
    echo 'flask==3' > "$ROOT/requirements/tests.lock"
    echo '[project]' > "$ROOT/pyproject.toml"
    install_lock() { echo lock; mkdir -p "$VENV"; echo "$2" > "$VENV/rallygate-lock"; rm -f "$VENV/rallygate-project"; }
    install_project() { echo project; echo "$1" > "$VENV/rallygate-project"; }
    need_venv tests.lock
    echo "made $VENV"
"""


def test_an_environment_is_made_once_and_comes_first_on_the_path(machine: Machine, tmp_path: Path) -> None:
    script = FINISHED + 'need_venv tests.lock; echo "${PATH%%:*}"'
    *made, used = machine.runs(script).stdout.splitlines()
    assert made[:2] == ["lock", "project"]
    assert made[2].startswith(f"made {tmp_path}/.venvs/3.")
    assert used == made[2].removeprefix("made ") + "/bin"


@pytest.mark.parametrize(
    ("change", "redone"),
    [
        ('echo "flask==4" > "$ROOT/requirements/tests.lock"', ["lock", "project"]),
        ('echo "[tool]" > "$ROOT/pyproject.toml"', ["project"]),
        ('echo interrupted > "$VENV/rallygate-lock"', ["lock", "project"]),
        ('rm "$VENV/rallygate-project"', ["project"]),
        ('cp -r "$ROOT" "$ROOT.copy"; ROOT=$ROOT.copy', ["lock", "project"]),
        ("true", []),
    ],
)
def test_what_is_out_of_date_in_an_environment_is_done_again(machine: Machine, change: str, redone: list[str]) -> None:
    ended = machine.runs(f"{FINISHED}{change}\nneed_venv tests.lock")
    assert ended.stdout.splitlines()[3:] == redone, ended.stderr


def test_an_environment_of_ones_own_is_left_as_it_is(machine: Machine, tmp_path: Path) -> None:
    script = """
        find_python
        mkdir -p "$RALLYGATE_VENV/bin"
        ln -s "$PYTHON" "$RALLYGATE_VENV/bin/python"
        need_venv tests.lock
    """
    ended = machine.runs(script, RALLYGATE_VENV=str(tmp_path / "venv"))
    assert ended.stderr == f"== using {tmp_path}/venv as it is\n"


def test_an_environment_that_cannot_be_made_says_what_to_do(machine: Machine, tmp_path: Path) -> None:
    machine.has("python3", 'if [[ $1 == -m ]]; then echo "No module named venv" >&2; exit 1; fi; echo 3.11.2')
    ended = machine.runs("find_python; need_venv tests.lock", RALLYGATE_VENV=str(tmp_path / "venv"))
    assert ended.returncode == 1
    assert "could not be made" in ended.stderr
    assert not (tmp_path / "venv/rallygate-lock").exists()
