"""What the station answers and front ends show: values only, in no language, with every name they need.

Both front ends (screen and headless) get these; neither asks the store for anything. Names are given per language code
("cs", "en", ...); times are ms UTC; who shows them picks language and zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from common.decision import Choice, Fault, Reason, Verdict
from common.errors import BadInput
from common.ids import PointNo, ProductNo, Ref, TicketId
from common.rules import LaneKind, PointKind

Names = Mapping[str, str]  # language code -> name; English or any other stands in where one is missing


@dataclass(frozen=True, slots=True)
class VariantShown:
    """So many pieces of a size, colour or departure; `key` names it when another one is handed out."""

    key: str
    names: Names
    quantity: int


@dataclass(frozen=True, slots=True)
class Handing:
    """Which variants go with what is handed out. Rights are per product: nothing of this bears on the verdict."""

    now: tuple[VariantShown, ...]  # nothing: what was bought is not known here
    left: tuple[VariantShown, ...] = ()  # of those bought, after this use
    offers: tuple[VariantShown, ...] = ()  # all there are, with how many are left before this use; none to choose: ()
    noted: bool = False  # a person said that `now` was handed out: no word about what was bought
    either: tuple[VariantShown, ...] = ()  # some of these are left, and nobody noted which; `now` is empty then


@dataclass(frozen=True, slots=True)
class FamilyShown:
    """Of the `size` tickets that were bought together, so many were let in by this kiosk today."""

    admitted: int
    size: int


@dataclass(frozen=True, slots=True)
class OfferedChoice:
    """A product that can be redeemed here, with its names and the digest of its picture (None: no picture)."""

    choice: Choice
    names: Names
    picture: str | None = None
    hand_out: Names = field(default_factory=dict)  # what to hand out, where the product says it in words of its own
    variants: tuple[VariantShown, ...] = ()  # those left


@dataclass(frozen=True, slots=True)
class Holder:
    """What the pass unsealed of its own holder."""

    name: str
    plate: str | None = None
    attention: str | None = None  # "check age" and the like, in the words of the event
    wants_look: bool = False  # somebody is to look closer at this guest, whether or not they said why


@dataclass(frozen=True, slots=True)
class FirstUse:
    """When, where and by which device it was used before."""

    time_ms: int
    point: Names
    device: str
    here: bool  # by this very device
    ago_ms: int | None = None  # before this answer, by the clock of this device; None: not reckoned


@dataclass(frozen=True, slots=True)
class UsedUp:
    """So many were used, of so many that could be; more than those where two kiosks had not heard of each other."""

    used: int
    most: int


class QuestionKind(StrEnum):
    """How a question is answered; each kind has one way of input on the screen and one form in the answer."""

    TEXT = "text"
    NUMBER = "number"  # digits, a point, a minus: 12.5
    YES_NO = "yes_no"  # yes or no
    CHOICE = "choice"  # one of the values of `options`
    DATE = "date"  # 2028-07-06
    TIME = "time"  # 14:30
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be asked before a use. `key` names the answer in `Request.answers`."""

    key: str
    kind: QuestionKind
    names: Names  # no names: the screen asks in words of its own
    required: bool = True
    options: tuple[tuple[str, Names], ...] = ()  # (value, what is read) of a choice
    several: bool = False  # several of the options may be taken: their values joined by commas
    characters_max: int | None = None  # of a text
    least: int | None = None  # of a number, both included
    most: int | None = None
    fault: str | None = None  # what was wrong with the answer just given (common.questions.AnswerFault)


@dataclass(frozen=True, slots=True)
class AnswerShown:
    """What was answered at the purchase: `options` of a choice (value, what is read), else `answer` as it travels."""

    question: str  # its key
    names: Names  # what the answer is called
    kind: QuestionKind
    answer: str
    options: tuple[tuple[str, Names], ...] = ()
    units: int = 1  # of how many pieces


@dataclass(frozen=True, slots=True)
class Shown:
    """The answer to one scan. `verdict` decides what it looks like; the rest is what to say with it."""

    verdict: Verdict | Fault
    product: Names | None = None  # what is admitted or handed out, or was asked for
    ticket: Names | None = None  # the ticket product of the pass
    choices: tuple[OfferedChoice, ...] = ()
    left: int | None = None  # of `product` after this use; None: no limit or nothing to count
    more: int = 0  # of `product` that the next scan could hand out at once; 0 too where nothing is counted
    holder: Holder | None = None
    first_use: FirstUse | None = None
    used_up: UsedUp | None = None  # of `product`, where nothing is left of several
    points: tuple[Names, ...] = ()  # where instead, for wrong_point
    hand_out: Names = field(default_factory=dict)
    picture: str | None = None
    attention: Names = field(default_factory=dict)  # the product's attention line ("check age")
    entry: Ref | None = None  # the entry just written; what an undo names
    from_before: bool = False  # committed before a crash and shown only now
    questions: tuple[Question, ...] = ()  # what is to be answered, where the reason is `questions`
    kept: tuple[AnswerShown, ...] = ()  # what was answered about `product` when it was bought
    info: bool = False  # only to know: nothing was written, whatever the verdict says
    handing: Handing | None = None  # where the product has sizes, colours or departures
    family: FamilyShown | None = None  # whoever came in was bought a ticket together with others
    is_last: bool = False  # the last use, looked at once more; `first_use` says when and where it was
    code_end: str = ""  # the last characters of its code, where no name is known; of the last use in any case
    practice: PointKind | None = None  # of a sample pass, tried at a point of this kind: nobody is admitted


@dataclass(frozen=True, slots=True)
class OperatorTaken:
    """A staff badge was scanned: from now on entries name this operator."""

    name: str
    roles: tuple[str, ...]
    pin_good: bool = False  # the PIN was entered: overrides are allowed
    before: str = ""  # whose shift this one took over just now; nobody else's name is put to entries any more
    brings_rights: bool = False  # just came, and may do what whoever was here before may not


class PinTrouble(StrEnum):
    """Why a PIN was not taken."""

    NO_BADGE = "no_badge"
    UNKNOWN_BADGE = "unknown_badge"
    WRONG = "wrong"
    RESTING = "resting"


@dataclass(frozen=True, slots=True)
class PinRefused:
    """The PIN was not taken: how often it may be tried before the badge must rest, and how long it rests."""

    why: PinTrouble
    tries_left: int
    wait_s: int
    what: str  # the same in plain English


class BadgeTrouble(StrEnum):
    """Why a badge was not taken."""

    EXPIRED = "expired"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class BadgeRefused:
    """A staff badge was scanned that is no longer good; who was at the kiosk stays."""

    name: str
    why: BadgeTrouble
    what: str  # plain English


@dataclass(frozen=True, slots=True)
class Locked:
    """The kiosk is locked and did nothing; a staff badge unlocks it."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The use that was taken back."""

    time_ms: int
    product: Names
    quantity: int
    code_end: str = ""  # the last characters of its code, where it was read here just now
    holder: str = ""  # where a front end has just unsealed it


class UndoTrouble(StrEnum):
    """Why a use was not taken back."""

    NOT_HERE = "not_here"  # another device wrote it, or it is no use at all
    ANOTHERS = "anothers"  # another operator wrote it, or nobody had signed in then or has now
    NOT_LAST = "not_last"  # older than the time for it, or others came after it
    TOO_OFTEN = "too_often"  # of this ticket


@dataclass(frozen=True, slots=True)
class Undone:
    """A use was taken back (`done`), or could not be: `trouble`, and why in plain English for the log."""

    done: bool
    why_not: str = ""
    trouble: UndoTrouble | None = None
    use: TakenBack | None = field(default=None, compare=False)  # what for people to be told besides


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


class FindTrouble(StrEnum):
    """Why nothing could be looked up."""

    NO_DATA = "no_data"
    NO_BADGE = "no_badge"
    TOO_SHORT = "too_short"
    NO_LIST = "no_list"
    NO_RIGHT = "no_right"
    NOT_YET = "not_yet"  # its role may, but the list was made before the badge


class CannotFind(BadInput):
    """Nothing was looked up; `why` for a screen, the message in plain English."""

    def __init__(self, why: FindTrouble, what: str) -> None:
        super().__init__(what)
        self.why = why


@dataclass(frozen=True, slots=True)
class GateBusy:
    """Nothing was decided: the turnstile is still open for the guest before."""


@dataclass(frozen=True, slots=True)
class BackInService:
    """A supervisor's badge was scanned at an entrance that was out of order: it works again."""

    name: str


@dataclass(frozen=True, slots=True)
class RealInPractice:
    """No sample pass, while the kiosk practises: it was not looked at, and nobody is admitted."""


class GateOutcome(StrEnum):
    """What became of an admission at a turnstile."""

    PASSED = "passed"
    NOBODY = "nobody"
    UNTOLD = "untold"  # opened, and it cannot tell
    FAILED = "failed"  # did not open: out of order until staff has looked


@dataclass(frozen=True, slots=True)
class GateNews:
    """The turnstile's part of an admission is over. `annulled`: the entry was taken back, so the pass is as before."""

    entry: Ref
    outcome: GateOutcome
    annulled: bool = False
    what: str = ""  # plain English, for the log


Answer = Shown | OperatorTaken | BadgeRefused | PinRefused | Locked | Undone | GateBusy | BackInService | RealInPractice


class NamesHere(StrEnum):
    """Whether people can be looked up at this point by name, plate or order."""

    READY = "ready"
    ELSEWHERE = "elsewhere"  # this point does not do that
    COMING = "coming"  # the snapshot has a list of names, which is not here yet
    LATER = "later"  # the snapshot was built without one: the next one brings it


@dataclass(frozen=True, slots=True)
class PointShown:
    """The point this kiosk stands at."""

    names: Names
    kind: PointKind
    lanes: tuple[LaneKind, ...]
    lets_in: bool
    lets_out: bool
    unattended: bool = False
    names_here: NamesHere = NamesHere.READY
    found_at: tuple[Names, ...] = ()  # the nearest points that look people up, where this one cannot
    may_override_unpaid: bool = False  # whoever has badge and PIN may, not supervisors alone


@dataclass(frozen=True, slots=True)
class PlaceShown:
    """A point this kiosk could stand at; `here`: it does."""

    point: PointNo
    names: Names
    kind: PointKind
    here: bool


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
    why: str = ""  # of it, by the name of `sync.errors.SyncWhy`, where there is one
    lan_whys: tuple[str, ...] = ()  # of it too, by the names of `sync.errors.LanWhy`
    refused: int = 0  # entries the server would not take so far: kept, and tried again
    peers: int = 0  # kiosks of the LAN that answered last time
    refused_why: str = ""  # of the refused entries, the server's commonest reason
    failures: int = 0  # exchanges with the server that did not work, since the start
    unlisted: int = 0  # tickets sold or changed since the list: names, plates and sizes come with the next


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
    roles: tuple[str, ...] = ()
    pin_good: bool = False
    locked: bool = False


@dataclass(frozen=True, slots=True)
class DamageShown:
    """The journal was damaged once. `is_open`: uses may be missing still, so every guest is asked about.

    What is `missing` while it is no more open was given up: nobody waits for it, and it is lost. `is_end_unknown`: it
    was given up before anybody knew whether more was lost behind the last entry that was saved.
    """

    found_ms: int
    saved: int
    missing: int  # as far as is known
    is_open: bool
    is_end_unknown: bool = False


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
    let_out_today: int = 0
    last_minute: int = 0  # admitted or handed out within the last 60 s
    unread: int = 0  # messages of the control room nobody has opened here
    message: str = ""  # the newest of them
    tells_conflicts: bool = False  # it does
    practice: bool = False  # sample passes only, nobody is admitted
    can_undo: bool = False  # there is a last use, and whoever wrote it may take it back
    damage: DamageShown | None = None  # what became of a journal that was damaged
    inside: int | None = None  # the area, as far as is known here; None: not counted yet, or people only come or go
    check_due: bool = False  # the check before doors was not done well today, and nobody was served yet


class Written(StrEnum):
    """What an own entry was."""

    ADMITTED = "admitted"
    HANDED_OUT = "handed_out"
    LET_OUT = "let_out"
    OVERRIDDEN = "overridden"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    NOTED = "noted"
    CHANGED = "changed"  # another variant of what was handed out


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One own entry. `undone`: it was taken back later; `can_undo`: it is the last use and young enough."""

    time_ms: int
    written: Written
    product: Names
    quantity: int
    reason: Reason | None
    entry: Ref
    undone: bool = False
    can_undo: bool = False
    refused: str = ""  # why the server would not take it so far, in its own word
    variants: tuple[VariantShown, ...] = ()  # of what was handed out, as it was told last
    until_ms: int | None = None  # of refusals: when the last of so many was
    code_end: str = ""  # the last characters of its code, where it was read here since the screen was locked


@dataclass(frozen=True, slots=True)
class ConflictShown:
    """A conflict that a message tells of. `kind`: a `ConflictKind` by name, or a word of a later version."""

    kind: str
    product: Names
    uses: tuple[tuple[int, Names], ...]  # when and at which point
    code_end: str = ""  # the last characters of its code, where it was read here since the screen was locked


@dataclass(frozen=True, slots=True)
class MessageShown:
    """A text from the control room to this point or to all. With `conflicts`, a screen words those and not the text."""

    key: str  # names it when it is marked as read
    time_ms: int
    text: str
    to_all: bool
    read: bool
    conflicts: tuple[ConflictShown, ...] = ()
    more: int = 0  # conflicts besides


@dataclass(frozen=True, slots=True)
class EnrolmentOffer:
    """The server answered an enrolment; for a typed one a person compares the thumbprint before `accept`."""

    event: Names
    device: str
    thumbprint: bytes  # 32 bytes of the event's root key
    must_compare: bool
