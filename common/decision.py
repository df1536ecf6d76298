"""The words of a decision: what is asked, and what is answered. `common.decide` does the deciding."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from common.bodies import HandedLine
from common.conflict_kinds import ConflictKind
from common.facts import UseFact
from common.ids import AreaNo, BadgeId, CodeHash, Digest, EventDay, EventUid, PointNo, ProductNo, Ref, TicketId
from common.kept_answers import KeptAnswer
from common.questions import OpenQuestion
from common.rules import DayRule, LaneKind, PointRules, ProductRules


class Outcome(StrEnum):
    """ADMIT: let in or hand out. ASK: a person must choose or confirm. REFUSE: no, and why."""

    ADMIT = "admit"
    ASK = "ask"
    REFUSE = "refuse"


class Reason(StrEnum):
    """One cause each; names once published are never reused. The order is the order of checks."""

    OK = "ok"
    MALFORMED = "malformed"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"
    WRONG_EVENT = "wrong_event"
    TEST_PASS = "test_pass"
    UNKNOWN_TICKET = "unknown_ticket"
    REVOKED = "revoked"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"
    BLOCKED = "blocked"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    HISTORY_INCOMPLETE = "history_incomplete"  # the offline policy asks or refuses
    NOT_BOUGHT = "not_bought"
    WRONG_POINT = "wrong_point"
    WRONG_LANE = "wrong_lane"
    WRONG_DAY = "wrong_day"
    WRONG_TIME = "wrong_time"
    NO_EXIT_HERE = "no_exit_here"
    NOTHING_LEFT = "nothing_left"
    ALREADY_TODAY = "already_today"
    LIMIT_TODAY = "limit_today"
    DAYS_USED_UP = "days_used_up"
    ALREADY_INSIDE = "already_inside"
    TOO_SOON = "too_soon"
    AFTER_FIRST_USE_WINDOW = "after_first_use_window"
    RULE_UNEVALUABLE = "rule_unevaluable"
    UNPAID = "unpaid"
    PROOF_MISSING = "proof_missing"
    QUESTIONS = "questions"
    CONFIRM = "confirm"
    CHOOSE = "choose"
    NEEDS_SUPERVISOR = "needs_supervisor"


class FaultCode(StrEnum):
    """The device's own trouble; never looks like a bad ticket."""

    JOURNAL_UNWRITABLE = "journal_unwritable"
    DISK_FULL = "disk_full"
    CLOCK_UNUSABLE = "clock_unusable"
    NO_SNAPSHOT = "no_snapshot"
    NO_POINT = "no_point"
    SNAPSHOT_UNREADABLE = "snapshot_unreadable"
    OUT_OF_ORDER = "out_of_order"  # the turnstile did not open; until staff has looked at it
    INTERNAL = "internal"


class Direction(StrEnum):
    """Which way someone passes a gate; IN also stands for handing out."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class VerifiedPass:
    """A pass whose signature holds under a key of this event. Times in seconds since 1970 UTC."""

    event: EventUid
    ticket: TicketId
    code: bytes  # the ticket code, 10 bytes: the secret of the pass
    code_hash: CodeHash
    generation: int
    signed_s: int
    not_before_s: int | None
    expires_s: int
    product: ProductNo
    items: tuple[tuple[ProductNo, int], ...]
    key_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class TypedCode:
    """A ticket code typed in by hand, its check character right; says nothing of what was bought."""

    code: bytes
    code_hash: CodeHash


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket found by name: no code was read, a person with badge and PIN answers for who it is."""

    ticket: TicketId


@dataclass(frozen=True, slots=True)
class NotVerified:
    """Neither pass nor code: one of MALFORMED, UNKNOWN_KEY, BAD_SIGNATURE, WRONG_EVENT, TEST_PASS."""

    reason: Reason


Scan = VerifiedPass | TypedCode | FoundTicket | NotVerified


@dataclass(frozen=True, slots=True)
class TicketView:
    """What was heard of a ticket: the fold of its statements. Absent (None) if it is nowhere in what was heard.

    Statements arrive in any order: a block may be heard before the issue. Then `code_hash` and `product` are None,
    and the ticket counts as not heard of for the offline policy.
    """

    ticket: TicketId
    generation: int
    code_hash: CodeHash | None
    past_codes: tuple[CodeHash, ...]  # of lower generations, and of equal ones that lost
    product: ProductNo | None
    product_ms: int  # time of the statement that gave the product
    items: tuple[
        tuple[ProductNo, int], ...
    ]  # rights after cancellations, by product number; a cancelled one stays as 0
    items_ms: tuple[tuple[ProductNo, int], ...]  # (product, time of the latest statement about it)
    cancelled: bool
    blocked: bool
    paid: bool
    formers: tuple[ProductNo, ...] = ()  # products it was before the one it is, by number

    @property
    def ticket_products(self) -> frozenset[ProductNo]:
        """All products it is or was: a use of any of them admitted its holder."""
        return frozenset(self.formers) if self.product is None else frozenset((self.product, *self.formers))

    @property
    def admitting(self) -> frozenset[ProductNo]:
        """Products whose uses admit; a former ticket product that is an item of it now is none."""
        return self.ticket_products - ({product for product, count in self.items if count} - {self.product})


@dataclass(frozen=True, slots=True)
class Ledger:
    """The uses of one ticket in order. `counted` count; `waiting` lie past a revocation's cut; `struck` never were."""

    counted: tuple[UseFact, ...] = ()
    waiting: tuple[UseFact, ...] = ()
    struck: tuple[UseFact, ...] = ()
    heads: tuple[Ref, ...] = ()  # what the next entry names: uses that no other use here had seen
    lacks_causes: bool = False  # a use here had seen one that is not here; then `heads` are all uses
    redated_ms: tuple[tuple[Digest, int], ...] = ()  # (digest, ms to add) for uses a redate moved
    handed: tuple[tuple[Digest, tuple[HandedLine, ...]], ...] = ()  # (digest of a use, variants it handed out)
    doubles: tuple[Digest, ...] = ()  # proven admissions unaware of an earlier one, which nobody has decided
    # Items of which more was proven used than was heard bought and nobody has decided it, and as what it is listed.
    beyond: tuple[tuple[ProductNo, ConflictKind], ...] = ()
    undecided: tuple[ConflictKind, ...] = ()  # what else a person has yet to decide, by kind


@dataclass(frozen=True, slots=True)
class Request:
    """What the person at the point wants, and what they answered so far."""

    direction: Direction = Direction.IN
    product: ProductNo | None = None  # None: whatever fits
    quantity: int = 1
    lane: LaneKind | None = None
    confirmed: bool = False
    answers: tuple[tuple[str, str], ...] = ()
    kept: tuple[KeptAnswer, ...] = field(default=(), repr=False)  # from the purchase, as the pass unsealed them
    override: Reason | None = None  # the reason a person answers for
    override_why: str = ""
    answered_for: tuple[Reason, ...] = ()  # reasons answered for before this one, of the same guest
    operator: BadgeId | None = None
    operator_roles: tuple[str, ...] = ()
    badge_and_pin: bool = False  # override needs both
    info: bool = False  # only to know: whoever decides writes nothing
    asks_how_many: bool = False  # nobody has said yet how many of a party come or leave: ask, at a gate


@dataclass(frozen=True, slots=True)
class Place:
    """The point and all it needs: its rules, the rules of products, where else products are served."""

    point: PointRules
    products: dict[ProductNo, ProductRules] = field(default_factory=dict)
    areas: dict[PointNo, AreaNo] = field(default_factory=dict)
    served_at: dict[ProductNo, tuple[PointNo, ...]] = field(default_factory=dict)
    days: DayRule = field(default_factory=lambda: DayRule("UTC"))


@dataclass(frozen=True, slots=True)
class Moment:
    """Now, at the point: corrected time in ms UTC and the age of what was heard in ms (None: never heard).

    `lost_own`: the device that decides has lost uses of its own, so that any pass may have been used.
    """

    now_ms: int
    view_age_ms: int | None = 0
    lost_own: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """A product that can be redeemed here. `left` None: no limit. `left_today` None: no daily limit.

    `bought` is for how many it is, `inside` how many of those are in the area; None of who comes in.
    """

    product: ProductNo
    left: int | None
    left_today: int | None = None
    reason: Reason = Reason.OK
    bought: int = 1
    inside: int | None = None

    @property
    def most(self) -> int | None:
        """How many of it can be had now; None where nothing is counted."""
        return min((left for left in (self.left, self.left_today) if left is not None), default=None)

    @property
    def at_once(self) -> int:
        """How many of a party may pass a gate together; nobody is kept in for a number."""
        most = self.most
        return self.bought if self.inside is not None or most is None else min(self.bought, most)

    @property
    def expected(self) -> int:
        """How many of a party there probably are: all who still may come, or all who are inside."""
        return self.at_once if self.inside is None else max(1, self.inside)


@dataclass(frozen=True, slots=True)
class EarlierUse:
    """When, where and by which device it was used before."""

    use: UseFact
    time_ms: int


@dataclass(frozen=True, slots=True)
class Hint:
    """What the visitor can act on: from when, until when, where instead, how many are left today."""

    from_ms: int | None = None
    until_ms: int | None = None
    points: tuple[PointNo, ...] = ()
    left_today: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that failed: why, the use that stands in the way, and what the visitor can act on."""

    reason: Reason
    earlier: EarlierUse | None = None
    hint: Hint = Hint()
    questions: tuple[OpenQuestion, ...] = ()


class Passed(StrEnum):
    """How a check ended."""

    YES = "yes"
    NO = "no"
    ANSWERED_FOR = "answered_for"  # it failed, and a person with badge and PIN answered for it


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it was made, under the reason it would have given. `product` None: of the pass as such."""

    reason: Reason
    passed: Passed
    product: ProductNo | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer. On ADMIT `product`, `quantity`, `area`, `day` are what is to be written."""

    outcome: Outcome
    reason: Reason
    choices: tuple[Choice, ...] = ()
    product: ProductNo | None = None
    quantity: int = 0
    area: AreaNo | None = None
    day: EventDay | None = None
    earlier: EarlierUse | None = None
    hint: Hint = Hint()
    flags: tuple[int, ...] = ()  # bodies.Flag
    marks: tuple[int, ...] = ()  # of the rule that admits; they go into the entry, nobody is shown them
    overridden: Reason | None = None  # set where a person answered for this reason
    direction: Direction = Direction.IN
    questions: tuple[OpenQuestion, ...] = ()  # what to put to the visitor, for QUESTIONS
    undecided: tuple[ConflictKind, ...] = ()  # conflicts of this ticket that wait for a supervisor; bear on nothing

    @property
    def fewer(self) -> int:
        """Of what was refused because more was asked for: how many could be had; 0 where none."""
        refused = (one for one in self.choices if one.product == self.product and one.reason is self.reason)
        return next((one.most or 0 for one in refused if self.outcome is Outcome.REFUSE), 0)


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict with the checks that led to it, in the order in which they were made."""

    verdict: Verdict
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """The station cannot decide; `what` says what and what to do, in plain English for logs."""

    code: FaultCode
    what: str
