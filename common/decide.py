"""The decision: may this be admitted or handed out, here and now? Pure; the same at a gate, a stand and the server.

Checks run in one fixed order and the first that fails is the reason. They are written as iterators of findings, so
that an override can skip the one reason a person answers for and the rest is still checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from common.bodies import Flag
from common.days import event_day
from common.decision import (
    Choice,
    Direction,
    Finding,
    FoundTicket,
    Hint,
    Ledger,
    Moment,
    NotVerified,
    Outcome,
    Place,
    Reason,
    Request,
    Scan,
    TicketView,
    Verdict,
)
from common.errors import require
from common.ids import EventDay, ProductNo
from common.rights import Known, is_heard_of, pass_findings, rights_of, ticket_product_of, validity_findings
from common.rules import ConfirmMode, OfflinePolicy, ProductKind, ProductRules, UnknownRule
from common.usage import entered_by, proven
from common.usage_rules import Asked, choice_of, usage_findings
from common.windows import window_finding

SUPERVISING = frozenset({"supervisor", "admin"})

_RANK = {reason: rank for rank, reason in enumerate(Reason)}
_NOT_BOUGHT = _RANK[Reason.NOT_BOUGHT]

# What a supervisor may answer for: times, places and usage. Never a pass that is not genuine or no longer good, nor
# what was not bought: for those there is a statement of the server.
_NEVER_OVERRIDDEN = {Reason.NOT_BOUGHT, Reason.NO_EXIT_HERE, Reason.QUESTIONS, Reason.CONFIRM, Reason.CHOOSE}
_OF_QUANTITY = frozenset({Reason.NOTHING_LEFT, Reason.LIMIT_TODAY, Reason.ALREADY_TODAY})  # fewer might do
OVERRIDABLE = frozenset(r for r in Reason if _RANK[r] >= _RANK[Reason.NOT_YET_VALID]) - _NEVER_OVERRIDDEN


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
    day = event_day(now.now_ms, place.days)
    if isinstance(scan, NotVerified):
        return Verdict(Outcome.REFUSE, scan.reason, area=place.point.area, day=day, direction=request.direction)
    is_old = _is_view_old(place, now)
    case = _Case(scan, ticket, uses, proven(uses), request, place, now, policy, day, rights_of(scan, ticket), is_old)
    against = case.first(_against_pass(case))
    if against is not None:
        return _refusal(case, None, against, ())
    return _conclusion(case, _judged(case))


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

    @property
    def is_exit(self) -> bool:
        return self.request.direction is Direction.OUT

    @property
    def is_history_incomplete(self) -> bool:
        return not is_heard_of(self.ticket)

    def rules(self, product: ProductNo) -> ProductRules:
        """The product's rules; a product the catalogue here does not know has a rule nobody can evaluate."""
        known = self.place.products.get(product)
        return known or ProductRules(product, ProductKind.ITEM, UnknownRule("not in the catalogue here"))

    def offline(self, rules: ProductRules) -> OfflinePolicy | None:
        """The policy that applies; None: enough was heard, and lately enough."""
        if not (self.is_view_old or self.is_history_incomplete):
            return None
        return self.policy or rules.offline or self.place.point.offline

    def is_answered_for(self, reason: Reason) -> bool:
        """Whether a person with badge and PIN answers for this reason, and may."""
        request, point = self.request, self.place.point
        if request.override is not reason:
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


@dataclass(frozen=True, slots=True)
class _Judged:
    """One product at this point: what speaks against it, else what must be asked."""

    product: ProductNo
    against: Finding | None
    asks: tuple[Finding, ...]
    choice: Choice | None
    overridden: Reason | None


def _is_view_old(place: Place, now: Moment) -> bool:
    limit = place.point.view_age_minutes_max
    return limit is not None and (now.view_age_ms is None or now.view_age_ms > limit * 60_000)


def _against_pass(case: _Case) -> Iterator[Finding]:
    yield from pass_findings(case.scan, case.ticket, case.uses)
    if not case.is_exit:
        yield from validity_findings(case.scan, case.now.now_ms)


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


def _judged(case: _Case) -> list[_Judged]:
    """The products to judge, in order: only those that were bought, if any of them got further than that.

    What was not bought is never admissible, as nobody may answer for it, and gives the reason only if none got further.
    """
    candidates = _candidates(case)
    bought = {product: _judge(case, product) for product in candidates if product in case.rights}
    if any(each.against is None or _RANK[each.against.reason] > _NOT_BOUGHT for each in bought.values()):
        return [bought[product] for product in candidates if product in bought]
    return [bought[product] if product in bought else _judge(case, product) for product in candidates]


def _judge(case: _Case, product: ProductNo) -> _Judged:
    rules, bought = case.rules(product), case.rights.get(product, 0)
    answered: list[Reason] = []
    against = next(case.standing(_against_product(case, rules, bought), answered), None)
    asks = () if against is not None else tuple(case.standing(_asks(case, rules, bought), answered))
    if not answered and case.request.override is not None:
        answered += [f.reason for f in _against_pass(case) if case.is_answered_for(f.reason)]
    choice = _choice(case, rules, bought, against, asks)
    return _Judged(product, against, asks, choice, answered[0] if answered else None)


def _asked(case: _Case, rules: ProductRules, bought: int, ledger: Ledger) -> Asked:
    """The wish as the usage rules see it; a ticket admits one person, whatever quantity was typed."""
    quantity = 1 if rules.kind is ProductKind.TICKET else case.request.quantity
    place = case.place
    return Asked(rules, bought, quantity, place.point.area, case.day, case.now.now_ms, place.days, ledger)


def _against_product(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """Everything after the pass itself, up to unpaid. Exits skip history, times, usage and payment."""
    if not case.is_exit and case.offline(rules) is OfflinePolicy.REFUSE:
        yield Finding(Reason.HISTORY_INCOMPLETE)
    yield from _against_place(case, rules, bought)
    if case.is_exit:
        if not case.place.point.lets_out:
            yield Finding(Reason.NO_EXIT_HERE, hint=_elsewhere(case, rules.product))
        return
    yield from _against_time(case, rules)
    yield from usage_findings(_asked(case, rules, bought, case.proven))
    if rules.needs_paid and case.ticket is not None and not case.ticket.paid:
        yield Finding(Reason.UNPAID)


def _against_place(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    point, lane = case.place.point, case.request.lane
    if bought == 0:
        yield Finding(Reason.NOT_BOUGHT)
    if rules.product not in point.serves or not (point.lets_in or case.is_exit):
        yield Finding(Reason.WRONG_POINT, hint=_elsewhere(case, rules.product))
    lanes = point.lanes if lane is None else tuple({lane} & set(point.lanes))
    if not lanes or (rules.lane is not None and rules.lane not in lanes):
        yield Finding(Reason.WRONG_LANE, hint=_elsewhere(case, rules.product))


def _against_time(case: _Case, rules: ProductRules) -> Iterator[Finding]:
    """The product's windows and the point's: of the two the earlier reason in the order, WRONG_DAY."""
    windows = (rules.windows, case.place.point.windows)
    found = [window_finding(each, case.now.now_ms, case.place.days) for each in windows]
    yield from sorted((finding for finding in found if finding is not None), key=lambda f: _RANK[f.reason])


def _elsewhere(case: _Case, product: ProductNo) -> Hint:
    here = case.place.point.point
    return Hint(points=tuple(point for point in case.place.served_at.get(product, ()) if point != here))


def _asks(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """What a person must settle, in order. Exits ask for no history, proof or answers."""
    request, point = case.request, case.place.point
    if not case.is_exit:
        yield from _asks_of_history(case, rules, bought)
        if isinstance(case.scan, FoundTicket) and not request.badge_and_pin:
            yield Finding(Reason.PROOF_MISSING)
        if rules.asks_questions and not (request.answers or request.confirmed):
            yield Finding(Reason.QUESTIONS)
    if (point.confirm is ConfirmMode.CONFIRM or rules.attention) and not request.confirmed:
        yield Finding(Reason.CONFIRM)
    if case.uses.waiting and not case.is_exit:
        yield Finding(Reason.NEEDS_SUPERVISOR)


def _asks_of_history(case: _Case, rules: ProductRules, bought: int) -> Iterator[Finding]:
    """Uses nobody could prove count as a question: whoever writes them could otherwise use up any pass."""
    if case.offline(rules) is OfflinePolicy.ASK and not case.request.confirmed:
        yield Finding(Reason.HISTORY_INCOMPLETE)
    if case.proven is case.uses:
        return
    doubted = case.first(usage_findings(_asked(case, rules, bought, case.uses)))
    settled = case.first(usage_findings(_asked(case, rules, bought, case.proven)))
    if doubted is not None and settled is None:
        yield Finding(Reason.PROOF_MISSING, doubted.earlier, doubted.hint)


def _choice(
    case: _Case, rules: ProductRules, bought: int, against: Finding | None, asks: tuple[Finding, ...]
) -> Choice | None:
    """The product as a choice: if it is admissible, or would be in a smaller quantity."""
    if against is None:
        return choice_of(_asked(case, rules, bought, case.proven), asks[0].reason if asks else Reason.OK)
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
    ask = _ask_of(admissible)
    chosen = admissible[0] if len(admissible) == 1 else None
    if ask is not None:
        outcome = Outcome.REFUSE if case.place.point.unattended else Outcome.ASK
        return _verdict(case, outcome, ask, chosen, choices)
    require(chosen is not None, "several products admissible and nothing to ask: CHOOSE must have been asked")
    return _verdict(case, Outcome.ADMIT, Finding(Reason.OK), chosen, choices)


def _ask_of(admissible: list[_Judged]) -> Finding | None:
    """The first question in order. With several products those count that concern all, and which one is a question."""
    common = [f for f in admissible[0].asks if all(f.reason in {a.reason for a in each.asks} for each in admissible)]
    if len(admissible) > 1:
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
    )


def _verdict(
    case: _Case, outcome: Outcome, finding: Finding, chosen: _Judged | None, choices: tuple[Choice, ...]
) -> Verdict:
    quantity = 0
    if chosen is not None:
        quantity = _asked(case, case.rules(chosen.product), 0, case.uses).quantity
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
        overridden=None if chosen is None else chosen.overridden,
        direction=case.request.direction,
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
    if chosen is not None and case.is_exit and not _is_inside(case, chosen.product):
        flags.append(Flag.NOT_INSIDE)
    if chosen is not None and chosen.overridden is Reason.UNPAID:
        flags.append(Flag.UNPAID)
    return tuple(int(flag) for flag in flags)


def _is_inside(case: _Case, product: ProductNo) -> bool:
    return entered_by(case.uses.counted, product, case.place.point.area, case.day) is not None
