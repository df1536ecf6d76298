"""Counting uses: pure questions to a ledger about one product, per area and event day.

Nothing here reads a catalogue: a use carries its own area, day, quantity and product.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from common.decision import EarlierUse, Ledger
from common.facts import Standing, UseFact, UseKind
from common.ids import AreaNo, Digest, EventDay, ProductNo
from common.rules import AtMost, InOut, Once, OncePerDay, ProductRules, Quantity, Unlimited, UsageRule


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


def entered_by(uses: Iterable[UseFact], product: ProductNo, area: AreaNo, day: EventDay) -> UseFact | None:
    """The admission by which the holder is inside an area on an event day; None: outside.

    A new event day starts outside: being inside ends at the border hour, and nobody has to write it.
    """
    moves = movements(uses, product, area, day)
    return moves[-1] if moves and moves[-1].kind is not UseKind.EXIT else None


def is_inside(ledger: Ledger, product: ProductNo, area: AreaNo, day: EventDay) -> bool:
    """Whether the last that was heard of the holder in the area that day is an admission."""
    return entered_by(ledger.counted, product, area, day) is not None


def earlier_use(ledger: Ledger, use: UseFact) -> EarlierUse:
    """The use with its time as redates have it, ms UTC."""
    return EarlierUse(use, time_of(use, dict(ledger.redated_ms)))


def time_of(use: UseFact, redated_ms: Mapping[Digest, int]) -> int:
    """Corrected time of a use, ms UTC, with what redates add."""
    return use.time_ms + redated_ms.get(use.ref.digest, 0)


def conflicts(ledger: Ledger, rules: ProductRules, bought: int) -> tuple[UseFact, ...]:
    """Counted uses of a product beyond what was bought, in the ledger's order: what a supervisor decides.

    Overrides count, as they use something up, but are never named: a person has answered for them already.
    """
    limits = limits_of(rules.usage, bought)
    beyond: list[UseFact] = []
    within: list[UseFact] = []
    for use in movements(ledger.counted, rules.product):
        earlier = [past for past in within if not rules.per_area or past.area == use.area]
        if use.kind is UseKind.REDEEM and _is_beyond(use, earlier, limits):
            beyond.append(use)
        else:
            within.append(use)
    return tuple(beyond)


def _is_beyond(use: UseFact, earlier: list[UseFact], limits: Limits) -> bool:
    used = [past for past in earlier if past.kind is not UseKind.EXIT]
    today = [past for past in used if past.day == use.day]
    days = {past.day for past in used} | {use.day}
    return (
        _exceeds(quantity_of(used) + use.quantity, limits.total)
        or _exceeds(quantity_of(today) + use.quantity, limits.per_day)
        or _exceeds(len(days), limits.days)
        or (limits.in_out and entered_by(earlier, use.product, use.area, use.day) is not None)
    )


def _exceeds(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


def _times(limit: int | None, bought: int) -> int | None:
    return None if limit is None else limit * bought
