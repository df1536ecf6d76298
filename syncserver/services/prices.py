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


def next_price(changes: Changes, now_ms: int) -> tuple[int, int] | None:
    """(from when, what it then costs) of the next change."""
    return next((change for change in changes if change[0] > now_ms), None)


def is_within(from_ms: int | None, until_ms: int | None, now_ms: int) -> bool:
    """Whether a window is open now; None: it has no such end."""
    return (from_ms is None or from_ms <= now_ms) and (until_ms is None or now_ms < until_ms)
