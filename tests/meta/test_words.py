from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import pytest

from tests.meta.checkers.tree import PROJECT, Source, python_files, report, text_files
from tests.meta.checkers.words import LIST, foreign_lock_lines, spoken_of, unfinished_words

HERE = PurePosixPath("kiosk/sample.py")
HOST = re.compile(r"(?:https?|file)://([a-z0-9-]+(?:\.[a-z0-9-]+)+)")


def machine_paths() -> re.Pattern[str]:
    """Paths that exist on one machine only: home folders, and the folder this checkout happens to lie in."""
    shared_by_all = {"/", "/srv", "/opt", "/tmp", "/home"}
    places = sorted({str(Path.home()), str(PROJECT.parent)} - shared_by_all)
    return re.compile("|".join([*(rf"(?<![\w.]){re.escape(place)}/[\w.]" for place in places), r"/home/\w+/[\w.]"]))


def index_hosts() -> set[str]:
    """Hosts that this machine's pip and apt ask, and pip's own default: asked of the machine, none named here."""
    default = "from pip._internal.models.index import PyPI as i; print(i.url, 'https://' + i.file_storage_domain)"
    said = [_output(sys.executable, "-c", default), _output(sys.executable, "-m", "pip", "config", "list")]
    if Path("/etc/apt").is_dir():
        said.append(_output("apt-get", "indextargets", "--format", "$(REPO_URI)"))
    return {host for text in said for host in HOST.findall(text)}


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_no_python_file_excuses_what_is_missing() -> None:
    findings = spoken_of(python_files(), unfinished_words(), "finish it, or say in the README that it is not there")
    assert not findings, report(findings)


def test_no_file_names_a_machine() -> None:
    findings = spoken_of(text_files(), machine_paths(), "a path of one machine")
    assert not findings, report(findings)


def test_no_file_names_a_package_index() -> None:
    hosts = re.compile("|".join(map(re.escape, sorted(index_hosts()))))
    findings = spoken_of(text_files(), hosts, "a package index; each machine has its own")
    assert not findings, report(findings)


def test_lock_files_hold_pinned_packages_and_hashes_alone() -> None:
    locks = [source for source in text_files() if source.path.suffix == ".lock"]
    assert {lock.path.name for lock in locks} >= {"runtime.lock", "tests.lock"}
    findings = foreign_lock_lines(locks)
    assert not findings, report(findings)


def test_the_runtime_lock_has_exactly_what_was_tested() -> None:
    pinned = {
        name: set(re.findall(r"^(\S+==\S+)", (PROJECT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("runtime.lock", "tests.lock")
    }
    assert pinned["runtime.lock"]
    assert pinned["runtime.lock"] <= pinned["tests.lock"]


def test_each_banned_word_is_found() -> None:
    words = re.findall(r"\w{3,}(?: \w+)*", re.sub(r"\(\?i:|\\b|\(s\|bed\)", " ", LIST.read_text().split("\n", 1)[1]))
    assert len(words) >= 8
    for word in words:
        assert spoken_of([Source(HERE, f"x = 1  # {word}: later")], unfinished_words(), ""), word


def test_harmless_words_are_not() -> None:
    assert not spoken_of([Source(HERE, "a METODO for stubborn hackers")], unfinished_words(), "")


def test_a_path_below_home_is_found() -> None:
    assert spoken_of([Source(HERE, f"at {PurePosixPath('/', 'home', 'eva', 'x')}")], machine_paths(), "")
    assert spoken_of([Source(HERE, f"cd {PROJECT}")], machine_paths(), "") or str(PROJECT.parent) in {"/srv", "/opt"}


@pytest.mark.parametrize(
    "line",
    [
        "--index-url x",
        "--find-links y",
        "flask",
        "flask>=3",
        "flask @ https://example.org/f.whl",
        "# https://example.org",
    ],
)
def test_a_foreign_line_in_a_lock_is_found(line: str) -> None:
    assert foreign_lock_lines([Source(PurePosixPath("requirements/x.lock"), line)])
