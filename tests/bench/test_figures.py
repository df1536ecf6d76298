"""Percentiles are values that were measured; the table has a cell for everything."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.figures import (
    BEGIN,
    COLUMNS,
    END,
    Figure,
    as_table,
    goals_table,
    millis,
    percentile,
    seconds,
    spread,
    with_figures,
)
from tests.bench.shop import ADD, FRONT, HOLD, LIST, ORDER, Kind, rate_like

durations = st.lists(st.floats(0, 1e6), min_size=1, max_size=300)


@given(durations, st.floats(0.1, 100))
def test_a_percentile_is_a_value_and_splits_the_others_as_it_says(values: list[float], percent: float) -> None:
    found = percentile(values, percent)
    assert found in values
    assert sum(value <= found for value in values) >= len(values) * percent / 100 - 1e-9
    assert sum(value < found for value in values) < len(values) * percent / 100 + 1e-9


def test_a_percentile_of_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_a_spread_speaks_in_milliseconds() -> None:
    times = spread([0.001] * 98 + [0.5, 2.0])
    assert (times.median, times.high) == ("1 ms", "500 ms / 2000 ms")
    assert millis(0.1234) == "0.123 ms"
    assert (seconds(0.0461), seconds(12.34)) == ("46.1 ms", "12.3 s")


def test_the_table_is_markdown_with_every_cell() -> None:
    lines = as_table([Figure("a scan", "1 ms", "0.5 ms", "0.9 ms", "warm"), Figure("size", "", "3 MB")]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == list(COLUMNS)
    assert [cell.strip() for cell in lines[2].strip("|").split("|")] == ["a scan", "1 ms", "0.5 ms", "0.9 ms", "warm"]
    assert set(lines[1]) == {"|", "-"}


def test_the_readme_shows_the_rows_with_a_goal_in_figures() -> None:
    rows = [
        Figure("a scan", "1 ms", "2 ms", "3 ms", "warm"),
        Figure("size", "", "3 MB"),
        Figure("look", "printed", "1"),
    ]
    lines = goals_table(rows).splitlines()
    assert [cell.strip() for cell in lines[0].strip("|").split("|")] == list(COLUMNS[:-1])
    assert [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]] == [
        ["a scan", "1 ms", "2 ms", "3 ms"]
    ]


def test_figures_go_between_the_marks_of_the_readme_and_nowhere_else() -> None:
    page = f"# Title\n{BEGIN}\nold\n{END}\n\nThe end.\n"
    once = with_figures(page, "| new |\n")
    assert once == f"# Title\n{BEGIN}\n| new |\n{END}\n\nThe end.\n"
    assert with_figures(once, "| new |") == once
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert "| what" in readme[readme.index(BEGIN) : readme.index(END)]
    with pytest.raises(ValueError, match="no place"):
        with_figures("# Title\n", "| new |")


def test_a_part_of_the_table_does_not_replace_the_whole() -> None:
    for arguments in (["--small"], ["frames"]):
        command = [sys.executable, "-m", "tests.bench", "--readme", *arguments]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
        assert done.returncode == 2
        assert "whole table" in done.stderr


@pytest.mark.parametrize(
    ("kind", "shown"),
    [(LIST, "25/s"), (FRONT, "25/s"), (ADD, "25/s"), (ORDER, "1,500 a minute"), (HOLD, "1,500 a minute")],
    ids=lambda one: one.mode if isinstance(one, Kind) else "",
)
def test_a_rate_of_the_shop_stands_beside_its_goal_in_the_same_unit(kind: Kind, shown: str) -> None:
    assert rate_like(kind.goal, 25.0) == shown
