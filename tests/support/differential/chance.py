"""Random events, tickets, histories and scans: whatever the seed, small numbers, so that rules often bite."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TypeVar

from common.decision import Direction, Reason, Request
from common.ids import AreaNo, EventDay, PointNo, ProductNo
from common.questions import (
    Ask,
    AskChoice,
    AskDate,
    AskMail,
    AskNumber,
    AskText,
    AskTime,
    AskYesNo,
    Question,
    UnknownAsk,
)
from common.rules import (
    AtMost,
    ConfirmMode,
    DayRule,
    InOut,
    LaneKind,
    OfflinePolicy,
    Once,
    OncePerDay,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
    UnknownRule,
    Unlimited,
    UsageRule,
    Window,
)
from tests.support.differential import naive
from tests.support.differential.naive_parts import MINUTE, day_of
from tests.support.differential.told import Case, Event, Pass, Redated, Ticket, Use

HOUR = 60 * MINUTE
TICKETS, ITEMS, POINTS = 6, 5, 7
SUPERVISED, WITH_HOSTESS = 1, 2  # points at which somebody with badge and PIN stands
ANSWERED_FOR = tuple(one for one in Reason if one is not Reason.OK)
T = TypeVar("T")
DEALT_PER_EVENT = {"of tickets": TICKETS, "of items": ITEMS, "special": 14, "asks": 24}  # about
OF_TICKETS: tuple[UsageRule, ...] = (
    *(Once(), Once(), OncePerDay(), OncePerDay(), Unlimited(), Unlimited()),
    *(InOut(), InOut(), InOut(), InOut(), InOut(), InOut()),
    *(AtMost(days=1), AtMost(days=1), AtMost(days=2), AtMost(per_day=1), UnknownRule("of tomorrow")),
    *(AtMost(total=1, per_day=1), AtMost(total=2, per_day=1)),  # both used up at once, more often than not
)
OF_ITEMS: tuple[UsageRule, ...] = (
    *(Quantity(), Quantity(), Quantity(1), Quantity(1), Quantity(2), Quantity(2), Once(), OncePerDay(), InOut()),
    *(Unlimited(), AtMost(days=1), AtMost(per_day=1), AtMost(total=2, per_day=1)),
)
SPECIAL = (
    *("windows", "windows", "first_windows", "later_windows", "later_windows", "attention", "lane", "lane", "lane"),
    *(*["min_gap_minutes"] * 6, *["first_use_minutes"] * 5, *["per_area"] * 5, *["questions"] * 6, *["offline"] * 3),
)
RUBBISH = ("garbage", "unknown_key", "bad_signature", "wrong_event", "test_pass", "strange_code")
# The Sundays on which Prague changes its clocks, and a summer's day.
DATES = (date(2029, 3, 25), date(2028, 10, 29), date(2028, 8, 10))
GOOD_ANSWERS = {
    AskText: "short",
    AskNumber: "7",
    AskYesNo: "yes",
    AskChoice: "m",
    AskDate: "2028-02-29",
    AskTime: "23:59",
    AskMail: "a@b.cz",
    UnknownAsk: "?",
}
BAD_ANSWERS = {
    AskText: "far too long for it",
    AskNumber: "11",
    AskYesNo: "maybe",
    AskChoice: "xxl",
    AskDate: "2028-02-30",
    AskTime: "24:61",
    AskMail: "nobody",
    UnknownAsk: "?",
}


class Chance:
    """Draws everything from one seed."""

    def __init__(self, seed: int) -> None:
        self.rng, self.seed = random.Random(seed), seed
        self.dealt_so_far: Counter[str] = Counter()

    def maybe(self, share: float) -> bool:
        """True so often."""
        return self.rng.random() < share

    # --- rules ---

    def event(self) -> Event:
        """Products, points and days of an event."""
        rng = self.rng
        days = DayRule("Europe/Prague", rng.choice((0, 240, 300, 300, 720)))
        noon = (rng.choice(DATES).toordinal() - date(1970, 1, 1).toordinal()) * 24 * HOUR + 11 * HOUR
        built = noon + rng.randrange(-20, 20) * HOUR
        numbers = range(1, TICKETS + ITEMS + 1)
        products = {no: self.product(no, built, days) for no in numbers}
        points = {no: self.point(no, products, built, days) for no in range(1, POINTS + 1)}
        return Event(days, products, self.served(points, products), built, self.redated())

    def redated(self) -> dict[str, Redated]:
        """Whose clock was wrong: no two by the same, or uses would come at the same time."""
        wrong = {"a": 60 * self.rng.randrange(-1400, -300) + 7, "b": 60 * self.rng.randrange(150, 340) + 13}
        return {device: Redated(seconds, late=self.maybe(0.5)) for device, seconds in wrong.items() if self.maybe(0.95)}

    def served(self, points: dict[int, PointRules], products: dict[int, ProductRules]) -> dict[int, PointRules]:
        """The points, with every product served somewhere."""
        for no, rules in products.items():
            if not any(no in one.serves for one in points.values()):
                kind = PointKind.GATE if rules.kind is ProductKind.TICKET else PointKind.STAND
                fewest = min(
                    (one for one in points.values() if one.kind is kind), key=lambda one: (len(one.serves), one.point)
                )
                points[fewest.point] = replace(fewest, serves=(*fewest.serves, ProductNo(no)))
        return points

    def product(self, no: int, built: int, days: DayRule) -> ProductRules:
        """Rules of one product; most have one that is special."""
        rng, kind = self.rng, ProductKind.TICKET if no <= TICKETS else ProductKind.ITEM
        rules = ProductRules(ProductNo(no), kind, self.usage(kind), needs_paid=self.maybe(0.8))
        for _ in range(rng.choice((1, 1, 1, 2))):
            rules = replace(rules, **self.special(built, days))  # type: ignore[arg-type]
        return replace(rules, purchase_questions=self.questions("p")) if self.maybe(0.55) else rules

    def usage(self, kind: ProductKind) -> UsageRule:
        """How often it may be used."""
        if kind is ProductKind.ITEM:
            return self.dealt("of items", (*OF_ITEMS, AtMost(total=self.rng.choice((2, 3)))))
        small = partial(self.rng.choice, (None, 1, 2, 3))
        return self.dealt("of tickets", (*OF_TICKETS, AtMost(small(), small(), small())))

    def dealt(self, deck: str, cards: Sequence[T]) -> T:
        """One of these, from a deck that is shuffled anew when it is used up: each kind comes up in a run of events."""
        base, event = divmod(self.seed, 1000)
        at = event * DEALT_PER_EVENT[deck] + self.dealt_so_far[deck]
        self.dealt_so_far[deck] += 1
        order = random.Random(f"{base} {deck} {at // len(cards)}").sample(range(len(cards)), len(cards))
        return cards[order[at % len(cards)]]

    def special(self, built: int, days: DayRule) -> dict[str, object]:
        """One field of a product's rules."""
        rng = self.rng
        fields: dict[str, object] = {
            "windows": self.windows(built, days),
            "first_windows": self.windows(built, days),
            "later_windows": self.windows(built, days),
            "min_gap_minutes": rng.choice((600, 900, 1200, 1800, 4000)),
            "first_use_minutes": rng.choice((30, 180, 900, 1200)),
            "per_area": True,
            "lane": rng.choice(tuple(LaneKind)),
            "questions": self.questions("q"),
            "attention": True,
            "offline": rng.choice(tuple(OfflinePolicy)),
        }
        name = self.dealt("special", SPECIAL)
        return {name: fields[name], **({"asks_questions": True} if name == "questions" else {})}

    def windows(self, built: int, days: DayRule) -> tuple[Window, ...]:
        """One window or two."""
        return tuple(self.window(built, days) for _ in range(self.rng.choice((1, 1, 2))))

    def window(self, built: int, days: DayRule) -> Window:
        """By instants, by event days, by times of day, or by several of these."""
        rng, today = self.rng, day_of(built, days.zone, days.border_minute)
        span = (rng.randrange(0, 48) * 30, rng.randrange(1, 49) * 30)
        first = built + rng.randrange(-24, 36) * HOUR
        some = tuple(sorted({EventDay(today + rng.randrange(-1, 4)) for _ in range(2)}))
        of_days, of_times = Window(days=some), Window(from_minute=span[0], until_minute=span[1])
        return rng.choice(
            (
                of_days,
                of_times,
                replace(of_times, days=some),
                Window(from_ms=first, until_ms=first + rng.choice((6, 48)) * HOUR),
                Window(until_ms=first),
                replace(of_times, from_ms=first),
            )
        )

    def questions(self, name: str) -> tuple[Question, ...]:
        """One to three questions."""
        rng = self.rng
        asks: list[Ask] = [AskText(10), AskNumber(1, 10), AskYesNo(), AskDate(), AskTime(), AskMail()]
        asks += [AskChoice(("s", "m", "l")), AskChoice(("s", "m", "l"), several=True)]
        chosen = [self.dealt("asks", asks) for _ in range(rng.choice((1, 1, 1, 2)))]
        chosen += [UnknownAsk("scent")] if self.maybe(0.2) else []
        return tuple(Question(f"{name}{at}", ask, required=self.maybe(0.55)) for at, ask in enumerate(chosen))

    def point(self, no: int, products: dict[int, ProductRules], built: int, days: DayRule) -> PointRules:
        """A gate or a stand; most serve one product or two."""
        rng = self.rng
        kind = PointKind.GATE if no <= 5 else PointKind.STAND
        mine = [n for n, one in products.items() if (one.kind is ProductKind.TICKET) == (kind is PointKind.GATE)]
        serves = rng.sample(mine, rng.choice((1, 2, 3, 3)))
        if kind is PointKind.GATE and self.maybe(0.4):
            serves += rng.sample([n for n in products if n not in mine], 1)
        both = (LaneKind.WALKING, LaneKind.RIDING)
        unattended = no == POINTS or (no > WITH_HOSTESS and self.maybe(0.4))
        return PointRules(
            PointNo(no),
            kind,
            AreaNo(rng.choice((1, 1, 2))),
            tuple(ProductNo(one) for one in serves),
            lanes=rng.choice((both, both, (LaneKind.WALKING,), (LaneKind.RIDING,))),
            lets_out=kind is PointKind.GATE and self.maybe(0.7),
            lets_in=self.maybe(0.9),
            windows=self.windows(built, days) if self.maybe(0.15) else (),
            offline=rng.choice((OfflinePolicy.ACCEPT, OfflinePolicy.ACCEPT, *OfflinePolicy)),
            view_age_minutes_max=rng.choice((None, None, None, 600, 2400)),
            confirm=ConfirmMode.CONFIRM if self.maybe(0.12) and not unattended else ConfirmMode.AUTO,
            may_override_unpaid=no == WITH_HOSTESS or self.maybe(0.5),
            unattended=unattended,
        )

    # --- tickets and what happened to them ---

    def ticket(self, event: Event) -> Ticket:
        """A ticket with its history up to six hours after the snapshot."""
        rng = self.rng
        product = rng.randrange(1, TICKETS + 1)
        items = {
            no: rng.choice((1, 2, 3))
            for no in rng.sample(range(TICKETS + 1, TICKETS + ITEMS + 1), rng.choice((1, 2, 3)))
        }
        is_in_out = isinstance(event.products[product].usage, InOut)
        if self.maybe(0.65 if is_in_out else 0.15):
            items[product] = rng.choice((2, 4))  # a party
        ticket = Ticket(
            rng.randbytes(8), product, dict(sorted(items.items())), paid=self.maybe(0.8), heard=self.maybe(0.9)
        )
        ticket.issued_ms = event.built_ms - 96 * HOUR
        if ticket.heard:
            self.changes(event, ticket)
        if self.maybe(0.75):
            self.uses(event, ticket)
        for no in (product, *items):
            asked = event.products[no].purchase_questions
            ticket.kept[no] = {one.key: GOOD_ANSWERS[type(one.ask)] for one in asked if self.maybe(0.6)}
        return ticket

    def changes(self, event: Event, ticket: Ticket) -> None:
        """What the server said of it later."""
        rng = self.rng
        item = next(no for no in ticket.items if no > TICKETS)
        if self.maybe(0.1):
            ticket.grants.append((event.built_ms - 2 * HOUR, item, rng.choice((1, 2))))
        if self.maybe(0.1):
            ticket.takings.append((event.built_ms + 3 * HOUR, item, 1))
        ticket.cancelled = self.maybe(0.02)
        ticket.blocked = self.maybe(0.02)
        if self.maybe(0.07):
            ticket.generations.append(-1)  # which one it is, the server says

    def uses(self, event: Event, ticket: Ticket) -> None:
        """Some uses in order of time, whether allowed or not; of a party that goes in and out often just that."""
        rng, party = self.rng, ticket.items.get(ticket.product, 1)
        if party > 1 and isinstance(event.products[ticket.product].usage, InOut) and self.maybe(0.8):
            came = self.use(event, ticket, ticket.product, event.built_ms + rng.randrange(200, 330) * MINUTE)
            came = replace(came, device="a", proof="good", generation=0, void=False, error=False)
            went = replace(came, time_ms=came.time_ms + rng.randrange(1, 30) * MINUTE, kind="exit", sees=True)
            went.day = day_of(went.time_ms, event.days.zone, event.days.border_minute)
            went.quantity = rng.choice((2, 2, 3))
            ticket.uses += [replace(came, kind="redeem", quantity=party), went]
            return
        times = sorted(rng.sample(range(-20 * 60, 6 * 60), rng.choice((1, 2, 2, 3, 4))))
        products = [ticket.product, ticket.product, *ticket.items]
        own = rng.choice(products)
        for minutes in times:
            product = own if self.maybe(0.7) else rng.choice(products)
            ticket.uses.append(self.use(event, ticket, product, event.built_ms + minutes * MINUTE))

    def use(self, event: Event, ticket: Ticket, product: int, at: int) -> Use:
        """One use; where it was does not matter to the rules, only its area does."""
        rng, late = self.rng, at > event.built_ms
        point = rng.randrange(1, POINTS + 1)
        is_ticket, is_party = product <= TICKETS, product <= TICKETS and ticket.items.get(product, 1) > 1
        kind = rng.choice(("redeem", "redeem", "exit")) if is_ticket else "redeem"
        generation = 7_000_000 if self.maybe(0.008) else 0
        use = Use(
            kind="override" if kind == "redeem" and self.maybe(0.05) else kind,
            product=product,
            quantity=rng.choice((1, 1, 2, 3)) if is_party else 1 if is_ticket else rng.choice((1, 1, 2)),
            point=point,
            area=int(event.points[point].area),
            day=day_of(at, event.days.zone, event.days.border_minute),
            time_ms=at,
            device=rng.choice("aabbr") if late else rng.choice("ab"),
            generation=generation,
            proof=rng.choice(("good", "good", "good", "good", "bad", "none")),
            late=late,
            sees=self.maybe(0.5),
        )
        fate = rng.random()
        use.void, use.error = fate < 0.05, 0.05 <= fate < 0.08
        use.ruled_proven, use.allowed = 0.08 <= fate < 0.11, 0.11 <= fate < 0.15 and use.device == "r"
        return use

    # --- scans ---

    def case(self, event: Event, ticket: Ticket, now_ms: int) -> Case:
        """One scan of the ticket, most often where it can be used."""
        rng = self.rng
        target = rng.choice([ticket.product, ticket.product, *ticket.items])
        fitting = [no for no, one in event.points.items() if target in one.serves]
        point = rng.choice(fitting) if fitting and self.maybe(0.95) else rng.randrange(1, POINTS + 1)
        staffed = [no for no in fitting if no <= WITH_HOSTESS]
        point = rng.choice(staffed) if staffed and self.maybe(0.4) else point
        role = {SUPERVISED: "supervisor", WITH_HOSTESS: "hostess"}.get(point, "")
        is_found = bool(role) and ticket.heard and self.maybe(0.25)
        shown = Pass("found", ticket.generations[-1]) if is_found else self.shown(event, ticket)
        case = Case(ticket, shown, point, now_ms, self.request(event, event.points[point], ticket), role)
        return self.answered(event, case) if role and self.maybe(0.35) else case

    def answered(self, event: Event, case: Case) -> Case:
        """The same after somebody read the answer, answered for it, and perhaps for the one after it."""
        for _ in range(self.rng.choice((1, 1, 2))):
            outcome, reason = naive.decide(event, case)
            if outcome == "admit":
                break
            before = () if case.request.override is None else (case.request.override,)
            answered_for = (*before, *case.request.answered_for)
            request = replace(case.request, override=Reason(reason), answered_for=answered_for, override_why="known")
            case = replace(case, request=request)
        return case

    def shown(self, event: Event, ticket: Ticket) -> Pass:
        """The newest pass, an older one, its code by hand, or rubbish."""
        rng = self.rng
        if self.maybe(0.05):
            return Pass(rng.choice(RUBBISH), typed=self.maybe(0.5))
        generation = rng.choice(ticket.generations)
        if self.maybe(0.2):
            return Pass("code", generation, typed=self.maybe(0.7))
        signed = rng.choice(
            (event.built_ms - 97 * HOUR, ticket.issued_ms, event.built_ms - HOUR, event.built_ms + 4 * HOUR)
        )
        items = {no: max(1, count + rng.choice((0, 0, 1, -1))) for no, count in ticket.items.items() if self.maybe(0.9)}
        product = rng.randrange(1, TICKETS + 1) if self.maybe(0.05) else ticket.product
        until = event.built_ms + (rng.choice((20, 30)) if self.maybe(0.05) else 24 * 30) * HOUR
        start = event.built_ms + 20 * HOUR if self.maybe(0.04) else None
        withdrawn = self.maybe(0.04 if ticket.heard else 0.2)
        return Pass("pass", generation, signed, start, until, product, items, withdrawn=withdrawn)

    def request(self, event: Event, point: PointRules, ticket: Ticket) -> Request:
        """In most cases nothing in particular."""
        rng = self.rng
        direction = Direction.OUT if self.maybe(0.15 if point.lets_out else 0.05) else Direction.IN
        product = ProductNo(rng.choice([*point.serves, ticket.product, *ticket.items])) if self.maybe(0.15) else None
        override = rng.choice(ANSWERED_FOR) if self.maybe(0.2) else None
        return Request(
            direction=direction,
            product=product,
            quantity=rng.choice((1, 2, 3, 4) if ticket.items.get(ticket.product, 1) > 1 else (1, 1, 1, 2, 3, 4)),
            lane=rng.choice(tuple(LaneKind)) if self.maybe(0.04) else None,
            confirmed=self.maybe(0.25),
            answers=self.answers(event, point) if self.maybe(0.5) else (),
            override=override,
            answered_for=tuple(rng.sample(ANSWERED_FOR, rng.choice((1, 2, 8)))) if self.maybe(0.1) else (),
            override_why=rng.choice(("known to me", "  ")) if override and self.maybe(0.2) else "known to me",
        )

    def answers(self, event: Event, point: PointRules) -> tuple[tuple[str, str], ...]:
        """Answers to the questions of what is served here: good ones, bad ones, empty ones, and gaps."""
        found: dict[str, str] = {}
        for product in point.serves:
            rules = event.products[product]
            for question in (*rules.questions, *rules.purchase_questions):
                kind = type(question.ask)
                drawn = self.rng.random()
                if drawn < 0.9:
                    found[question.key] = (
                        GOOD_ANSWERS[kind] if drawn < 0.75 else BAD_ANSWERS[kind] if drawn < 0.83 else ""
                    )
        return tuple(sorted(found.items()))
