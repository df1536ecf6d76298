"""Refusals that were the same: the first is an entry, its repeats are counted in another, people read them as one.

A kiosk writes the count later, but stamps it with the time of the last repeat, so no entry tells of a time at which
nobody was there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common.bodies import Refuse
from common.entries import Entry
from common.ids import Ref

AGAIN_WITHIN_S: Final = 120.0  # the same refusal within so long after the first is a repeat


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """So many times the same refusal, from `first_ms` to `last_ms` (ms UTC); `refs` in order of time."""

    refs: tuple[Ref, ...]
    times: int
    first_ms: int
    last_ms: int


def counted_together(entries: Iterable[Entry]) -> tuple[RefusalCount, ...]:
    """The refusals among these entries, those of one guest at one place within two minutes together.

    By their stamps, in whatever order they come. O(n log n) time.
    """
    open_counts: dict[tuple[object, ...], RefusalCount] = {}
    closed: list[RefusalCount] = []
    told = ((e, e.body) for e in entries if isinstance(e.body, Refuse))
    for entry, body in sorted(told, key=lambda one: (one[0].stamp.corrected_ms, one[0].ref.digest)):
        at_ms, key = entry.stamp.corrected_ms, (entry.ref.identity.device, entry.operator, *key_of(body))
        found = open_counts.get(key)
        if found is not None and at_ms - found.first_ms <= AGAIN_WITHIN_S * 1000:
            refs, times = (*found.refs, entry.ref), found.times + body.repeats
            open_counts[key] = RefusalCount(refs, times, found.first_ms, at_ms)
            continue
        closed += [found] if found is not None else []
        open_counts[key] = RefusalCount((entry.ref,), body.repeats, at_ms, at_ms)
    return (*closed, *open_counts.values())


def key_of(body: Refuse) -> tuple[object, ...]:
    """What is the same about refusals that are counted together."""
    return (body.ticket, body.content, body.reason, body.point, body.day)
