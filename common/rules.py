"""Admission and quantity rules of products, closed and typed: no expression language.

The same values stand in the event file, the kiosk's snapshot and the server's tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.ids import AreaNo, EventDay, PointNo, ProductNo
from common.questions import Question


class ProductKind(StrEnum):
    """A ticket admits a person; an item is handed out or used up."""

    TICKET = "ticket"
    ITEM = "item"


class LaneKind(StrEnum):
    """Riding bikers pass with a motorcycle."""

    WALKING = "walking"
    RIDING = "riding"


class PointKind(StrEnum):
    """A gate admits (and may let out); a stand hands out."""

    GATE = "gate"
    STAND = "stand"


class OfflinePolicy(StrEnum):
    """What to do with a pass that is nowhere in what was heard, or when the view is too old."""

    ACCEPT = "accept"
    ASK = "ask"
    REFUSE = "refuse"


class ConfirmMode(StrEnum):
    """Whether a person confirms before a use is written."""

    AUTO = "auto"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Once:
    """One admission for the whole event."""


@dataclass(frozen=True, slots=True)
class OncePerDay:
    """One admission per event day."""


@dataclass(frozen=True, slots=True)
class InOut:
    """Any number of admissions, but an exit is needed before the next one."""


@dataclass(frozen=True, slots=True)
class Unlimited:
    """Any number of admissions."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """At most so many admissions in all, per event day, on so many days; None is no limit."""

    total: int | None = None
    per_day: int | None = None
    days: int | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """Items: the bought quantity may be redeemed at once or in parts; per_day None is no daily limit."""

    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class UnknownRule:
    """A rule this version does not know; it refuses with rule_unevaluable and alarms."""

    name: str


UsageRule = Once | OncePerDay | InOut | Unlimited | AtMost | Quantity | UnknownRule


@dataclass(frozen=True, slots=True)
class Window:
    """When something is admitted: instants in ms UTC and, within them, minutes of the local day.

    from_minute/until_minute count from local midnight (0..1440); until below from spans midnight. None is open.
    """

    from_ms: int | None = None
    until_ms: int | None = None
    from_minute: int | None = None
    until_minute: int | None = None
    days: tuple[EventDay, ...] = ()  # event days; empty is every day


@dataclass(frozen=True, slots=True)
class ProductRules:
    """All that the decision needs of one product."""

    product: ProductNo
    kind: ProductKind
    usage: UsageRule
    windows: tuple[Window, ...] = ()  # any of them admits; empty is always
    first_windows: tuple[Window, ...] = ()  # beside `windows`, for the first use only
    later_windows: tuple[Window, ...] = ()  # beside `windows`, for every use after the first
    min_gap_minutes: int | None = None
    first_use_minutes: int | None = None  # only within so many minutes of the first admission
    per_area: bool = False  # count quantities and limits per area
    lane: LaneKind | None = None  # None: any lane
    needs_paid: bool = True
    questions: tuple[Question, ...] = ()  # put when it is used
    purchase_questions: tuple[Question, ...] = ()  # answered when it was bought; see common.asking
    asks_questions: bool = False  # there are questions, though this catalogue may not say which
    attention: bool = False
    offline: OfflinePolicy | None = None  # None: the point's


@dataclass(frozen=True, slots=True)
class PointRules:
    """All that the decision needs of one redemption point."""

    point: PointNo
    kind: PointKind
    area: AreaNo
    serves: tuple[ProductNo, ...]  # in order of preference
    lanes: tuple[LaneKind, ...] = (LaneKind.WALKING,)
    lets_out: bool = False
    lets_in: bool = True
    windows: tuple[Window, ...] = ()
    offline: OfflinePolicy = OfflinePolicy.ACCEPT
    view_age_minutes_max: int | None = None  # an older view falls under `offline` too; None: any age
    confirm: ConfirmMode = ConfirmMode.AUTO
    may_override_unpaid: bool = False
    unattended: bool = False


@dataclass(frozen=True, slots=True)
class DayRule:
    """The event's zone and border hour, from which event days follow."""

    zone: str  # IANA name
    border_minute: int = 300  # minutes after local midnight; 05:00
