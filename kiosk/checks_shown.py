"""What the check before doors found, as front ends show it: values only, in no language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kiosk.shown import Names


class Health(StrEnum):
    """How a check before doors went."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One check before doors: `name` and `found` are words for a program, `values` fill the sentence about it.

    `product`: the names of the one it is about, where it is about one.
    """

    name: str
    found: str
    health: Health
    values: Mapping[str, int | float | str | None] = field(default_factory=dict)
    product: Names = field(default_factory=dict)
