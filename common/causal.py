"""Causal order: what a writer had seen comes before what it wrote.

Among the uses whose known causes are all placed, the one with the least key comes next (Kahn's algorithm with a heap).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from heapq import heappop, heappush
from typing import TypeAlias

from common.facts import UseFact
from common.ids import Ref

When: TypeAlias = tuple[int, int, Ref]


def in_order(uses: Mapping[Ref, UseFact], left_out: AbstractSet[Ref], when: Mapping[Ref, When]) -> tuple[UseFact, ...]:
    """The uses not left out, in order. O(n log n + causes).

    Uses left out still pass causality on: who saw a voided use saw what that one had seen. Circles cannot be made with
    digests; should facts hold one, its members are placed by key instead of never.
    """
    waits, after = _graph(uses)
    ready: list[When] = []
    placed: dict[Ref, UseFact] = {}
    _release([ref for ref, count in waits.items() if count == 0], left_out, waits, after, ready, when)
    spares = iter(sorted(when[ref] for ref in uses if ref not in left_out))
    while True:
        while ready:
            ref = heappop(ready)[2]
            if ref not in placed:
                placed[ref] = uses[ref]
                _release(_freed(ref, waits, after), left_out, waits, after, ready, when)
        spare = next((key for key in spares if key[2] not in placed), None)
        if spare is None:
            break
        ready.append(spare)
    return tuple(placed.values())


def _graph(uses: Mapping[Ref, UseFact]) -> tuple[dict[Ref, int], dict[Ref, list[Ref]]]:
    """How many known causes each use waits for, and who waits for each."""
    by_digest = {ref.digest: ref for ref in sorted(uses)}
    waits: dict[Ref, int] = {}
    after: dict[Ref, list[Ref]] = {}
    for ref, use in uses.items():
        causes = {by_digest[digest] for digest in use.seen if digest in by_digest} - {ref}
        waits[ref] = len(causes)
        for cause in causes:
            after.setdefault(cause, []).append(ref)
    return waits, after


def _freed(ref: Ref, waits: dict[Ref, int], after: Mapping[Ref, list[Ref]]) -> list[Ref]:
    """Those whose last missing cause was `ref`."""
    freed = []
    for later in after.get(ref, ()):
        waits[later] -= 1
        if waits[later] == 0:
            freed.append(later)
    return freed


def _release(
    refs: Iterable[Ref],
    left_out: AbstractSet[Ref],
    waits: dict[Ref, int],
    after: Mapping[Ref, list[Ref]],
    ready: list[When],
    when: Mapping[Ref, When],
) -> None:
    """Make uses ready; one that is left out is passed at once and frees those behind it."""
    stack = list(refs)
    while stack:
        ref = stack.pop()
        if ref in left_out:
            stack.extend(_freed(ref, waits, after))
        else:
            heappush(ready, when[ref])
