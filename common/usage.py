"""Counting uses: pure questions to a ledger about one product, per area and event day.

Nothing here reads a catalogue: a use carries its own area, day, quantity and product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from common.decision import EarlierUse, Ledger
from common.facts import Standing, UseFact, UseKind
from common.ids import AreaNo, Digest, EventDay, ProductNo
from common.leaving import leaving
from common.rules import AtMost, InOut, Once, OncePerDay, Quantity, Unlimited, UsageRule


@dataclass(frozen=True, slots=True)
class Limits:
    """What a usage rule allows for the bought quantity; None is no limit. Not `is_known`: a rule of the future."""

    total: int | None = None
    per_day: int | None = None
    days: int | None = None
    in_out: bool = False
    is_known: bool = True


def limits_of(rule: UsageRule, bought: int) -> Limits:
    """The limits of a rule: each thing bought has the rule's own, so two "once" are two uses.

    Only `days` does not grow with the quantity, nor a daily limit on quantities, which is the organiser's per ticket.
    """
    if isinstance(rule, Once):
        return Limits(total=bought)
    if isinstance(rule, OncePerDay):
        return Limits(per_day=bought)
    if isinstance(rule, Quantity):
        return Limits(total=bought, per_day=rule.per_day)
    if isinstance(rule, AtMost):
        return Limits(_times(rule.total, bought), _times(rule.per_day, bought), rule.days)
    return Limits(in_out=isinstance(rule, InOut), is_known=isinstance(rule, InOut | Unlimited))


def proven(ledger: Ledger) -> Ledger:
    """The ledger with only those uses counted that are proven; the same ledger where all are."""
    counted = tuple(use for use in ledger.counted if use.standing is Standing.PROVEN)
    return ledger if len(counted) == len(ledger.counted) else replace(ledger, counted=counted)


def movements(
    uses: Iterable[UseFact], product: ProductNo, area: AreaNo | None = None, day: EventDay | None = None
) -> tuple[UseFact, ...]:
    """Uses of a product, exits too, in the ledger's order; None is any area, any day."""
    return tuple(
        use
        for use in uses
        if use.product == product and (area is None or use.area == area) and (day is None or use.day == day)
    )


def admissions(
    uses: Iterable[UseFact], product: ProductNo, area: AreaNo | None = None, day: EventDay | None = None
) -> tuple[UseFact, ...]:
    """Uses of a product that used something up: redemptions and overrides, in the ledger's order."""
    return tuple(use for use in movements(uses, product, area, day) if use.kind is not UseKind.EXIT)


def quantity_of(uses: Iterable[UseFact]) -> int:
    """How much was used up."""
    return sum(use.quantity for use in uses)


def counts_by_day(ledger: Ledger) -> dict[tuple[ProductNo, AreaNo, EventDay], int]:
    """Quantity used up per (product, area, event day)."""
    counts: dict[tuple[ProductNo, AreaNo, EventDay], int] = {}
    for use in ledger.counted:
        if use.kind is not UseKind.EXIT:
            key = (use.product, use.area, use.day)
            counts[key] = counts.get(key, 0) + use.quantity
    return counts


@dataclass(frozen=True, slots=True)
class Inside:
    """How many of a ticket are inside, and the latest admission that brought one of them in."""

    count: int
    entered: UseFact | None


def inside(uses: Iterable[UseFact], product: ProductNo, area: AreaNo, day: EventDay, bought: int) -> Inside:
    """Who of a ticket for so many is inside an area on an event day: in by their number, out by theirs.

    Never more than were bought nor fewer than none: whoever was let in though nobody was left outside, or went out
    though nobody was inside, shows that a movement before it was missed. A new event day starts outside: being inside
    ends at the border hour, and nobody has to write it.
    """
    count, entered = 0, None
    for use in movements(uses, product, area, day):
        if use.kind is UseKind.EXIT:
            count = max(0, count - leaving(use.flags))
        else:
            count, entered = min(bought, count + use.quantity), use
    return Inside(count, entered if count else None)


def earlier_use(ledger: Ledger, use: UseFact) -> EarlierUse:
    """The use with its time as redates have it, ms UTC."""
    return EarlierUse(use, time_of(use, dict(ledger.redated_ms)))


def time_of(use: UseFact, redated_ms: Mapping[Digest, int]) -> int:
    """Corrected time of a use, ms UTC, with what redates add."""
    return use.time_ms + redated_ms.get(use.ref.digest, 0)


def _times(limit: int | None, bought: int) -> int | None:
    return None if limit is None else limit * bought
