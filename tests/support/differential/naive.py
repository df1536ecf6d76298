"""The rules of DESIGN.md section 3 read once more, by plain loops over what happened; shares no code with common.

Slow, and written to be compared with the text of the design line by line, not to be used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from common.questions import Question, UnknownAsk
from common.rules import (
    AtMost,
    InOut,
    Once,
    OncePerDay,
    PointRules,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    Window,
)
from tests.support.differential.naive_parts import MINUTE, day_of, is_open, opens_on, wall, wants_answers
from tests.support.differential.told import Case, Event, Ticket, Use

ORDER = [
    *("malformed", "unknown_key", "bad_signature", "wrong_event", "test_pass", "unknown_ticket", "revoked"),
    *("superseded", "cancelled", "blocked", "not_yet_valid", "expired", "history_incomplete", "not_bought"),
    *("wrong_point", "wrong_lane", "wrong_day", "wrong_time", "no_exit_here"),
    *("nothing_left", "already_today", "limit_today", "days_used_up", "already_inside", "too_soon"),
    *("after_first_use_window", "rule_unevaluable", "unpaid"),
    *("proof_missing", "questions", "confirm", "choose", "needs_supervisor"),
]
RUBBISH = {
    "garbage": "malformed",
    "unknown_key": "unknown_key",
    "bad_signature": "bad_signature",
    "wrong_event": "wrong_event",
    "test_pass": "test_pass",
    "strange_code": "unknown_ticket",
}
USAGE = ORDER[ORDER.index("nothing_left") : ORDER.index("unpaid")]
A_SUPERVISOR_ANSWERS_FOR = {
    *("not_yet_valid", "expired", "history_incomplete", "wrong_point", "wrong_lane", "wrong_day", "wrong_time"),
    *USAGE,
    *("unpaid", "proof_missing", "needs_supervisor"),
}

Answer = tuple[str, str]  # outcome, reason


def decide(event: Event, case: Case) -> Answer:
    """Outcome and reason."""
    return _Naive(event, case).answer()


def candidates(event: Event, case: Case) -> list[int]:
    """The products that are judged, if the pass is good."""
    return _Naive(event, case).candidates()


def used_up(event: Event, case: Case, product: int) -> list[str]:
    """All that speaks against one more use, in the order in which it is looked at."""
    return _Naive(event, case).of_usage(event.products[product], proven_only=True)


# --- one case -------------------------------------------------------------------------------------


class _Naive:
    def __init__(self, event: Event, case: Case) -> None:
        self.event, self.case = event, case
        self.ticket: Ticket = case.ticket
        self.point: PointRules = event.points[case.point]
        self.days = event.days
        self.today = self.day(case.now_ms)
        self.is_exit = case.request.direction == "out"
        self.histories: dict[bool, list[Use]] = {}
        self.is_bare = case.shown.what in {"code", "found"}  # says nothing of what was bought, nor how long it is good

    def day(self, at_ms: int) -> int:
        return day_of(at_ms, self.days.zone, self.days.border_minute)

    def answer(self) -> Answer:
        reason = self.of_the_reading() or self.of_the_pass()
        if reason:
            return "refuse", reason
        judged = [(product, self.of_the_product(product)) for product in self.candidates()]
        good = [product for product, against in judged if against is None]
        if not good:
            reasons = [against for _, against in judged if against]
            return "refuse", max(reasons, key=ORDER.index, default="wrong_point")
        asks = set.intersection(*({*self.asks(product)} for product in good))
        if len(good) > 1:
            asks.add("choose")
        if asks:
            return "refuse" if self.point.unattended else "ask", min(asks, key=ORDER.index)
        return "admit", "ok"

    def may_answer(self, reason: str) -> bool:
        """A person with badge and PIN answers for a reason, with a why, at a point with people, not at an exit."""
        request = self.case.request
        if reason not in (request.override, *request.answered_for):
            return False
        if not self.case.role or not request.override_why.strip():
            return False
        if self.is_exit or self.point.unattended:
            return False
        if reason == "unpaid" and self.point.may_override_unpaid:
            return True
        return self.case.role == "supervisor" and reason in A_SUPERVISOR_ANSWERS_FOR

    def first(self, reasons: Iterable[str]) -> str | None:
        return next((reason for reason in reasons if not self.may_answer(reason)), None)

    # --- reading and pass ---

    def of_the_reading(self) -> str | None:
        shown = self.case.shown
        if shown.what in {"code", "strange_code"} and shown.typed and self.point.unattended:
            return "malformed"
        return RUBBISH.get(shown.what)

    def of_the_pass(self) -> str | None:
        found = []
        ticket, shown, now = self.ticket, self.case.shown, self.case.now_ms
        known = ticket.generations if ticket.heard else []
        if shown.what == "code" and shown.generation not in known:
            return "unknown_ticket"
        if shown.withdrawn and shown.generation not in known:
            found.append("revoked")
        if known and shown.generation < known[-1]:
            found.append("superseded")
        current = known[-1] if self.is_bare else shown.generation
        if any(self.is_proven(use) and use.generation > current for use in ticket.uses):
            found.append("superseded")
        if ticket.cancelled:
            found.append("cancelled")
        if ticket.blocked:
            found.append("blocked")
        if shown.what == "pass" and not self.is_exit:
            if shown.from_ms is not None and now < shown.from_ms:
                found.append("not_yet_valid")
            if now >= shown.until_ms:
                found.append("expired")
        return self.first(found)

    def is_proven(self, use: Use) -> bool:
        """By the server's word, or since whoever holds the code can check it; of a ticket found by name nobody does."""
        if use.ruled_proven or use.allowed or use.accepted:
            return True
        if use.proof != "good":
            return False
        return not use.late or (
            self.case.shown.what in {"pass", "code"} and use.generation == self.case.shown.generation
        )

    # --- what was bought ---

    def own_product(self) -> int | None:
        ticket, shown = self.ticket, self.case.shown
        stated = ticket.product if ticket.heard else None
        if self.is_bare or (stated is not None and shown.signed_ms <= ticket.issued_ms):
            return stated
        return shown.product

    def bought(self, product: int) -> int:
        ticket, shown = self.ticket, self.case.shown
        counts: dict[int, int] = {}
        when: dict[int, int] = {}
        if ticket.heard:
            said = [(ticket.issued_ms, no, count) for no, count in ticket.items.items()]
            said += ticket.grants + [(at, no, -count) for at, no, count in ticket.takings]
            for at, no, count in said:
                counts[no] = counts.get(no, 0) + count
                when[no] = max(when.get(no, 0), at)
        if shown.what == "pass":
            newer = {no: count for no, count in shown.items.items() if shown.signed_ms > when.get(no, -1)}
            counts |= newer
        count = max(0, counts.get(product, 0))
        return max(1, count) if product == self.own_product() else count

    def candidates(self) -> list[int]:
        if self.case.request.product is not None:
            return [self.case.request.product]
        serves = [int(no) for no in self.point.serves]
        tickets = [no for no in serves if no in self.event.products and self.event.products[no].kind == "ticket"]
        asked = tickets if self.is_exit and tickets else serves
        own = self.own_product()
        return [*asked, own] if tickets and own is not None and own not in serves else asked

    # --- one product ---

    def rules(self, product: int) -> ProductRules | None:
        return self.event.products.get(product)

    def policy(self, rules: ProductRules) -> str | None:
        """What to do with a pass that is nowhere in what was heard, or a view that is too old."""
        limit = self.point.view_age_minutes_max
        is_old = limit is not None and self.case.now_ms - self.event.built_ms > limit * MINUTE
        if self.ticket.heard and not is_old:
            return None
        return str(rules.offline or self.point.offline)

    def of_the_product(self, product: int) -> str | None:
        rules = self.event.products[product]
        found = []
        if not self.is_exit and self.policy(rules) == "refuse":
            found.append("history_incomplete")
        if self.bought(product) == 0:
            found.append("not_bought")
        if product not in self.point.serves or (not self.point.lets_in and not self.is_exit):
            found.append("wrong_point")
        found += self.of_the_lane(rules)
        if self.is_exit:
            return self.first([*found, *([] if self.point.lets_out else ["no_exit_here"])])
        found += self.of_the_time(rules)
        found += self.of_usage(rules, proven_only=True)
        if rules.needs_paid and self.ticket.heard and not self.ticket.paid:
            found.append("unpaid")
        return self.first(found)

    def of_the_lane(self, rules: ProductRules) -> list[str]:
        wanted, lane = rules.lane, self.case.request.lane
        open_lanes = [one for one in self.point.lanes if lane is None or one == lane]
        fits = [one for one in open_lanes if wanted is None or one == wanted]
        return [] if fits else ["wrong_lane"]

    def of_the_time(self, rules: ProductRules) -> list[str]:
        again = bool(self.counted(rules, proven_only=True))
        groups = [rules.windows, self.point.windows, rules.later_windows if again else rules.first_windows]
        return sorted({reason for group in groups if group and (reason := self.closed(group))})

    def closed(self, windows: tuple[Window, ...]) -> str | None:
        now = self.case.now_ms
        clock = wall(now, self.days.zone)
        if any(is_open(one, now, clock.hour * 60 + clock.minute, self.today) for one in windows):
            return None
        later = opens_on(self.today, self.days.zone, self.days.border_minute, windows)
        return "wrong_time" if later else "wrong_day"

    # --- usage ---

    def history(self, *, proven_only: bool) -> list[Use]:
        """What counts, in order of time: not taken back, not ruled an error, not past a cut; exits too."""
        if proven_only not in self.histories:
            self.histories[proven_only] = self.in_order([*self.kept_uses(proven_only=proven_only)])
        return self.histories[proven_only]

    def kept_uses(self, *, proven_only: bool) -> Iterator[Use]:
        for use in self.ticket.uses:
            waits = use.device == "r" and use.late and not use.allowed
            if use.void or use.error or waits or (proven_only and not self.is_proven(use)):
                continue
            yield use

    def time_of(self, use: Use) -> int:
        """When it happened, as far as a wrong clock was corrected since."""
        wrong = self.event.redated.get(use.device)
        return use.time_ms if wrong is None or use.late else use.time_ms + wrong.seconds * 1000

    def in_order(self, kept: list[Use]) -> list[Use]:
        """By time, but nothing before what its device had heard of; what does not count hands that on."""
        before = {id(use): self.ticket.uses[:at][-1:] if use.sees else [] for at, use in enumerate(self.ticket.uses)}
        left, placed = list(kept), list[Use]()

        def waits(use: Use) -> bool:
            return any(any(one is other for other in left) or waits(one) for one in before[id(use)])

        while left:
            free = [use for use in left if not waits(use)]
            placed.append(min(free, key=self.time_of))
            left = [use for use in left if use is not placed[-1]]
        return placed

    def counted(self, rules: ProductRules, *, proven_only: bool) -> list[Use]:
        uses = [one for one in self.history(proven_only=proven_only) if one.kind != "exit"]
        uses = [one for one in uses if self.is_use_of(one, rules)]
        return [one for one in uses if not rules.per_area or one.area == self.point.area]

    def is_use_of(self, use: Use, rules: ProductRules) -> bool:
        """A ticket is one ticket: whatever product it was when it let somebody in, that counts for what it is."""
        if use.product == rules.product or rules.product != self.own_product():
            return use.product == rules.product
        used = self.rules(use.product)
        return used is not None and used.kind == "ticket" and self.bought(use.product) == 0

    def of_usage(self, rules: ProductRules, *, proven_only: bool) -> list[str]:
        bought = self.bought(rules.product)
        wanted = 1 if rules.kind == "ticket" and bought <= 1 else self.case.request.quantity
        used = self.counted(rules, proven_only=proven_only)
        today = [one for one in used if one.day == self.today]
        found = self.of_counts(rules, bought, wanted, used, today)
        if isinstance(rules.usage, InOut):
            inside = self.inside(rules, proven_only=proven_only)
            if inside and inside + wanted > bought:  # of a party some may be inside and others not
                found.append("already_inside")
        now = self.case.now_ms
        gap = rules.min_gap_minutes
        if gap is not None and any(abs(now - self.time_of(one)) < gap * MINUTE for one in used):
            found.append("too_soon")
        within = rules.first_use_minutes
        if within is not None and used and now > min(self.time_of(one) for one in used) + within * MINUTE:
            found.append("after_first_use_window")
        if isinstance(rules.usage, UnknownRule) or any(isinstance(one.ask, UnknownAsk) for one in rules.questions):
            found.append("rule_unevaluable")
        return found

    def of_counts(self, rules: ProductRules, bought: int, wanted: int, used: list[Use], today: list[Use]) -> list[str]:
        usage = rules.usage
        in_all = sum(one.quantity for one in used) + wanted
        in_day = sum(one.quantity for one in today) + wanted
        on_days = {one.day for one in used} | {self.today}
        found = []
        # What was bought is so many persons or pieces: no more can come at once, except of what is good for more uses.
        is_good_for_more = isinstance(usage, AtMost) and (usage.total, usage.per_day) != (None, None)
        is_said_below = isinstance(usage, OncePerDay) or (is_good_for_more and rules.kind == "item")
        if wanted > bought and not is_said_below:
            found.append("nothing_left")
        match usage:
            case Once():
                found += ["nothing_left"] if in_all > bought else []
            case OncePerDay():
                found += ["already_today"] if in_day > bought else []
            case Quantity(per_day):
                found += ["nothing_left"] if in_all > bought else []
                found += ["limit_today"] if per_day is not None and in_day > per_day else []
            case AtMost(total, per_day, days):
                found += ["nothing_left"] if total is not None and in_all > total * bought else []
                found += ["limit_today"] if per_day is not None and in_day > per_day * bought else []
                found += ["days_used_up"] if days is not None and len(on_days) > days else []
            case InOut() | Unlimited() | UnknownRule():
                pass
        return found

    def inside(self, rules: ProductRules, *, proven_only: bool) -> int:
        """How many are inside: who came in to this area on this day and has not left; a new day begins outside.

        A party of four is four persons, whoever of them moves; there are never more of them, nor fewer than none.
        """
        outside = persons = self.bought(rules.product)
        for use in self.history(proven_only=proven_only):
            if self.is_use_of(use, rules) and (use.area, use.day) == (self.point.area, self.today):
                outside += use.quantity if use.kind == "exit" else -use.quantity
                outside = sorted((0, outside, persons))[1]
        return persons - outside

    # --- what people must settle ---

    def left_open(self, rules: ProductRules) -> list[Question]:
        """What should have been answered at the purchase: asked where somebody stands, of pieces each time, else once.

        The pass opens the answers, so there are none of a ticket that is nowhere in what was heard, nor of one that was
        found by name: no code was read.
        """
        is_piece = isinstance(rules.usage, Quantity)
        if self.point.unattended or (self.counted(rules, proven_only=True) and not is_piece):
            return []
        opens = self.ticket.heard and self.case.shown.what != "found"
        answered = self.ticket.kept.get(rules.product, {}) if opens else {}
        return [one for one in rules.purchase_questions if one.required and one.key not in answered]

    def asks(self, product: int) -> list[str]:
        rules, request, found = self.event.products[product], self.case.request, list[str]()
        if not self.is_exit:
            if self.policy(rules) == "ask" and not request.confirmed:
                found.append("history_incomplete")
            doubted = self.first(self.of_usage(rules, proven_only=False))
            if doubted and not self.first(self.of_usage(rules, proven_only=True)):
                found.append("proof_missing")
            if wants_answers(rules, self.left_open(rules), self.case):
                found.append("questions")
        if (self.point.confirm == "confirm" or rules.attention) and not request.confirmed:
            found.append("confirm")
        waiting = [u for u in self.ticket.uses if u.device == "r" and u.late and not u.allowed]
        if any(not (u.void or u.error) for u in waiting) and not self.is_exit:
            found.append("needs_supervisor")
        return [reason for reason in found if not self.may_answer(reason)]
