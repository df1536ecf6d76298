from __future__ import annotations

from pathlib import PurePosixPath
from statistics import median

from tests.meta.checkers.sizes import (
    FUNCTION_LINES_MEDIAN,
    FUNCTION_LINES_P95,
    functions,
    long_files,
    long_functions,
    percentile,
)
from tests.meta.checkers.tree import PRODUCT, Source, python_files, report, text_files

HERE = PurePosixPath("common/sample.py")


def test_no_function_is_longer_than_the_limit() -> None:
    findings = long_functions(python_files())
    assert not findings, report(findings)


def test_no_file_of_code_is_longer_than_the_limit() -> None:
    scripts = [s for s in text_files() if s.path.parts[0] == "packaging" and s.text.startswith(("#!", "# shellcheck"))]
    findings = long_files([*python_files(), *scripts])
    assert not findings, report(findings)


def test_most_functions_are_short() -> None:
    sizes = [function.lines for function in functions(python_files(*PRODUCT))]
    assert median(sizes) < FUNCTION_LINES_MEDIAN
    assert percentile(sizes, 0.95) < FUNCTION_LINES_P95


def test_a_function_one_line_over_the_limit_is_found() -> None:
    body = "    x = 1\n" * 59
    assert not long_functions([Source(HERE, f"def f():\n{body}")])
    [finding] = long_functions([Source(HERE, f"class C:\n  def f():\n{body}    x = 1\n")])
    assert (finding.line, "f has 61 lines" in finding.what) == (2, True)


def test_a_file_one_line_over_the_limit_is_found() -> None:
    assert not long_files([Source(HERE, "x = 1\n" * 500)])
    assert len(long_files([Source(HERE, "x = 1\n" * 501)])) == 1


def test_percentile_counts_the_share_that_is_not_exceeded() -> None:
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([7], 0.95) == 7
    assert percentile([1, 50], 0.95) == 50
