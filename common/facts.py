"""Facts: what the fold needs of entries, one ticket at a time.

An entry about several tickets gives a fact for each. A snapshot holds facts as compact rows, so a device that never
had the entry's bytes still folds the same set: a fact carries its entry's identity and digest, and counts once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from common.bodies import HandedLine
from common.ids import (
    AreaNo,
    Cause,
    CodeHash,
    DeviceId,
    Digest,
    EventDay,
    PointNo,
    ProductNo,
    Ref,
    RunId,
    TicketId,
)


class UseKind(IntEnum):
    """How a right was used."""

    REDEEM = 1
    EXIT = 2
    OVERRIDE = 3


class Standing(IntEnum):
    """How far a use is believed: whoever holds the code can check CLAIMED, the rest is settled."""

    PROVEN = 1  # own entry, the server's word, or a checked proof
    CLAIMED = 2  # carries a proof of scan nobody here has checked
    UNPROVEN = 3  # no proof, or a wrong one


@dataclass(frozen=True, slots=True)
class UseFact:
    """One use of a ticket. `time_ms` is the corrected time its entry gives, before any redate."""

    ref: Ref
    ticket: TicketId
    kind: UseKind
    generation: int
    product: ProductNo
    quantity: int
    point: PointNo
    area: AreaNo
    day: EventDay
    time_ms: int
    seen: tuple[Digest, ...]
    standing: Standing
    proof: bytes | None = None
    flags: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class VoidFact:
    """Its writer took back `target`; counts only if both entries are of one device."""

    ref: Ref
    ticket: TicketId
    target: Ref


@dataclass(frozen=True, slots=True)
class HandedFact:
    """Which variants were handed out at the use `target`; counts only if both entries are of one device."""

    ref: Ref
    ticket: TicketId
    target: Ref
    lines: tuple[HandedLine, ...]
    replaces: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class IssueFact:
    """The ticket was made. `items` are (product, quantity)."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    code_hash: CodeHash
    generation: int
    product: ProductNo
    items: tuple[tuple[ProductNo, int], ...]
    paid: bool
    time_ms: int


@dataclass(frozen=True, slots=True)
class ReissueFact:
    """The ticket has a new generation and code."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    code_hash: CodeHash
    generation: int
    accepted: tuple[Ref, ...]
    replaces: tuple[Ref, ...]
    time_ms: int


@dataclass(frozen=True, slots=True)
class EntitleFact:
    """The ticket got a right to `quantity` more of `product`."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    product: ProductNo
    quantity: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class CancelFact:
    """The ticket (product None) or a quantity of one of its items is no longer good."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    product: ProductNo | None
    quantity: int | None
    time_ms: int


@dataclass(frozen=True, slots=True)
class BlockFact:
    """The ticket was blocked or unblocked."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    blocked: bool
    why: str
    replaces: tuple[Ref, ...]
    time_ms: int = 0


@dataclass(frozen=True, slots=True)
class DecideFact:
    """A use of the ticket was decided; `ruling` is a bodies.Ruling or a number not known here."""

    ref: Ref
    ticket: TicketId
    cause: Cause
    target: Ref
    ruling: int
    replaces: tuple[Ref, ...]


Fact = UseFact | VoidFact | HandedFact | IssueFact | ReissueFact | EntitleFact | CancelFact | BlockFact | DecideFact


@dataclass(frozen=True, slots=True)
class RedateFact:
    """Add `seconds` to the times of entries first..last of a run."""

    ref: Ref
    device: DeviceId
    run: RunId
    first: int
    last: int
    seconds: int
    replaces: tuple[Ref, ...]


@dataclass(frozen=True, slots=True)
class RevokeFact:
    """A device is out; `cut` gives (run, last number, its digest) up to which its entries count."""

    ref: Ref
    device: DeviceId
    cut: tuple[tuple[RunId, int, Digest], ...]


@dataclass(frozen=True, slots=True)
class ForkedFact:
    """A device used these numbers of a run for more than one entry; found by whoever holds both, stated by nobody."""

    device: DeviceId
    run: RunId
    spans: tuple[tuple[int, int], ...]  # (first, last), in order, apart from each other

    def has(self, number: int) -> bool:
        """Whether it speaks of the entries with this number."""
        at = bisect_right(self.spans, number, key=_first)
        return at > 0 and number <= self.spans[at - 1][1]


def _first(span: tuple[int, int]) -> int:
    return span[0]


EventFact = RedateFact | RevokeFact | ForkedFact
Forks: TypeAlias = Mapping[tuple[DeviceId, RunId], ForkedFact]  # by run: a thief may fork as many as he can write


@dataclass(frozen=True, slots=True)
class EventFacts:
    """Facts that are about no one ticket but bear on the fold of all, held in memory: few but for forks."""

    redates: tuple[RedateFact, ...] = ()
    revokes: tuple[RevokeFact, ...] = ()
    forks: tuple[Forks, ...] = ()
