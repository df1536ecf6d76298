"""A station and an enrolment of ours for screen tests: real values, no disk, no network."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from common.decision import Choice, Direction, EarlierUse, Fault, FaultCode, Hint, Outcome, Reason, Request, Verdict
from common.enrolment import Enrolment
from common.errors import BadInput
from common.facts import Standing, UseFact, UseKind
from common.ids import AreaNo, BadgeId, DeviceId, Digest, EventDay, Identity, PointNo, ProductNo, Ref, RunId, TicketId
from common.rules import LaneKind, PointKind
from common.ticket_code import CodeFault, parse_code
from common.variants import Pieces
from kiosk.checks_shown import Check
from kiosk.input.events import Scanned
from kiosk.not_done import NotDone, Why
from kiosk.operators import Person
from kiosk.rules_here import RulesShown
from kiosk.shown import (
    Answer,
    BadgeRefused,
    BadgeTrouble,
    CannotFind,
    DeviceShown,
    EnrolmentOffer,
    FindTrouble,
    FirstUse,
    Found,
    GateNews,
    Handing,
    HistoryRow,
    Holder,
    Locked,
    MessageShown,
    Names,
    OfferedChoice,
    OperatorTaken,
    PinRefused,
    PinTrouble,
    PlaceShown,
    PointShown,
    Shown,
    StatusShown,
    SyncShown,
    Undone,
    VariantShown,
    Written,
)
from kiosk.sync.errors import Refused, SyncWhy
from kiosk.ui.ports import StationPort
from kiosk.ui.settings import may_change
from tests.support.drawn_products import LUNCH_PICTURE, SHIRT_PICTURE
from tests.support.fake_checks import checks_at
from tests.support.fake_lists import FOUND, FOUND_BY_CODE, PEOPLE, PLACES
from tests.support.fake_messages import MESSAGES
from tests.support.fake_names import AGE_CHECK, EVENT, GATE, LUNCH, SHIRT, STAND, TICKET, XL
from tests.support.fake_sizes import HANDING, SIZES
from tests.support.sample_questions import QUESTIONS
from tests.support.sample_rules import RULES

NOW_MS = 1_846_500_300_000  # 2028-07-06 19:25 UTC
CHECKS = checks_at(NOW_MS)
TWO_LEFT = Choice(ProductNo(1), 2, reason=Reason.NOTHING_LEFT)
REF = Ref(Identity(DeviceId(b"d" * 16), RunId(b"r" * 8), 7), Digest(b"x" * 16))

PIN = "481516"
CODE_END = "PQRS-T"


def use() -> UseFact:
    """One earlier use of a ticket."""
    ticket, product, point, area, day = TicketId(b"t" * 8), ProductNo(1), PointNo(1), AreaNo(1), EventDay(21371)
    return UseFact(REF, ticket, UseKind.REDEEM, 0, product, 1, point, area, day, NOW_MS, (), Standing.PROVEN)


def offers(count: int = 3) -> tuple[OfferedChoice, ...]:
    """What can be chosen at a stand."""
    names = (SHIRT, LUNCH, TICKET)
    pictures = (SHIRT_PICTURE, LUNCH_PICTURE, None)
    hand_outs: tuple[Names, ...] = (XL, {}, {})
    return tuple(
        OfferedChoice(Choice(ProductNo(i + 1), left=i + 1), names[i % 3], pictures[i % 3], hand_outs[i % 3])
        for i in range(count)
    )


HOLDER = Holder("Bartholoměj Příhoda-Třešňák", "5A8 2317")

# One of each, with the longest texts there are; what the screens show is compared with their boxes.
ANSWERS: dict[str, Shown] = {
    "admit": Shown(Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1), TICKET, entry=REF),
    "admit_holder": Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, flags=(1,)),
        TICKET,
        holder=HOLDER,
        attention=AGE_CHECK,
        entry=REF,
    ),
    "hand_out": Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=2),
        SHIRT,
        left=3,
        more=3,
        holder=Holder("Jana Nováková"),
        entry=REF,
        hand_out=XL,
        picture=SHIRT_PICTURE,
    ),
    "sizes": Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(2), quantity=2),
        SHIRT,
        left=1,
        more=1,
        entry=REF,
        picture=SHIRT_PICTURE,
        handing=HANDING,
    ),
    "let_out": Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, direction=Direction.OUT, flags=(4,)),
        TICKET,
        entry=REF,
    ),
    "override": Shown(
        Verdict(Outcome.ADMIT, Reason.OK, product=ProductNo(1), quantity=1, overridden=Reason.UNPAID, flags=(5, 3)),
        TICKET,
        entry=REF,
        from_before=True,
    ),
    "choose": Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=offers(3), holder=HOLDER),
    "choose_many": Shown(Verdict(Outcome.ASK, Reason.CHOOSE), choices=offers(12)),
    "confirm": Shown(Verdict(Outcome.ASK, Reason.CONFIRM, product=ProductNo(1)), TICKET, holder=HOLDER),
    "party": Shown(
        Verdict(Outcome.ASK, Reason.CONFIRM, (Choice(ProductNo(2), left=4),), product=ProductNo(2), quantity=1),
        LUNCH,
        choices=(OfferedChoice(Choice(ProductNo(2), left=4), LUNCH, LUNCH_PICTURE),),
        holder=HOLDER,
        attention=AGE_CHECK,
        picture=LUNCH_PICTURE,
    ),
    "party_in": Shown(
        Verdict(Outcome.ASK, Reason.CHOOSE, (Choice(ProductNo(1), 4, bought=4),), product=ProductNo(1), quantity=1),
        TICKET,
        choices=(OfferedChoice(Choice(ProductNo(1), 4, bought=4), TICKET),),
        holder=HOLDER,
    ),
    "questions": Shown(
        Verdict(Outcome.ASK, Reason.QUESTIONS, product=ProductNo(1)), TICKET, holder=HOLDER, questions=QUESTIONS
    ),
    "too_many": Shown(
        Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT, (TWO_LEFT,), product=ProductNo(1), quantity=5),
        SHIRT,
        choices=(OfferedChoice(TWO_LEFT, SHIRT, SHIRT_PICTURE),),
        left=2,
        picture=SHIRT_PICTURE,
    ),
    "supervisor": Shown(Verdict(Outcome.ASK, Reason.NEEDS_SUPERVISOR)),
    "used": Shown(
        Verdict(Outcome.REFUSE, Reason.ALREADY_TODAY, earlier=EarlierUse(use(), NOW_MS)),
        TICKET,
        first_use=FirstUse(NOW_MS - 3 * 3600_000, GATE, "brana-sever-07", here=False),
        holder=HOLDER,
    ),
    "used_here": Shown(
        Verdict(Outcome.REFUSE, Reason.NOTHING_LEFT),
        SHIRT,
        first_use=FirstUse(NOW_MS - 600_000, STAND, "k", here=True),
        left=0,
    ),
    "wrong_point": Shown(Verdict(Outcome.REFUSE, Reason.WRONG_POINT), TICKET, points=(STAND, GATE)),
    "too_early": Shown(Verdict(Outcome.REFUSE, Reason.NOT_YET_VALID, hint=Hint(from_ms=NOW_MS + 3 * 86_400_000))),
    "foreign": Shown(Verdict(Outcome.REFUSE, Reason.MALFORMED)),
    "unpaid": Shown(Verdict(Outcome.REFUSE, Reason.UNPAID), TICKET, holder=HOLDER),
    "fault": Shown(Fault(FaultCode.DISK_FULL, "the journal's disk is full: 0 bytes free below the kiosk's folder")),
}


def status_of(*, stand: bool = False, connected: bool = False) -> StatusShown:
    """A kiosk in the middle of a busy day."""
    point = PointShown(
        STAND if stand else GATE,
        PointKind.STAND if stand else PointKind.GATE,
        (LaneKind.WALKING, LaneKind.RIDING),
        lets_in=True,
        lets_out=not stand,
    )
    sync = SyncShown(
        connected,
        NOW_MS - 12 * 60_000,
        0 if connected else 87,
        "https://gates.rally.example.org",
        NOW_MS - 14 * 3600_000,
        300_000,
        4_213,
        "" if connected else "no route to gates.rally.example.org: check the network cable or the mobile modem",
    )
    device = DeviceShown(
        "3fa9c2d17b604e88", "0.1.0", 64, False, 11_400_000_000, 3.2, 18, False, "Zdeňka K.", ("hostess",)
    )
    return StatusShown(
        EVENT,
        "Europe/Prague",
        ("cs", "en", "de", "fr", "it", "pl"),
        NOW_MS,
        point,
        sync,
        device,
        12_345,
        678,
        91,
        None,
        11_204,
        14,
        inside=11_417,
    )


HISTORY = tuple(
    replace(
        HistoryRow(NOW_MS - at * 47_000, written, names, quantity, reason, REF, undone=at == 2, can_undo=at == 0),
        variants=HANDING.now if names is SHIRT else (),
        until_ms=NOW_MS - at * 47_000 + 8_000 if written is Written.REFUSED else None,
        code_end="" if written in {Written.TAKEN_BACK, Written.LET_OUT, Written.CHANGED} else CODE_END,
    )
    for at, (written, names, quantity, reason) in enumerate(
        [
            (Written.HANDED_OUT, SHIRT, 2, None),
            (Written.ADMITTED, TICKET, 1, None),
            (Written.TAKEN_BACK, TICKET, 1, None),
            (Written.REFUSED, {}, 3, Reason.ALREADY_TODAY),
            (Written.OVERRIDDEN, TICKET, 1, Reason.UNPAID),
            (Written.LET_OUT, TICKET, 1, None),
            (Written.CHANGED, SHIRT, 2, None),
        ]
        * 4
    )
)


def at_a_turnstile() -> StatusShown:
    """A gate where nobody stands and nobody is signed in."""
    status = status_of()
    point = None if status.point is None else replace(status.point, unattended=True)
    return replace(status, point=point, device=replace(status.device, operator=None, roles=(), pin_good=False))


def last_of(shown: Shown, point: Names = GATE, holder: Holder | None = None) -> Shown:
    """An admission as it is looked at once more."""
    use = FirstUse(NOW_MS - 47_000, point, "", here=True, ago_ms=47_000)
    return replace(shown, holder=holder, is_last=True, first_use=use)


class FakeStation:
    """Answers by what the scanned text begins with, a name of `ANSWERS`; anything else is a foreign code."""

    def __init__(self, status: StatusShown | None = None, unseen: tuple[Shown, ...] = ()) -> None:
        self.now = status or status_of()
        self.unseen = unseen
        self.scans: list[tuple[Scanned, Request]] = []
        self.agains: list[Request] = []
        self.again_answers: deque[str] = deque()  # to the next requests of the same guest; then "admit"
        self.undone: list[Ref] = []
        self.seen: list[Ref] = []
        self.exchanges = 0
        self.pictures: dict[str, Path] = {}
        self.read: list[str] = []
        self.pins: list[str] = []
        self.wrong_pins = 0
        self.failure: Exception | None = None
        self.searches: list[str] = []
        self.redeemed: list[tuple[TicketId, Request]] = []
        self.offered: tuple[Found, ...] = ()
        self.found_answer = "admit"
        self.moves: list[PointNo] = []
        self.handed: list[Pieces] = []
        self.forgotten = 0
        self.badge_trouble: BadgeTrouble | None = None
        self.before: tuple[str, tuple[str, ...]] = ("", ())
        self.last: Shown | None = None
        self.list_trouble: FindTrouble | None = None
        self.tell_gate: Callable[[GateNews], None] = lambda _news: None
        self.by_text: Callable[[str], str] = lambda text: text.split(":", maxsplit=1)[0]

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """The answer of that name."""
        if self.failure is not None:
            raise self.failure
        if scanned.text.startswith("badge:"):
            return self._take_badge(scanned.text.removeprefix("badge:"))
        if self.now.device.locked:
            return Locked()
        self.scans.append((scanned, request))
        answer = ANSWERS.get(self.by_text(scanned.text), ANSWERS["foreign"])
        if request.info:
            return replace(answer, info=True, entry=None)
        if answer.entry is not None and not self.now.practice:
            self.last = replace(last_of(answer), code_end=CODE_END)
        return answer

    def again(self, request: Request) -> Answer:
        """Admits whatever was chosen or confirmed; a ticket found by name only with badge and PIN."""
        if self.redeemed and not self.now.device.pin_good:
            raise BadInput("without its code a ticket needs a badge and its PIN")
        self.agains.append(request)
        return ANSWERS[self.again_answers.popleft() if self.again_answers else "admit"]

    def enter_pin(self, pin: str) -> Answer:
        """Takes PIN; five wrong ones make the badge rest for four minutes."""
        self.pins.append(pin)
        device = self.now.device
        if device.operator is None:
            return PinRefused(PinTrouble.NO_BADGE, 5, 0, "no badge was scanned")
        if pin == PIN:
            self._be(replace(device, pin_good=True))
            return OperatorTaken(device.operator, device.roles, pin_good=True)
        self.wrong_pins += 1
        if self.wrong_pins >= 5:
            return PinRefused(PinTrouble.RESTING, 0, 240, "the badge rests")
        return PinRefused(PinTrouble.WRONG, 5 - self.wrong_pins, 0, "the PIN is wrong")

    def shift(self) -> tuple[Person, ...]:
        """Three people."""
        return PEOPLE

    def switch(self, badge: BadgeId, pin: str) -> Answer:
        """Takes PIN; nothing is unsealed by it."""
        person = next(one for one in PEOPLE if one.badge == badge)
        if pin != PIN:
            return PinRefused(PinTrouble.WRONG, 4, 0, "the PIN is wrong")
        gone = self.now.device
        self.before = (gone.operator or "", gone.roles)
        self._be(replace(gone, operator=person.name, roles=person.roles, pin_good=False))
        return OperatorTaken(person.name, person.roles, before=gone.operator or "")

    def find(self, text: str) -> tuple[Found, ...]:
        """Everybody whose name holds the text; codes without a badge, names only with badge and PIN."""
        self.searches.append(text)
        if not isinstance(parse_code(text), CodeFault):
            return FOUND_BY_CODE
        if not self.now.device.pin_good:
            raise CannotFind(FindTrouble.NO_BADGE, "scan a badge")
        if self.list_trouble is not None:
            raise CannotFind(self.list_trouble, "nothing here")
        self.offered = tuple(one for one in FOUND if text.lower() in one.name.lower())
        return self.offered

    def names_trouble(self) -> FindTrouble | None:
        """As a test has set it."""
        return None if self.list_trouble is FindTrouble.TOO_SHORT else self.list_trouble

    def redeem_found(self, ticket: TicketId, request: Request) -> Answer:
        """Answers for what was offered."""
        if not self.now.device.pin_good or ticket not in {one.ticket for one in self.offered}:
            raise BadInput("without its code a ticket needs a badge and its PIN")
        self.redeemed.append((ticket, request))
        answer = ANSWERS[self.found_answer]
        return replace(answer, info=request.info, entry=None if request.info or answer.entry is None else REF)

    def forget_found(self) -> None:
        """Counted."""
        self.forgotten += 1
        self.offered = ()

    def give_back(self) -> str:
        """Who was here before the badge that came last."""
        name, roles = self.before
        self.before = ("", ())
        self._be(replace(self.now.device, operator=name or None, roles=roles, pin_good=False))
        return name

    def sign_out(self) -> None:
        """Nobody is here."""
        self._be(replace(self.now.device, operator=None, roles=(), pin_good=False))

    def lock(self) -> None:
        """Nobody is here, and only badges are taken."""
        self._be(replace(self.now.device, operator=None, roles=(), pin_good=False, locked=True))

    def places(self) -> tuple[PlaceShown, ...]:
        """A gate, a stand and the longest names of a real event."""
        return PLACES

    def move_to(self, point: PointNo) -> None:
        """Remembered; a hostess may not."""
        if not may_change(self.now.device):
            raise NotDone("a kiosk is moved by a supervisor", Why.SUPERVISOR)
        self.moves.append(point)

    def accept_losses(self) -> None:
        """As if the journal had never been damaged."""
        self.now = replace(self.now, damage=None)

    def hand_out(self, entry: Ref, given: Pieces) -> Handing:
        """Remembered; there is no M any more."""
        if "m" in dict(given):
            raise NotDone("name each piece once", Why.NO_VARIANTS)
        self.handed.append(given)
        names = {one.key: one.names for one in SIZES}
        return replace(HANDING, now=tuple(VariantShown(key, names[key], n) for key, n in given), noted=True)

    def history(self) -> tuple[HistoryRow, ...]:
        """A busy hour."""
        return HISTORY

    def messages(self) -> tuple[MessageShown, ...]:
        """A long one and a short one."""
        return tuple(replace(one, read=one.read or one.key in self.read) for one in MESSAGES)

    def mark_read(self, key: str) -> None:
        """Remembered."""
        self.read.append(key)

    def preflight(self) -> tuple[Check, ...]:
        """A kiosk nobody should open doors with."""
        return CHECKS

    def rules(self) -> RulesShown:
        """Nearly everything there is to say."""
        return RULES

    def picture(self, digest: str) -> Path | None:
        """Where the test put it."""
        return self.pictures.get(digest)

    def _take_badge(self, name: str) -> Answer:
        if self.badge_trouble:
            return BadgeRefused(name, self.badge_trouble, "")
        role = "supervisor" if name.startswith("Super") else "hostess"
        gone = self.now.device
        is_other = gone.operator != name
        if is_other:
            self.before = (gone.operator or "", gone.roles)
        self._be(replace(gone, operator=name, roles=(role,), pin_good=False, locked=False))
        return OperatorTaken(name, (role,), brings_rights=is_other and role == "supervisor" and role not in gone.roles)

    def _be(self, device: DeviceShown) -> None:
        self.now = replace(self.now, device=device)

    def undo(self, entry: Ref) -> Answer:
        """Always possible."""
        self.undone.append(entry)
        self.last = None
        return Undone(done=True)

    def last_use(self) -> Shown | None:
        """What it was told to say."""
        return self.last

    def practise(self, *, on: bool) -> None:
        """Said in the status."""
        self.now = replace(self.now, practice=on)

    def watch_gate(self, told: Callable[[GateNews], None]) -> None:
        """Kept, so that a test can tell news."""
        self.tell_gate = told

    def was_shown(self, entry: Ref) -> None:
        """Remembered."""
        self.seen.append(entry)

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """As given at the start."""
        return self.unseen

    def status(self) -> StatusShown:
        """Counts what was admitted through `again` and `scan`."""
        admitted = self.now.admitted_today + len(self.scans)
        return replace(self.now, admitted_today=admitted, can_undo=self.last is not None)

    def exchange_now(self) -> None:
        """Counted."""
        self.exchanges += 1


class FakeEnrolment:
    """Takes the one-time code GOOD-CODE."""

    def __init__(self, station: StationPort) -> None:
        self.station = station
        self.asked: list[Enrolment] = []
        self.accepted: list[EnrolmentOffer] = []
        self.failure: Exception | None = None

    def enrol(self, enrolment: Enrolment) -> EnrolmentOffer:
        """An offer, or what to do instead."""
        self.asked.append(enrolment)
        if self.failure is not None:
            raise self.failure
        if enrolment.code != "GOOD-CODE":
            raise Refused("the log's", SyncWhy.CODE_UNKNOWN)
        return EnrolmentOffer(EVENT, "gate-7", bytes(range(32)), must_compare=enrolment.root is None)

    def accept(self, offer: EnrolmentOffer) -> StationPort:
        """The station given at the start."""
        self.accepted.append(offer)
        return self.station
