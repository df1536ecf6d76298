"""A verdict as plain values for JSON: what `headless` and the server's decisions both answer with."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from enum import Enum
from typing import TypeAlias

from common.decision import Choice, Verdict

Plain: TypeAlias = dict[str, object]


def plain_verdict(verdict: Verdict) -> Plain:
    """Outcome, reason and what goes with them; names are the caller's business."""
    return {
        "outcome": verdict.outcome.value,
        "reason": verdict.reason.value,
        "direction": verdict.direction.value,
        "product": verdict.product,
        "quantity": verdict.quantity,
        "area": verdict.area,
        "day": verdict.day,
        "flags": list(verdict.flags),
        "undecided": [kind.value for kind in verdict.undecided],
        "overridden": verdict.overridden.value if verdict.overridden else None,
        "hint": plain_object(verdict.hint),
    }


def plain_choice(choice: Choice) -> Plain:
    """A product that can be redeemed here: how many are left, for how many it is, how many of those are inside."""
    counts = {"left": choice.left, "left_today": choice.left_today, "bought": choice.bought, "inside": choice.inside}
    return {"product": choice.product, **counts}


def plain_object(value: object) -> Plain:
    """A dataclass as an object; anything else as an empty one."""
    found = plain(value)
    return found if isinstance(found, dict) else {}


def plain(value: object) -> object:
    """Dataclasses as objects, bytes as hex, enumerations as their values."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(part) for name, part in asdict(value).items()}
    if isinstance(value, dict):
        return {str(plain(key)): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value
