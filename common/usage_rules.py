"""Usage rules: whether one more use of a product is allowed after those in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from common.days import day_bounds_ms
from common.decision import Choice, EarlierUse, Finding, Hint, Ledger, Reason
from common.facts import UseFact
from common.ids import AreaNo, EventDay
from common.rules import DayRule, OncePerDay, ProductRules
from common.usage import Limits, admissions, entered_by, limits_of, quantity_of, time_of

_MINUTE_MS = 60_000


@dataclass(frozen=True)  # no slots: what several rules ask for is counted once
class Asked:
    """One wish to use a product: how many, where and when, against `ledger`."""

    rules: ProductRules
    bought: int
    quantity: int
    area: AreaNo
    day: EventDay
    now_ms: int
    days: DayRule
    ledger: Ledger

    @cached_property
    def limits(self) -> Limits:
        """What the rule allows for what was bought."""
        return limits_of(self.rules.usage, self.bought)

    @cached_property
    def used(self) -> tuple[UseFact, ...]:
        """What of this product counts here: in this area only, if the product says per area."""
        return admissions(self.ledger.counted, self.rules.product, self.area if self.rules.per_area else None)

    @cached_property
    def used_today(self) -> tuple[UseFact, ...]:
        """The same on this event day."""
        return tuple(use for use in self.used if use.day == self.day)

    def earlier(self, use: UseFact | None) -> EarlierUse | None:
        """A use with the time redates give it."""
        return None if use is None else EarlierUse(use, time_of(use, dict(self.ledger.redated_ms)))


def usage_findings(asked: Asked) -> Iterator[Finding]:
    """What speaks against the use, in the fixed order; nothing if it is allowed."""
    yield from _over_total(asked)
    yield from _over_day(asked)
    yield from _over_days(asked)
    yield from _inside(asked)
    yield from _too_soon(asked)
    yield from _after_first_use(asked)
    if not asked.limits.is_known:
        yield Finding(Reason.RULE_UNEVALUABLE)


def choice_of(asked: Asked, reason: Reason = Reason.OK) -> Choice:
    """The product as a choice, with how many are left before this use."""
    limits, used, today = asked.limits, asked.used, asked.used_today
    left = _left(limits.total, used)
    left_today = _left(limits.per_day, today)
    if left is not None and left_today is not None:
        left_today = min(left, left_today)
    return Choice(asked.rules.product, left, left_today, reason)


def _left(limit: int | None, used: Sequence[UseFact]) -> int | None:
    return None if limit is None else max(0, limit - quantity_of(used))


def _last(uses: Sequence[UseFact]) -> UseFact | None:
    return uses[-1] if uses else None


def _over_total(asked: Asked) -> Iterator[Finding]:
    used = asked.used
    left = _left(asked.limits.total, used)
    if left is not None and asked.quantity > left:
        yield Finding(Reason.NOTHING_LEFT, asked.earlier(_last(used)))


def _over_day(asked: Asked) -> Iterator[Finding]:
    today = asked.used_today
    left = _left(asked.limits.per_day, today)
    if left is not None and asked.quantity > left:
        reason = Reason.ALREADY_TODAY if isinstance(asked.rules.usage, OncePerDay) else Reason.LIMIT_TODAY
        tomorrow_ms = day_bounds_ms(asked.day, asked.days)[1]
        yield Finding(reason, asked.earlier(_last(today)), Hint(from_ms=tomorrow_ms, left_today=left))


def _over_days(asked: Asked) -> Iterator[Finding]:
    used, allowed = asked.used, asked.limits.days
    days = {use.day for use in used}
    if allowed is not None and asked.day not in days and len(days) >= allowed:
        yield Finding(Reason.DAYS_USED_UP, asked.earlier(_last(used)))


def _inside(asked: Asked) -> Iterator[Finding]:
    """Areas share one in/out state, so the area counts here whether or not the product says per area."""
    if asked.limits.in_out:
        entered = entered_by(asked.ledger.counted, asked.rules.product, asked.area, asked.day)
        if entered is not None:
            yield Finding(Reason.ALREADY_INSIDE, asked.earlier(entered))


def _too_soon(asked: Asked) -> Iterator[Finding]:
    """A stamp ahead of now by less than the gap counts as recent; further ahead it says nothing of the time."""
    if asked.rules.min_gap_minutes is None:
        return
    gap_ms = asked.rules.min_gap_minutes * _MINUTE_MS
    redated = dict(asked.ledger.redated_ms)
    timed = [(time_of(use, redated), use) for use in asked.used]
    recent = [(time_ms, use) for time_ms, use in timed if abs(asked.now_ms - time_ms) < gap_ms]
    if recent:
        time_ms, use = max(recent, key=lambda pair: (pair[0], pair[1].ref))
        yield Finding(Reason.TOO_SOON, EarlierUse(use, time_ms), Hint(from_ms=time_ms + gap_ms))


def _after_first_use(asked: Asked) -> Iterator[Finding]:
    minutes, used = asked.rules.first_use_minutes, asked.used
    if minutes is None or not used:
        return
    redated = dict(asked.ledger.redated_ms)
    time_ms, use = min(((time_of(use, redated), use) for use in used), key=lambda pair: (pair[0], pair[1].ref))
    until_ms = time_ms + minutes * _MINUTE_MS
    if asked.now_ms > until_ms:
        yield Finding(Reason.AFTER_FIRST_USE_WINDOW, EarlierUse(use, time_ms), Hint(until_ms=until_ms))
