"""Marks: what an admission carries of the rule that let it in, so that the fold need not ask the catalogue of now.

They travel among an entry's flags, in numbers no flag has: a version that does not know them keeps and forwards them,
and nobody is shown one. One says that the writer lacked something. Of the others only rules that reach beyond one area
and day leave one, and that an exit gives the way back in: without marks a use stands for one admission in its area on
its day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.rules import ProductKind, ProductRules
from common.usage import limits_of

MARKS_FROM: Final = 64  # flags for people lie below
IN_OUT: Final = 64
LACKED_CAUSES: Final = 65
TOTAL: Final = 1_000  # plus how many admissions there may be in all areas, on all days
TOTAL_IN_AREA: Final = 2_000  # plus how many in one area, on all days
TOTAL_MAX: Final = 999


@dataclass(frozen=True, slots=True)
class Total:
    """How many admissions the rule allowed on all days."""

    count: int
    per_area: bool


def marks_of(rules: ProductRules, bought: int) -> tuple[int, ...]:
    """The marks of an admission with so many bought under these rules; items need none, as their number is stated."""
    if rules.kind is not ProductKind.TICKET:
        return ()
    limits = limits_of(rules.usage, bought)
    marks = [IN_OUT] if limits.in_out else []
    if limits.total is not None and 0 < limits.total <= TOTAL_MAX:
        marks.append((TOTAL_IN_AREA if rules.per_area else TOTAL) + limits.total)
    return tuple(marks)


def total_of(flags: Iterable[int]) -> Total | None:
    """What was allowed in all; None: nothing was said of it. Of several the strictest, whoever wrote them."""
    found = [
        Total(flag - start, per_area=start == TOTAL_IN_AREA)
        for flag in flags
        for start in (TOTAL, TOTAL_IN_AREA)
        if start < flag <= start + TOTAL_MAX
    ]
    return min(found, key=lambda one: (one.count, one.per_area), default=None)


def is_in_out(flags: Iterable[int]) -> bool:
    """Whether an exit gave the right to come in again."""
    return IN_OUT in flags


def lacked_causes(flags: Iterable[int]) -> bool:
    """Whether its writer lacked a use that one it knew had seen; it named all it knew, not only the latest."""
    return LACKED_CAUSES in flags


def for_people(flags: Iterable[int]) -> tuple[int, ...]:
    """The flags without the marks."""
    return tuple(flag for flag in flags if flag < MARKS_FROM)
