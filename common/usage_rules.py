"""Usage rules: whether one more use of a product is allowed after those in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from common.days import day_bounds_ms
from common.decision import Choice, EarlierUse, Finding, Hint, Ledger, Reason
from common.facts import UseFact
from common.ids import AreaNo, EventDay
from common.questions import UnknownAsk
from common.rules import AtMost, DayRule, OncePerDay, ProductKind, ProductRules
from common.usage import Inside, Limits, admissions, inside, limits_of, quantity_of, time_of

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
    def at_once(self) -> int | None:
        """How many one use may be for: those that were bought. None: the rule's own limits say it.

        They do of what is used once a day, and of an item that is good for several uses, which may come at once.
        """
        usage = self.rules.usage
        is_of_uses = isinstance(usage, AtMost) and (usage.total is not None or usage.per_day is not None)
        has_own = isinstance(usage, OncePerDay) or (is_of_uses and self.rules.kind is ProductKind.ITEM)
        return None if has_own else self.bought

    @cached_property
    def inside(self) -> Inside:
        """Who is inside. Areas share one in/out state, so the area counts whether or not the product says per area."""
        return inside(self.ledger.counted, self.rules.product, self.area, self.day, self.bought)

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
    for _, check in USAGE_CHECKS:
        finding = check(asked)
        if finding is not None:
            yield finding


def choice_of(asked: Asked, reason: Reason = Reason.OK) -> Choice:
    """The product as a choice, with how many are left before this use."""
    limits, used, today = asked.limits, asked.used, asked.used_today
    left = _left(limits.total, used)
    if limits.in_out and asked.bought > 1:  # of one it says nothing that being inside does not
        left = asked.bought - asked.inside.count
    if reason is Reason.NOTHING_LEFT and asked.at_once is not None:
        left = asked.at_once if left is None else min(left, asked.at_once)
    left_today = _left(limits.per_day, today)
    if left is not None and left_today is not None:
        left_today = min(left, left_today)
    return Choice(asked.rules.product, left, left_today, reason, max(1, asked.bought))


def _left(limit: int | None, used: Sequence[UseFact]) -> int | None:
    return None if limit is None else max(0, limit - quantity_of(used))


def _last(uses: Sequence[UseFact]) -> UseFact | None:
    return uses[-1] if uses else None


def _over_total(asked: Asked) -> Finding | None:
    used = asked.used
    left = _left(asked.limits.total, used)
    is_over = any(most is not None and asked.quantity > most for most in (left, asked.at_once))
    return Finding(Reason.NOTHING_LEFT, asked.earlier(_last(used))) if is_over else None


def _over_day(asked: Asked) -> Finding | None:
    today = asked.used_today
    left = _left(asked.limits.per_day, today)
    if left is None or asked.quantity <= left:
        return None
    reason = Reason.ALREADY_TODAY if isinstance(asked.rules.usage, OncePerDay) else Reason.LIMIT_TODAY
    tomorrow_ms = day_bounds_ms(asked.day, asked.days)[1]
    return Finding(reason, asked.earlier(_last(today)), Hint(from_ms=tomorrow_ms, left_today=left))


def _over_days(asked: Asked) -> Finding | None:
    used, allowed = asked.used, asked.limits.days
    days = {use.day for use in used} | {asked.day}
    is_over = allowed is not None and len(days) > allowed
    return Finding(Reason.DAYS_USED_UP, asked.earlier(_last(used))) if is_over else None


def _inside(asked: Asked) -> Finding | None:
    """Those inside and those who want in are together no more than were bought."""
    there = asked.inside
    is_over = there.count > 0 and there.count + asked.quantity > asked.bought
    return Finding(Reason.ALREADY_INSIDE, asked.earlier(there.entered)) if asked.limits.in_out and is_over else None


def _too_soon(asked: Asked) -> Finding | None:
    """A stamp ahead of now by less than the gap counts as recent; further ahead it says nothing of the time."""
    if asked.rules.min_gap_minutes is None:
        return None
    gap_ms = asked.rules.min_gap_minutes * _MINUTE_MS
    redated = dict(asked.ledger.redated_ms)
    timed = [(time_of(use, redated), use) for use in asked.used]
    recent = [(time_ms, use) for time_ms, use in timed if abs(asked.now_ms - time_ms) < gap_ms]
    if not recent:
        return None
    time_ms, use = max(recent, key=lambda pair: (pair[0], pair[1].ref))
    return Finding(Reason.TOO_SOON, EarlierUse(use, time_ms), Hint(from_ms=time_ms + gap_ms))


def _after_first_use(asked: Asked) -> Finding | None:
    minutes, used = asked.rules.first_use_minutes, asked.used
    if minutes is None or not used:
        return None
    redated = dict(asked.ledger.redated_ms)
    time_ms, use = min(((time_of(use, redated), use) for use in used), key=lambda pair: (pair[0], pair[1].ref))
    until_ms = time_ms + minutes * _MINUTE_MS
    if asked.now_ms <= until_ms:
        return None
    return Finding(Reason.AFTER_FIRST_USE_WINDOW, EarlierUse(use, time_ms), Hint(until_ms=until_ms))


def _unevaluable(asked: Asked) -> Finding | None:
    """A rule or a kind of question of a later version."""
    is_known = asked.limits.is_known and not any(isinstance(one.ask, UnknownAsk) for one in asked.rules.questions)
    return None if is_known else Finding(Reason.RULE_UNEVALUABLE)


# A daily limit is one check with two names: "already today" where it is one a day.
USAGE_CHECKS: Final[tuple[tuple[Reason, Callable[[Asked], Finding | None]], ...]] = (
    (Reason.NOTHING_LEFT, _over_total),
    (Reason.LIMIT_TODAY, _over_day),
    (Reason.DAYS_USED_UP, _over_days),
    (Reason.ALREADY_INSIDE, _inside),
    (Reason.TOO_SOON, _too_soon),
    (Reason.AFTER_FIRST_USE_WINDOW, _after_first_use),
    (Reason.RULE_UNEVALUABLE, _unevaluable),
)
