"""What a case is about, as a story: plain records that the naive evaluator reads and that the worlds act out."""

from __future__ import annotations

from dataclasses import dataclass, field

from common.decision import Request
from common.rules import DayRule, PointRules, ProductRules


@dataclass
class Use:
    """Something was used, or someone went out; `said` is what became of it later."""

    kind: str  # redeem, exit, override
    product: int
    quantity: int
    point: int
    area: int
    day: int
    time_ms: int
    device: str  # a, b, or r: the one that is revoked
    generation: int
    proof: str  # good, bad, none
    late: bool  # after the snapshot
    sees: bool = False  # its device had heard of the use before it
    void: bool = False  # its own device took it back
    error: bool = False  # the server ruled that it never was
    allowed: bool = False  # the server allowed it though it lies past the cut
    ruled_proven: bool = False
    accepted: bool = False  # it counted, and had shown its proof, when a new code was made


@dataclass
class Ticket:
    """A ticket and all that happened to it, in order of time."""

    id: bytes
    product: int
    items: dict[int, int]
    paid: bool = True
    heard: bool = True  # there is an issue statement
    issued_ms: int = 0
    grants: list[tuple[int, int, int]] = field(default_factory=list)  # time, product, quantity
    takings: list[tuple[int, int, int]] = field(default_factory=list)  # time, product, quantity taken away
    cancelled: bool = False
    blocked: bool = False
    generations: list[int] = field(default_factory=lambda: [0])
    uses: list[Use] = field(default_factory=list)
    kept: dict[int, dict[str, str]] = field(default_factory=dict)  # product -> question -> answer of the purchase


@dataclass
class Pass:
    """What is shown: `what` is pass, code, or a kind of rubbish; found: nothing, somebody looked the ticket up."""

    what: str  # pass, code, found, garbage, unknown_key, bad_signature, wrong_event, test_pass, strange_code
    generation: int = 0
    signed_ms: int = 0
    from_ms: int | None = None
    until_ms: int = 0
    product: int = 0
    items: dict[int, int] = field(default_factory=dict)
    withdrawn: bool = False  # signed with a key that was withdrawn
    typed: bool = False  # by hand


@dataclass
class Case:
    """One scan at a point at a time."""

    ticket: Ticket
    shown: Pass
    point: int
    now_ms: int
    request: Request
    role: str  # of who is there with badge and PIN: "", hostess, supervisor


@dataclass
class Redated:
    """A device's clock was wrong until the snapshot: what it wrote until then happened so many seconds later."""

    seconds: int
    late: bool  # said after the snapshot


@dataclass
class Event:
    """The rules of an event, when its snapshot was built, and whose clock was wrong."""

    days: DayRule
    products: dict[int, ProductRules]
    points: dict[int, PointRules]
    built_ms: int
    redated: dict[str, Redated] = field(default_factory=dict)  # by device
