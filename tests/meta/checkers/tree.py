"""The project's files as a reader of the repository sees them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parents[3]
PRODUCT = ("common", "kiosk", "syncserver", "shop_web")


@dataclass(frozen=True, slots=True)
class Source:
    """One text file: its path from the project's root, and what it says."""

    path: PurePosixPath
    text: str


@cache
def parsed(source: Source) -> ast.Module:
    """The file as Python reads it; parsed once, however many checks look at it."""
    return ast.parse(source.text)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that breaks a rule, and where."""

    path: PurePosixPath
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@cache
def project_files() -> tuple[PurePosixPath, ...]:
    """All files that are tracked or would be: what .gitignore names is left out. Sorted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    paths = {PurePosixPath(name) for name in listed.split("\0") if name}
    return tuple(sorted(path for path in paths if (PROJECT / path).is_file()))


@cache
def text_files() -> tuple[Source, ...]:
    """Every file that is text: no zero byte, valid UTF-8."""
    return tuple(_texts(project_files()))


def _texts(paths: Iterable[PurePosixPath]) -> Iterator[Source]:
    for path in paths:
        raw = (PROJECT / path).read_bytes()
        if b"\0" in raw:
            continue
        try:
            yield Source(path, raw.decode())
        except UnicodeDecodeError:
            continue  # a picture or a font: nothing to read


def python_files(*roots: str) -> tuple[Source, ...]:
    """All Python files, or those below the named top folders."""
    return tuple(s for s in text_files() if s.path.suffix == ".py" and (not roots or s.path.parts[0] in roots))


def report(findings: Iterable[Finding]) -> str:
    """The findings, a line each, for a failing test to show."""
    return "\n" + "\n".join(str(finding) for finding in findings)


def is_below(path: PurePosixPath, *folders: str) -> bool:
    """Whether the path is one of these files or lies in one of these folders."""
    return any(path.is_relative_to(folder) for folder in folders)
