"""The decision: may this be admitted or handed out, here and now? Pure; the same at a gate, a stand and the server.

Checks run in one fixed order and the first that fails is the reason. They are written as iterators of findings, so
that an override can skip the one reason a person answers for and the rest is still checked. `explain` is the same
run with a record of every check made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from common.asking import is_number_open, questions_to_put
from common.became import as_one_product
from common.bodies import Flag
from common.days import event_day
from common.decision import (
    Check,
    Choice,
    Direction,
    Explanation,
    Finding,
    FoundTicket,
    Hint,
    Ledger,
    Moment,
    NotVerified,
    Outcome,
    Passed,
    Place,
    Reason,
    Request,
    Scan,
    TicketView,
    Verdict,
    VerifiedPass,
)
from common.errors import require
from common.ids import EventDay, ProductNo
from common.leaving import leaving_marks
from common.marks import marks_of
from common.rights import PASS_CHECKS, VALIDITY_CHECKS, Known, is_heard_of, rights_of, ticket_product_of
from common.rules import ConfirmMode, OfflinePolicy, ProductKind, ProductRules, UnknownRule
from common.undecided import beyond_rights, told_of
from common.usage import proven
from common.usage_rules import USAGE_CHECKS, Asked, choice_of, usage_findings
from common.windows import window_finding

SUPERVISING = frozenset({"supervisor", "admin"})

_RANK = {reason: rank for rank, reason in enumerate(Reason)}
_NOT_BOUGHT = _RANK[Reason.NOT_BOUGHT]

# What a supervisor may answer for: times, places and usage. Never a pass that is not genuine or no longer good, nor
# what was not bought: for those there is a statement of the server.
_NEVER_OVERRIDDEN = {Reason.NOT_BOUGHT, Reason.NO_EXIT_HERE, Reason.QUESTIONS, Reason.CONFIRM, Reason.CHOOSE}
_OF_QUANTITY = frozenset(  # fewer might do
    {Reason.NOTHING_LEFT, Reason.LIMIT_TODAY, Reason.ALREADY_TODAY, Reason.ALREADY_INSIDE}
)
OVERRIDABLE = frozenset(r for r in Reason if _RANK[r] >= _RANK[Reason.NOT_YET_VALID]) - _NEVER_OVERRIDDEN

# What the reading of the code has found before anything is decided, in order.
_READING = (Reason.MALFORMED, Reason.UNKNOWN_KEY, Reason.BAD_SIGNATURE, Reason.WRONG_EVENT, Reason.TEST_PASS)


def decide(
    scan: Scan,
    ticket: TicketView | None,
    uses: Ledger,
    request: Request,
    place: Place,
    now: Moment,
    policy: OfflinePolicy | None = None,
) -> Verdict:
    """ADMIT, ASK or REFUSE, with one reason.

    `ticket` is what was heard of it (None: nothing), `uses` its ledger, `policy` an offline policy that outranks the
    product's and the point's. Never raises on what was scanned; raises InvariantError for a quantity below 1.
    """
    require(request.quantity >= 1, f"a request for {request.quantity} pieces: ask for at least 1")
    if isinstance(scan, NotVerified):
        return _not_verified(scan, place, now, request)
    return _decided(_case(scan, ticket, uses, request, place, now, policy))


def explain(
    scan: Scan,
    ticket: TicketView | None,
    uses: Ledger,
    request: Request,
    place: Place,
    now: Moment,
    policy: OfflinePolicy | None = None,
) -> Explanation:
    """The verdict of `decide`, by the same run, with every check it made; for people and simulators."""
    require(request.quantity >= 1, f"a request for {request.quantity} pieces: ask for at least 1")
    if isinstance(scan, NotVerified):
        return Explanation(_not_verified(scan, place, now, request), tuple(_checks_of_reading(scan.reason)))
    trail = list(_checks_of_reading(None if isinstance(scan, VerifiedPass) else Reason.UNKNOWN_KEY))
    trail = [check for check in trail if check.passed is Passed.YES]
    case = _case(scan, ticket, uses, request, place, now, policy, trail)
    return Explanation(_decided(case), tuple(trail))


def _not_verified(scan: NotVerified, place: Place, now: Moment, request: Request) -> Verdict:
    day = event_day(now.now_ms, place.days)
    return Verdict(Outcome.REFUSE, scan.reason, area=place.point.area, day=day, direction=request.direction)


def _checks_of_reading(until: Reason | None) -> Iterator[Check]:
    """What reading the code has checked; `until`: the one that failed."""
    for reason in _READING:
        yield Check(reason, Passed.NO if reason is until else Passed.YES)
        if reason is until:
            return


@dataclass(frozen=True, slots=True)
class _Case:
    """All that is known of one scan."""

    scan: Known
    ticket: TicketView | None
    uses: Ledger
    proven: Ledger  # the same without claims nobody proved: what is judged on
    request: Request
    place: Place
    now: Moment
    policy: OfflinePolicy | None
    day: EventDay
    rights: dict[ProductNo, int]
    is_view_old: bool
    trail: list[Check] | None = field(default=None, compare=False)  # where checks are noted, if anybody asks

    @property
    def is_exit(self) -> bool:
        return self.request.direction is Direction.OUT

    @property
    def is_history_incomplete(self) -> bool:
        return not is_heard_of(self.ticket) or self.now.lost_own

    def rules(self, product: ProductNo) -> ProductRules:
        """The product's rules; a product the catalogue here does not know has a rule nobody can evaluate."""
        known = self.place.products.get(product)
        return known or ProductRules(product, ProductKind.ITEM, UnknownRule("not in the catalogue here"))

    def offline(self, rules: ProductRules) -> OfflinePolicy | None:
        """The policy that applies; None: enough was heard, and lately enough.

        It accepts no pass unasked where own uses were lost: the device may have heard of what it would admit again.
        """
        if not (self.is_view_old or self.is_history_incomplete):
            return None
        policy = self.policy or rules.offline or self.place.point.offline
        return OfflinePolicy.ASK if self.now.lost_own and policy is OfflinePolicy.ACCEPT else policy

    def is_answered_for(self, reason: Reason) -> bool:
        """Whether a person with badge and PIN answers for this reason, and may."""
        request, point = self.request, self.place.point
        if reason not in (request.override, *request.answered_for):
            return False
        by_someone = request.badge_and_pin and request.operator is not None and request.override_why.strip() != ""
        if not by_someone or self.is_exit or point.unattended:
            return False
        if reason is Reason.UNPAID and point.may_override_unpaid:
            return True
        return reason in OVERRIDABLE and not SUPERVISING.isdisjoint(request.operator_roles)

    def first(self, findings: Iterable[Finding]) -> Finding | None:
        """The first finding nobody answers for."""
        return next(self.standing(findings, []), None)

    def standing(self, findings: Iterable[Finding], answered: list[Reason]) -> Iterator[Finding]:
        """The findings nobody answers for; the reasons of the others go to `answered` as they are passed."""
        for finding in findings:
            if self.is_answered_for(finding.reason):
                answered.append(finding.reason)
            else:
                yield finding

    def fails(self, reason: Reason, found: object, product: ProductNo | None = None) -> bool:
        """Whether a check found something; it is noted where anybody asks for the checks."""
        if self.trail is not None:
            reason = found.reason if isinstance(found, Finding) else reason
            passed = Passed.ANSWERED_FOR if self.is_answered_for(reason) else Passed.NO
            self.trail.append(Check(reason, passed if found else Passed.YES, product))
        return bool(found)


@dataclass(frozen=True, slots=True)
class _Judged:
    """One product at this point: what speaks against it, else what must be asked."""

    product: ProductNo
    against: Finding | None
    asks: tuple[Finding, ...]
    choice: Choice | None
    overridden: Reason | None


def _case(
    scan: Known,
    ticket: TicketView | None,
    uses: Ledger,
    request: Request,
    place: Place,
    now: Moment,
    policy: OfflinePolicy | None,
    trail: list[Check] | None = None,
) -> _Case:
    day, rights, is_old = event_day(now.now_ms, place.days), rights_of(scan, ticket), _is_view_old(place, now)
    uses = as_one_product(scan, ticket, uses, place.products, rights)
    return _Case(scan, ticket, uses, proven(uses), request, place, now, policy, day, rights, is_old, trail)


def _is_view_old(place: Place, now: Moment) -> bool:
    limit = place.point.view_age_minutes_max
    return limit is not None and (now.view_age_ms is None or now.view_age_ms > limit * 60_000)


def _decided(case: _Case) -> Verdict:
    answered: list[Reason] = []
    against = next(case.standing(_against_pass(case), answered), None)
    if against is not None:
        return _refusal(case, None, against, ())
    return _conclusion(case, _judged(case, answered))


def _against_pass(case: _Case) -> Iterator[Finding]:
    for reason, check in PASS_CHECKS:
        finding = check(case.scan, case.ticket, case.uses)
        if case.fails(reason, finding) and finding is not None:
            yield finding
    for reason, in_time in () if case.is_exit else VALIDITY_CHECKS:
        finding = in_time(case.scan, case.now.now_ms)
        if case.fails(reason, finding) and finding is not None:
            yield finding


def _candidates(case: _Case) -> tuple[ProductNo, ...]:
    """The products to judge: the one asked for, else what the point serves, in its order.

    Where tickets are served, the holder's own is judged too: "wrong gate" says more than "not bought".
    """
    if case.request.product is not None:
        return (case.request.product,)
    serves, own = case.place.point.serves, ticket_product_of(case.scan, case.ticket)
    if not case.is_exit and (own is None or own in serves):
        return serves
    tickets = tuple(product for product in serves if case.rules(product).kind is ProductKind.TICKET)
    if tickets and own is not None and own not in serves:
        return (*(tickets if case.is_exit else serves), own)
    return tickets if tickets and case.is_exit else serves


def _judged(case: _Case, before: list[Reason]) -> list[_Judged]:
    """The products to judge, in order: only those that were bought, if any of them got further than that.

    What was not bought is never admissible, as nobody may answer for it, and gives the reason only if none got further.
    """
    candidates = _candidates(case)
    bought = {product: _judge(case, product, before) for product in candidates if product in case.rights}
    if any(each.against is None or _RANK[each.against.reason] > _NOT_BOUGHT for each in bought.values()):
        return [bought[product] for product in candidates if product in bought]
    return [bought[product] if product in bought else _judge(case, product, before) for product in candidates]


def _judge(case: _Case, product: ProductNo, before: list[Reason]) -> _Judged:
    rules, bought = case.rules(product), case.rights.get(product, 0)
    answered: list[Reason] = []
    against = next(case.standing(_against_product(case, rules, bought), answered), None)
    asks = () if against is not None else tuple(case.standing(_asks(case, rules, bought), answered))
    choice = _choice(case, rules, bought, against, asks)
    return _Judged(product, against, asks, choice, next(iter((*answered, *before)), None))


def _asked(case: _Case, rules: ProductRules, bought: int, ledger: Ledger) -> Asked:
    """The wish as the usage rules see it; a ticket for one admits one, whatever quantity was typed.

    Nobody is kept in for a number either: no more leave than were bought.
    """
    is_for_one = rules.kind is ProductKind.TICKET and bought <= 1
    quantity = 1 if is_for_one else case.request.quantity
    if case.is_exit:
        quantity = min(quantity, max(1, bought))
    place = case.place
    return Asked(rules, bought, quantity, place.point.area, case.day, case.now.now_ms, place.days, ledger)


def _against_product(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """Everything after the pass itself, up to unpaid. Exits skip history, times, usage and payment."""
    product = rules.product
    if not case.is_exit:
        is_refused = case.offline(rules) is OfflinePolicy.REFUSE
        if case.fails(Reason.HISTORY_INCOMPLETE, is_refused, product):
            yield Finding(Reason.HISTORY_INCOMPLETE)
    yield from _against_place(case, rules, bought)
    if case.is_exit:
        if case.fails(Reason.NO_EXIT_HERE, not case.place.point.lets_out, product):
            yield Finding(Reason.NO_EXIT_HERE, hint=_elsewhere(case, product))
        return
    asked = _asked(case, rules, bought, case.proven)
    yield from _against_time(case, asked)
    for reason, usage_check in USAGE_CHECKS:
        finding = usage_check(asked)
        if case.fails(reason, finding, product) and finding is not None:
            yield finding
    unpaid = rules.needs_paid and case.ticket is not None and not case.ticket.paid
    if case.fails(Reason.UNPAID, unpaid, product):
        yield Finding(Reason.UNPAID)


def _against_place(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    point, lane, product = case.place.point, case.request.lane, rules.product
    if case.fails(Reason.NOT_BOUGHT, bought == 0, product):
        yield Finding(Reason.NOT_BOUGHT)
    is_elsewhere = product not in point.serves or not (point.lets_in or case.is_exit)
    if case.fails(Reason.WRONG_POINT, is_elsewhere, product):
        yield Finding(Reason.WRONG_POINT, hint=_elsewhere(case, product))
    lanes = point.lanes if lane is None else tuple({lane} & set(point.lanes))
    is_other_lane = not lanes or (rules.lane is not None and rules.lane not in lanes)
    if case.fails(Reason.WRONG_LANE, is_other_lane, product):
        yield Finding(Reason.WRONG_LANE, hint=_elsewhere(case, product))


def _against_time(case: _Case, asked: Asked) -> Iterator[Finding]:
    """The product's windows, those of its first or later uses, and the point's: of several the earlier reason."""
    rules = asked.rules
    by_turn = rules.later_windows if asked.used else rules.first_windows
    windows = (rules.windows, by_turn, case.place.point.windows)
    found = [window_finding(each, case.now.now_ms, case.place.days) for each in windows if each]
    for reason in (Reason.WRONG_DAY, Reason.WRONG_TIME):
        finding = next((one for one in found if one is not None and one.reason is reason), None)
        if case.fails(reason, finding, rules.product) and finding is not None:
            yield finding


def _elsewhere(case: _Case, product: ProductNo) -> Hint:
    here = case.place.point.point
    return Hint(points=tuple(point for point in case.place.served_at.get(product, ()) if point != here))


def _asks(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """What a person must settle, in order. Exits ask for no history, proof or answers."""
    request, point, product = case.request, case.place.point, rules.product
    if not case.is_exit:
        yield from _asks_of_history(case, rules, bought)
        is_used = bool(rules.purchase_questions and _asked(case, rules, bought, case.proven).used)
        open_ones = questions_to_put(rules, request, is_attended=not point.unattended, is_used=is_used)
        if case.fails(Reason.QUESTIONS, open_ones, product) and open_ones is not None:
            yield open_ones
    wants_look = (point.confirm is ConfirmMode.CONFIRM or rules.attention) and not request.confirmed
    if case.fails(Reason.CONFIRM, wants_look, product):
        yield Finding(Reason.CONFIRM)
    if not case.is_exit and case.fails(Reason.NEEDS_SUPERVISOR, case.uses.waiting, product):
        yield Finding(Reason.NEEDS_SUPERVISOR)


def _asks_of_history(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """Uses nobody could prove count as a question: whoever writes them could otherwise use up any pass."""
    asks = case.offline(rules) is OfflinePolicy.ASK and not case.request.confirmed
    if case.fails(Reason.HISTORY_INCOMPLETE, asks, rules.product):
        yield Finding(Reason.HISTORY_INCOMPLETE)
    finding = None if case.proven is case.uses else _doubt(case, rules, bought)
    if finding is None and isinstance(case.scan, FoundTicket) and not case.request.badge_and_pin:
        finding = Finding(Reason.PROOF_MISSING)
    if case.fails(Reason.PROOF_MISSING, finding, rules.product) and finding is not None:
        yield finding


def _doubt(case: _Case, rules: ProductRules, bought: int) -> Finding | None:
    doubted = case.first(usage_findings(_asked(case, rules, bought, case.uses)))
    settled = case.first(usage_findings(_asked(case, rules, bought, case.proven)))
    if doubted is None or settled is not None:
        return None
    return Finding(Reason.PROOF_MISSING, doubted.earlier, doubted.hint)


def _choice(
    case: _Case, rules: ProductRules, bought: int, against: Finding | None, asks: tuple[Finding, ...]
) -> Choice | None:
    """The product as a choice: if it is admissible, or would be in a smaller quantity."""
    if against is None:
        choice = choice_of(_asked(case, rules, bought, case.proven), asks[0].reason if asks else Reason.OK)
        return replace(choice, inside=_asked(case, rules, bought, case.uses).inside.count) if case.is_exit else choice
    if not bought or against.reason not in _OF_QUANTITY:
        return None
    choice = choice_of(_asked(case, rules, bought, case.proven), against.reason)
    fewer = [left for left in (choice.left, choice.left_today) if left is not None]
    return choice if min(fewer, default=0) > 0 else None


def _conclusion(case: _Case, judged: list[_Judged]) -> Verdict:
    """Any admissible product is a choice; if there is none, the one that got furthest gives the reason."""
    choices = tuple(each.choice for each in judged if each.choice is not None)
    admissible = [each for each in judged if each.against is None]
    if not admissible:
        return _refused(case, judged, choices)
    choices = tuple(each.choice for each in admissible if each.choice is not None)
    ask = _ask_of(case, admissible)
    chosen = admissible[0] if len(admissible) == 1 else None
    if ask is not None:
        outcome = Outcome.REFUSE if case.place.point.unattended else Outcome.ASK
        return _verdict(case, outcome, ask, chosen, choices)
    require(chosen is not None, "several products admissible and nothing to ask: CHOOSE must have been asked")
    return _verdict(case, Outcome.ADMIT, Finding(Reason.OK), chosen, choices)


def _ask_of(case: _Case, admissible: list[_Judged]) -> Finding | None:
    """The first question in order. With several products those count that concern all.

    Which one of them, or how many of a party, is a question itself.
    """
    common = [f for f in admissible[0].asks if all(f.reason in {a.reason for a in each.asks} for each in admissible)]
    if len(admissible) > 1:
        # Which questions to put is known once a product is chosen.
        common = [replace(finding, questions=()) for finding in common]
    if len(admissible) > 1 or is_number_open(case.place.point, case.request, admissible[0].choice):
        common.append(Finding(Reason.CHOOSE))
    return min(common, key=lambda finding: _RANK[finding.reason], default=None)


def _refused(case: _Case, judged: list[_Judged], choices: tuple[Choice, ...]) -> Verdict:
    found = [(each.product, each.against) for each in judged if each.against is not None]
    if not found:
        return _refusal(case, None, Finding(Reason.WRONG_POINT), choices)
    product, against = max(found, key=lambda pair: _RANK[pair[1].reason])
    return _refusal(case, product, against, choices)


def _refusal(case: _Case, product: ProductNo | None, against: Finding, choices: tuple[Choice, ...]) -> Verdict:
    return Verdict(
        outcome=Outcome.REFUSE,
        reason=against.reason,
        choices=choices,
        product=product,
        area=case.place.point.area,
        day=case.day,
        earlier=against.earlier,
        hint=against.hint,
        flags=_flags(case, None),
        direction=case.request.direction,
        undecided=told_of(case.proven, case.rights),
    )


def _verdict(
    case: _Case, outcome: Outcome, finding: Finding, chosen: _Judged | None, choices: tuple[Choice, ...]
) -> Verdict:
    quantity = 0
    marks: tuple[int, ...] = ()
    if chosen is not None:
        bought = case.rights.get(chosen.product, 0)
        rules = case.rules(chosen.product)
        quantity = _asked(case, rules, bought, case.uses).quantity
        marks = leaving_marks(quantity) if case.is_exit else marks_of(rules, bought)
    return Verdict(
        outcome=outcome,
        reason=finding.reason,
        choices=choices,
        product=None if chosen is None else chosen.product,
        quantity=quantity,
        area=case.place.point.area,
        day=case.day,
        earlier=finding.earlier,
        hint=finding.hint,
        flags=_flags(case, chosen),
        marks=marks,
        overridden=None if chosen is None else chosen.overridden,
        direction=case.request.direction,
        questions=finding.questions,
        undecided=told_of(case.proven, case.rights),
    )


def _flags(case: _Case, chosen: _Judged | None) -> tuple[int, ...]:
    """What people should know of this use; exits of someone not inside included."""
    flags = []
    if case.is_history_incomplete:
        flags.append(Flag.HISTORY_INCOMPLETE)
    if case.is_view_old:
        flags.append(Flag.VIEW_OLD)
    if isinstance(case.scan, FoundTicket):
        flags.append(Flag.FOUND_BY_NAME)
    if chosen is not None and case.is_exit and not _are_inside(case, chosen.product):
        flags.append(Flag.NOT_INSIDE)
    if chosen is not None and chosen.overridden is Reason.UNPAID:
        flags.append(Flag.UNPAID)
    if case.uses.doubles or beyond_rights(case.proven, case.rights):
        flags.append(Flag.DOUBLE_OPEN)
    return tuple(int(flag) for flag in flags)


def _are_inside(case: _Case, product: ProductNo) -> bool:
    """Whether as many are inside as want to leave."""
    asked = _asked(case, case.rules(product), case.rights.get(product, 0), case.uses)
    return asked.inside.count >= asked.quantity
