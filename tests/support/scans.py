"""Scans, tickets and places that are admitted by default; each test changes the one thing it is about."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from common.days import event_day
from common.decide import decide
from common.decision import (
    Ledger,
    Moment,
    Place,
    Request,
    Scan,
    TicketView,
    TypedCode,
    Verdict,
    VerifiedPass,
)
from common.facts import UseFact
from common.ids import AreaNo, BadgeId, CodeHash, EventUid, PointNo, ProductNo
from common.rules import (
    DayRule,
    LaneKind,
    OfflinePolicy,
    Once,
    PointKind,
    PointRules,
    ProductKind,
    ProductRules,
    Quantity,
)
from tests.support.fact_worlds import TICKET, device, ref_of, use_of

DAYS = DayRule("Europe/Prague")
ENTRY, SHIRT, LUNCH, CAMP = ProductNo(1), ProductNo(2), ProductNo(3), ProductNo(4)
HERE, ELSEWHERE = PointNo(7), PointNo(8)
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


def at(text: str) -> int:
    """The instant of a Prague wall-clock time, in ms."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(DAYS.zone)).timestamp() * 1000)


NOON = at("2028-07-06 12:00")
TODAY = event_day(NOON, DAYS)
SIGNED_S = NOON // 1000 - 86_400

PASS = VerifiedPass(
    event=EventUid(b"evnt"),
    ticket=TICKET,
    code=b"0123456789",
    code_hash=CodeHash(b"hash-of-code"),
    generation=0,
    signed_s=SIGNED_S,
    not_before_s=None,
    expires_s=NOON // 1000 + 10 * 86_400,
    product=ENTRY,
    items=((SHIRT, 3),),
)
TYPED = TypedCode(PASS.code, PASS.code_hash)
VIEW = TicketView(
    ticket=TICKET,
    generation=0,
    code_hash=PASS.code_hash,
    past_codes=(),
    product=ENTRY,
    product_ms=SIGNED_S * 1000,
    items=((SHIRT, 3),),
    items_ms=((SHIRT, SIGNED_S * 1000),),
    cancelled=False,
    blocked=False,
    paid=True,
)
ENTRY_RULES = ProductRules(ENTRY, ProductKind.TICKET, Once())
SHIRT_RULES = ProductRules(SHIRT, ProductKind.ITEM, Quantity())
LUNCH_RULES = ProductRules(LUNCH, ProductKind.ITEM, Quantity())
CAMP_RULES = ProductRules(CAMP, ProductKind.TICKET, Once())
GATE = PointRules(HERE, PointKind.GATE, AreaNo(1), (ENTRY,), lanes=(LaneKind.WALKING,), lets_out=True)
STAND = PointRules(HERE, PointKind.STAND, AreaNo(1), (SHIRT,))
SUPERVISOR = Request(
    operator=BadgeId(b"badge-01"), operator_roles=("supervisor",), badge_and_pin=True, override_why="known to me"
)


def use(number: int = 1, **changes: object) -> UseFact:
    """An earlier admission of today, one hour ago, at another gate of the same area."""
    values: dict[str, object] = {"point": ELSEWHERE, "day": TODAY, "time_ms": NOON - HOUR_MS, "product": ENTRY}
    values |= changes
    time_ms = values.pop("time_ms")
    assert isinstance(time_ms, int)
    return use_of(ref_of(device(1), number), time_ms, (), **values)


def ledger(*uses: UseFact, waiting: tuple[UseFact, ...] = ()) -> Ledger:
    """A ledger of counted uses, in the order given."""
    return Ledger(counted=uses, waiting=waiting)


@dataclass(frozen=True)
class Scene:
    """One scan with all around it; `verdict()` decides it."""

    scan: Scan = PASS
    view: TicketView | None = VIEW
    uses: Ledger = field(default_factory=Ledger)
    request: Request = field(default_factory=Request)
    point: PointRules = GATE
    products: tuple[ProductRules, ...] = (ENTRY_RULES, SHIRT_RULES, LUNCH_RULES, CAMP_RULES)
    now_ms: int = NOON
    view_age_ms: int | None = 0
    policy: OfflinePolicy | None = None

    def place(self) -> Place:
        """The point with its products; everything is also served at the other point."""
        served_at: dict[ProductNo, tuple[PointNo, ...]] = {rules.product: (HERE, ELSEWHERE) for rules in self.products}
        return Place(self.point, {rules.product: rules for rules in self.products}, served_at=served_at, days=DAYS)

    def verdict(self) -> Verdict:
        """What the decision says of it."""
        moment = Moment(self.now_ms, self.view_age_ms)
        return decide(self.scan, self.view, self.uses, self.request, self.place(), moment, self.policy)

    def asking(self, **changes: object) -> Scene:
        """The same with another request."""
        return replace(self, request=replace(self.request, **changes))  # type: ignore[arg-type]

    def at_point(self, **changes: object) -> Scene:
        """The same at a point with other rules."""
        return replace(self, point=replace(self.point, **changes))  # type: ignore[arg-type]

    def viewing(self, **changes: object) -> Scene:
        """The same with something else heard of the ticket."""
        assert self.view is not None
        return replace(self, view=replace(self.view, **changes))  # type: ignore[arg-type]

    def showing(self, **changes: object) -> Scene:
        """The same with another pass."""
        assert isinstance(self.scan, VerifiedPass)
        return replace(self, scan=replace(self.scan, **changes))  # type: ignore[arg-type]

    def ruled(self, product: ProductNo, **changes: object) -> Scene:
        """The same with other rules for one product."""
        changed = (replace(r, **changes) if r.product == product else r for r in self.products)  # type: ignore[arg-type]
        return replace(self, products=tuple(changed))
