"""A station and an enrolment of ours for screen tests: real values, no disk, no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from common.decision import Choice, Direction, EarlierUse, Fault, FaultCode, Hint, Outcome, Reason, Request, Verdict
from common.enrolment import Enrolment
from common.errors import UserFacing
from common.facts import Standing, UseFact, UseKind
from common.ids import (
    AreaNo,
    DeviceId,
    Digest,
    EventDay,
    Identity,
    PointNo,
    ProductNo,
    Ref,
    RunId,
    TicketId,
)
from common.rules import LaneKind, PointKind
from kiosk.input.events import Scanned
from kiosk.shown import (
    Answer,
    DeviceShown,
    EnrolmentOffer,
    FirstUse,
    Holder,
    Names,
    OfferedChoice,
    PointShown,
    Shown,
    StatusShown,
    SyncShown,
    Undone,
)
from kiosk.ui.ports import StationPort

NOW_MS = 1_846_500_300_000  # 2028-07-06 19:25 UTC
REF = Ref(Identity(DeviceId(b"d" * 16), RunId(b"r" * 8), 7), Digest(b"x" * 16))

EVENT: Names = {
    "cs": "Výroční sraz Praha",
    "en": "Anniversary Rally Prague",
    "de": "Jubiläumstreffen Prag",
    "fr": "Rassemblement anniversaire de Prague",
    "it": "Raduno dell’anniversario di Praga",
    "pl": "Zlot jubileuszowy w Pradze",
}
GATE: Names = {
    "cs": "Severní brána Výstaviště",
    "en": "North Gate, Exhibition Grounds",
    "de": "Nordtor am Messegelände",
    "fr": "Porte nord du parc des expositions",
    "it": "Ingresso nord della fiera",
    "pl": "Brama północna terenów wystawowych",
}
STAND: Names = {
    "cs": "Stánek s tričky u hlavního pódia",
    "en": "T-shirt stand at the main stage",
    "de": "T-Shirt-Stand an der Hauptbühne",
    "fr": "Stand de tee-shirts de la grande scène",
    "it": "Stand magliette al palco principale",
    "pl": "Stoisko z koszulkami przy scenie głównej",
}
TICKET: Names = {
    "cs": "Čtyřdenní vstupenka s motocyklem",
    "en": "Four-day ticket with motorcycle",
    "de": "Viertagesticket mit Motorrad",
    "fr": "Billet quatre jours avec moto",
    "it": "Biglietto di quattro giorni con moto",
    "pl": "Bilet czterodniowy z motocyklem",
}
SHIRT: Names = {
    "cs": "Pánské tričko s výročním potiskem, velikost XL",
    "en": "Men’s T-shirt with anniversary print, size XL",
    "de": "Herren-T-Shirt mit Jubiläumsdruck, Größe XL",
    "fr": "Tee-shirt homme imprimé anniversaire, taille XL",
    "it": "Maglietta da uomo con stampa dell’anniversario, taglia XL",
    "pl": "Koszulka męska z nadrukiem jubileuszowym, rozmiar XL",
}
LUNCH: Names = {
    "cs": "Motorkářský oběd",
    "en": "Biker’s lunch",
    "de": "Biker-Mittagessen",
    "fr": "Déjeuner du motard",
    "it": "Pranzo del motociclista",
    "pl": "Obiad motocyklisty",
}
AGE_CHECK: Names = {
    "cs": "Zkontrolujte věk",
    "en": "Check age",
    "de": "Alter prüfen",
    "fr": "Vérifiez l’âge",
    "it": "Controllare l’età",
    "pl": "Sprawdź wiek",
}


def use() -> UseFact:
    """One earlier use of a ticket."""
    return UseFact(
        REF,
        TicketId(b"t" * 8),
        UseKind.REDEEM,
        0,
        ProductNo(1),
        1,
        PointNo(1),
        AreaNo(1),
        EventDay(21371),
        NOW_MS,
        (),
        Standing.PROVEN,
    )


def offers(count: int = 3) -> tuple[OfferedChoice, ...]:
    """What can be chosen at a stand."""
    names = (SHIRT, LUNCH, TICKET)
    return tuple(OfferedChoice(Choice(ProductNo(i + 1), left=i + 1), names[i % 3]) for i in range(count))


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
        holder=Holder("Jana Nováková"),
        entry=REF,
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
    "supervisor": Shown(Verdict(Outcome.ASK, Reason.NEEDS_SUPERVISOR)),
    "used": Shown(
        Verdict(Outcome.REFUSE, Reason.ALREADY_TODAY, earlier=EarlierUse(use(), NOW_MS)),
        TICKET,
        first_use=FirstUse(NOW_MS - 26 * 3600_000, GATE, "brana-sever-07", here=False),
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
    "unpaid": Shown(Verdict(Outcome.ASK, Reason.UNPAID), TICKET, holder=HOLDER),
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
    device = DeviceShown("3fa9c2d17b604e88", "0.1.0", 64, False, 11_400_000_000, 3.2, 18, False, "Zdeňka K.")
    return StatusShown(
        EVENT, "Europe/Prague", ("cs", "en", "de", "fr", "it", "pl"), NOW_MS, point, sync, device, 12_345, 678, 91
    )


class FakeStation:
    """Answers by what the scanned text begins with, a name of `ANSWERS`; anything else is a foreign code."""

    def __init__(self, status: StatusShown | None = None, unseen: tuple[Shown, ...] = ()) -> None:
        self.now = status or status_of()
        self.unseen = unseen
        self.scans: list[tuple[Scanned, Request]] = []
        self.agains: list[Request] = []
        self.undone: list[Ref] = []
        self.seen: list[Ref] = []
        self.exchanges = 0
        self.failure: Exception | None = None
        self.by_text: Callable[[str], str] = lambda text: text.split(":", maxsplit=1)[0]

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """The answer of that name."""
        if self.failure is not None:
            raise self.failure
        self.scans.append((scanned, request))
        return ANSWERS.get(self.by_text(scanned.text), ANSWERS["foreign"])

    def again(self, request: Request) -> Answer:
        """Admits whatever was chosen or confirmed."""
        self.agains.append(request)
        return ANSWERS["admit"]

    def undo(self, entry: Ref) -> Answer:
        """Always possible."""
        self.undone.append(entry)
        return Undone(done=True)

    def was_shown(self, entry: Ref) -> None:
        """Remembered."""
        self.seen.append(entry)

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """As given at the start."""
        return self.unseen

    def status(self) -> StatusShown:
        """Counts what was admitted through `again` and `scan`."""
        return replace(self.now, admitted_today=self.now.admitted_today + len(self.scans))

    def exchange_now(self) -> None:
        """Counted."""
        self.exchanges += 1


class FakeEnrolment:
    """Takes the one-time code GOOD-CODE."""

    def __init__(self, station: StationPort) -> None:
        self.station = station
        self.asked: list[Enrolment] = []
        self.accepted: list[EnrolmentOffer] = []

    def enrol(self, enrolment: Enrolment) -> EnrolmentOffer:
        """An offer, or what to do instead."""
        self.asked.append(enrolment)
        if enrolment.code != "GOOD-CODE":
            raise UserFacing("this one-time code is not known at the server: ask the admin for a new one")
        return EnrolmentOffer(EVENT, "gate-7", bytes(range(32)), must_compare=enrolment.root is None)

    def accept(self, offer: EnrolmentOffer) -> StationPort:
        """The station given at the start."""
        self.accepted.append(offer)
        return self.station
