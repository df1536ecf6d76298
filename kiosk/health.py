"""How good storage and tickets are: one judgement, for the check before doors and for the status always open."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from kiosk.checks_shown import Health
from kiosk.store.folder import RESERVE_BYTES

COMMIT_SLOW_MS: Final = 50.0
STORAGE_LOW_BYTES: Final = 500_000_000
SNAPSHOT_OLD_MS: Final = 36 * 3600 * 1000  # built every night; this is one night missed


def p99(samples: Collection[float]) -> float | None:
    """The value that 99 of 100 stay below; None of none."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] if ordered else None


def storage_health(free: int, commit_ms: float | None) -> tuple[str, Health]:
    """What is found about the disk, and how good that is; `commit_ms` is the p99 of durable writes."""
    if free < RESERVE_BYTES:
        return "full", Health.BAD
    if free < STORAGE_LOW_BYTES:
        return "low", Health.WARN
    return ("slow", Health.WARN) if (commit_ms or 0.0) > COMMIT_SLOW_MS else ("good", Health.GOOD)


def tickets_health(tickets: int, age_ms: int | None) -> tuple[str, Health]:
    """The same about the tickets known here; `age_ms` of the newest snapshot, None without one."""
    if age_ms is None:
        return "none", Health.BAD
    if not tickets:
        return "empty", Health.WARN  # right before the first sale; before doors somebody looks at what is yellow
    return ("old", Health.WARN) if age_ms > SNAPSHOT_OLD_MS else ("good", Health.GOOD)
