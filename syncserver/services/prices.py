"""What something costs at an instant: its price and the changes of it by date. Pure."""

from __future__ import annotations

from typing import TypeAlias

Changes: TypeAlias = tuple[tuple[int, int], ...]  # (from_ms, price_minor), by time


def price_at(price_minor: int, changes: Changes, now_ms: int) -> int:
    """What it costs now: its price until the first change."""
    if not changes:
        return price_minor
    past = [price for from_ms, price in changes if from_ms <= now_ms]
    return past[-1] if past else price_minor


def next_price(changes: Changes, now_ms: int) -> tuple[int, int] | None:
    """(from when, what it then costs) of the next change."""
    return next((change for change in changes if change[0] > now_ms), None)
