"""What holds at an instant: a price with its changes by date, an open window. Pure."""

from __future__ import annotations

from typing import TypeAlias

Changes: TypeAlias = tuple[tuple[int, int], ...]  # (from_ms, price_minor), by time


def price_at(price_minor: int, changes: Changes, now_ms: int) -> int:
    """What it costs now: its price until the first change."""
    if not changes:
        return price_minor
    past = [price for from_ms, price in changes if from_ms <= now_ms]
    return past[-1] if past else price_minor


def is_within(from_ms: int | None, until_ms: int | None, now_ms: int) -> bool:
    """Whether a window is open now; None: it has no such end."""
    return (from_ms is None or from_ms <= now_ms) and (until_ms is None or now_ms < until_ms)
