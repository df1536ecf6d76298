"""What code must not do wherever it stands: ask for the time, swallow exceptions, speak SQL outside its folders."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from tests.meta.checkers.directions import SQL_FOLDERS, SQL_FORMATS
from tests.meta.checkers.names import used_names
from tests.meta.checkers.tree import Finding, Source, is_below, parsed

CLOCK = "common/clock.py"
TIME_SOURCES = frozenset(
    {
        *(f"time.{name}" for name in ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter")),
        *(f"time.{name}" for name in ("perf_counter_ns", "clock_gettime", "localtime", "gmtime", "ctime")),
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.datetime.today",
        "datetime.date.today",
    }
)
SQL = re.compile(
    r"\s*(SELECT\s|INSERT\s+(OR\s+\w+\s+)?INTO\s|UPDATE\s+\w+\s+SET\s|DELETE\s+FROM\s|CREATE\s+(TABLE|INDEX)\s|PRAGMA\s)"
)


def own_clocks(sources: Iterable[Source]) -> list[Finding]:
    """Places other than common/clock.py that ask the operating system for the time."""
    return [
        Finding(source.path, use.line, f"{use.name}: only {CLOCK} asks for the time; take a Clock")
        for source in sources
        if str(source.path) != CLOCK
        for use in used_names(parsed(source))
        if use.name in TIME_SOURCES
    ]


def swallowed_exceptions(sources: Iterable[Source]) -> list[Finding]:
    """Handlers that catch everything by naming nothing, or catch something and do nothing about it."""
    return [
        Finding(source.path, node.lineno, "an exception vanishes here: handle it, log it or let it go")
        for source in sources
        for node in ast.walk(parsed(source))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or all(map(_does_nothing, node.body)))
    ]


def _does_nothing(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Pass) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


def stray_sql(sources: Iterable[Source]) -> list[Finding]:
    """SQL in string literals outside the folders that hold it. Docstrings may talk about SQL."""
    return [
        Finding(source.path, line, f"SQL belongs to {', '.join(SQL_FOLDERS)}")
        for source in sources
        if not is_below(source.path, *SQL_FOLDERS, *SQL_FORMATS)
        for line, text in literals(parsed(source))
        if SQL.match(text)
    ]


def literals(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every text that is used, with its line: no docstring."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value
