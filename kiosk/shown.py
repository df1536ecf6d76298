"""What the station answers and front ends show: values only, in no language, with every name they need.

Both front ends (screen and headless) get these; neither asks the store for anything. Names are given per language code
("cs", "en", ...); times are ms UTC; who shows them picks language and zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.decision import Choice, Fault, Verdict
from common.ids import ProductNo, Ref, TicketId
from common.rules import LaneKind, PointKind

Names = Mapping[str, str]  # language code -> name; English or any other stands in where one is missing


@dataclass(frozen=True, slots=True)
class OfferedChoice:
    """A product that can be redeemed here, with its names and the digest of its picture (None: no picture)."""

    choice: Choice
    names: Names
    picture: str | None = None
    hand_out: Names = field(default_factory=dict)  # what to hand out, where the product says it in words of its own


@dataclass(frozen=True, slots=True)
class Holder:
    """What the pass unsealed of its own holder."""

    name: str
    plate: str | None = None
    attention: str | None = None  # "check age" and the like, in the words of the event


@dataclass(frozen=True, slots=True)
class FirstUse:
    """When, where and by which device it was used before."""

    time_ms: int
    point: Names
    device: str
    here: bool  # by this very device


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer to one scan. `verdict` decides what it looks like; the rest is what to say with it."""

    verdict: Verdict | Fault
    product: Names | None = None  # what is admitted or handed out, or was asked for
    ticket: Names | None = None  # the ticket product of the pass
    choices: tuple[OfferedChoice, ...] = ()
    left: int | None = None  # of `product` after this use; None: no limit or nothing to count
    holder: Holder | None = None
    first_use: FirstUse | None = None
    points: tuple[Names, ...] = ()  # where instead, for wrong_point
    hand_out: Names = field(default_factory=dict)
    picture: str | None = None
    attention: Names = field(default_factory=dict)  # the product's attention line ("check age")
    entry: Ref | None = None  # the entry just written; what an undo names
    from_before: bool = False  # committed before a crash and shown only now


@dataclass(frozen=True, slots=True)
class OperatorTaken:
    """A staff badge was scanned: from now on entries name this operator."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undone:
    """The last entry was taken back (`done`), or could not be, and why in plain English for the log."""

    done: bool
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class FoundItem:
    """An item a found ticket gives a right to, and how many were handed out already."""

    product: ProductNo
    names: Names
    bought: int
    used: int


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket found by name, plate, order or code. To be shown, never kept."""

    ticket: TicketId
    name: str
    plate: str | None
    order: str | None
    product: Names | None
    items: tuple[FoundItem, ...] = ()
    is_blocked: bool = False
    is_cancelled: bool = False


Answer = Shown | OperatorTaken | Undone


@dataclass(frozen=True, slots=True)
class PointShown:
    """The point this kiosk stands at."""

    names: Names
    kind: PointKind
    lanes: tuple[LaneKind, ...]
    lets_in: bool
    lets_out: bool
    unattended: bool = False


@dataclass(frozen=True, slots=True)
class SyncShown:
    """How this kiosk and the others stand. `connected` is whether the last exchange succeeded."""

    connected: bool
    last_contact_ms: int | None
    pending: int  # own entries no one else is known to have
    server: str
    snapshot_built_ms: int | None
    tickets: int
    learnt: int
    trouble: str = ""  # the last error, plain English, for support


@dataclass(frozen=True, slots=True)
class DeviceShown:
    """The device's own state; None is unknown."""

    device: str
    version: str
    battery_percent: int | None
    charging: bool | None
    storage_free: int | None  # bytes
    commit_ms: float | None  # slowest usual (p99) durable commit
    clock_offset_ms: int | None
    clock_doubtful: bool
    operator: str | None


@dataclass(frozen=True, slots=True)
class StatusShown:
    """All the kiosk says of itself, cheap enough to ask for every second."""

    event: Names
    zone: str
    languages: tuple[str, ...]
    now_ms: int
    point: PointShown | None
    sync: SyncShown
    device: DeviceShown
    admitted_today: int
    handed_out_today: int
    refused_today: int
    fault: Fault | None = None  # what keeps it from admitting at all


@dataclass(frozen=True, slots=True)
class EnrolmentOffer:
    """The server answered an enrolment; for a typed one a person compares the thumbprint before `accept`."""

    event: Names
    device: str
    thumbprint: bytes  # 32 bytes of the event's root key
    must_compare: bool
