"""Sizes of functions and files."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import PurePosixPath

from tests.meta.checkers.tree import Finding, Source, parsed

FUNCTION_LINES_MAX = 60
FUNCTION_LINES_P95 = 40
FUNCTION_LINES_MEDIAN = 10
FILE_LINES_MAX = 500


@dataclass(frozen=True, slots=True)
class Function:
    """Where a function stands and how many lines it takes, decorators not counted."""

    path: PurePosixPath
    line: int
    name: str
    lines: int


def functions(sources: Iterable[Source]) -> Iterator[Function]:
    """Every function and method, nested ones too."""
    for source in sources:
        for node in ast.walk(parsed(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield Function(source.path, node.lineno, node.name, (node.end_lineno or node.lineno) - node.lineno + 1)


def long_functions(sources: Iterable[Source]) -> list[Finding]:
    """Functions over the limit."""
    return [
        Finding(f.path, f.line, f"{f.name} has {f.lines} lines, {FUNCTION_LINES_MAX} are allowed: split it")
        for f in functions(sources)
        if f.lines > FUNCTION_LINES_MAX
    ]


def long_files(sources: Iterable[Source]) -> list[Finding]:
    """Files over the limit."""
    return [
        Finding(s.path, lines, f"{lines} lines, {FILE_LINES_MAX} are allowed: split it by subject")
        for s in sources
        if (lines := len(s.text.splitlines())) > FILE_LINES_MAX
    ]


def percentile(sizes: list[int], share: float) -> int:
    """The smallest size that at least this share (0 to 1) of a non-empty list does not exceed."""
    return sorted(sizes)[max(0, ceil(share * len(sizes)) - 1)]
