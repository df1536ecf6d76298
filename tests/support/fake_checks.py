"""A check before doors that found something in nearly every row."""

from __future__ import annotations

from kiosk.checks_shown import Check, Health
from tests.support.fake_names import TICKET

HOUR_MS = 3_600_000


def list_at(now_ms: int) -> dict[str, int]:
    """Values of a list of tickets that is three hours old."""
    return {"age_ms": 3 * HOUR_MS, "built_ms": now_ms - 3 * HOUR_MS, "tickets": 300_000, "learnt": 4_213}


def checks_at(now_ms: int) -> tuple[Check, ...]:
    """The check of this moment."""
    return (
        Check("clock", "right", Health.GOOD, {"now_ms": now_ms, "offset_ms": 18}),
        Check("storage", "slow", Health.WARN, {"free": 11_400_000_000, "p99_ms": 83.4}),
        Check("snapshot", "old", Health.WARN, {**list_at(now_ms), "age_ms": 50 * HOUR_MS}),
        Check("keys", "none", Health.BAD, {"passes": 0, "badges": 1, "version": 3}),
        Check("verdict", "refused", Health.BAD, {"reason": "rule_unevaluable", "opens_ms": None}, TICKET),
        Check("server", "alone", Health.WARN),
        Check("battery", "low", Health.WARN, {"percent": 12}),
    )
