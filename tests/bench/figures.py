"""What a bench says: rows of one table, with how to take a median and a high percentile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
COLUMNS = ("what", "goal", "measured", "p99 / max", "note")


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. Every cell is text with its unit; `high` is empty where there is only one value."""

    what: str
    goal: str
    measured: str
    high: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations in milliseconds, at least one."""

    values_ms: tuple[float, ...]

    @property
    def median(self) -> str:
        """The middle one, with its unit."""
        return millis(percentile(self.values_ms, 50))

    @property
    def high(self) -> str:
        """p99 and the largest, with their unit."""
        return f"{millis(percentile(self.values_ms, 99))} / {millis(max(self.values_ms))}"


def spread(seconds: Sequence[float]) -> Spread:
    """Durations that were taken in seconds."""
    return Spread(tuple(value * 1000 for value in seconds))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that is not below so many percent of all (nearest rank). Raises ValueError for none."""
    if not values:
        raise ValueError("no values were measured: a percentile of nothing is nothing")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def millis(value: float) -> str:
    """Milliseconds to three digits."""
    return f"{value:.0f} ms" if value >= 100 else f"{value:.3g} ms"


def seconds(value: float) -> str:
    """Seconds to a tenth; less than one in milliseconds."""
    return f"{value:.1f} s" if value >= 1 else millis(value * 1000)


def megabytes(count: float) -> str:
    """Bytes as MB (10^6)."""
    return f"{count / 1e6:.1f} MB"


def per_second(count: int, took_s: float) -> str:
    """How many a second."""
    return f"{count / took_s:,.0f}/s"


def as_table(figures: Sequence[Figure]) -> str:
    """A Markdown table, its columns aligned for a terminal."""
    return _table([COLUMNS, *((one.what, one.goal, one.measured, one.high, one.note) for one in figures)])


def goals_table(figures: Sequence[Figure]) -> str:
    """The rows that have a goal in figures, without their notes: what a README has room for."""
    rows = [(one.what, one.goal, one.measured, one.high) for one in figures if any(map(str.isdigit, one.goal))]
    return _table([COLUMNS[:-1], *rows])


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def with_figures(page: str, text: str) -> str:
    """A page with this text between its two marks, in place of what stood there. Raises ValueError without marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for figures: put {BEGIN} and {END} where they belong")
    return f"{before}{BEGIN}\n{text.strip()}\n{END}{after}"
