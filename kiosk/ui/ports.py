"""What the screens need of the rest of the kiosk. The station serves `StationPort`; a fake in the tests does too.

Every call may take as long as a disk or a network takes and is made from one worker thread, never from the screen's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from common.decision import Request
from common.enrolment import Enrolment
from common.ids import BadgeId, PointNo, Ref, TicketId
from common.variants import Pieces
from kiosk.checks_shown import Check
from kiosk.input.events import Scanned
from kiosk.operators import Person
from kiosk.rules_here import RulesShown
from kiosk.shown import (
    Answer,
    EnrolmentOffer,
    FindTrouble,
    Found,
    GateNews,
    Handing,
    HistoryRow,
    MessageShown,
    PlaceShown,
    Shown,
    StatusShown,
)


class StationPort(Protocol):
    """The scan and what goes with it."""

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """Decide and, if admitted, commit durably; only then return. Bad codes are verdicts, troubles are faults."""
        ...

    def again(self, request: Request) -> Answer:
        """The last scan with another request: a product chosen, a question confirmed, an override given."""
        ...

    def undo(self, entry: Ref) -> Answer:
        """Take back an entry this device wrote."""
        ...

    def last_use(self) -> Shown | None:
        """The last use, while it may be taken back; None where there is none."""
        ...

    def watch_gate(self, told: Callable[[GateNews], None]) -> None:
        """Tell this of every admission's end at the turnstile, from a thread of its own; never, where there is none."""
        ...

    def practise(self, *, on: bool) -> None:
        """Try sample passes and admit nobody, or end that."""
        ...

    def was_shown(self, entry: Ref) -> None:
        """A person has seen the answer of this entry; after a crash it need not be shown again."""
        ...

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """Answers committed before a crash that nobody saw, oldest first."""
        ...

    def status(self) -> StatusShown:
        """Everything the kiosk says of itself; takes a few milliseconds at most."""
        ...

    def enter_pin(self, pin: str) -> Answer:
        """Check the PIN of the badge scanned last; takes half a second."""
        ...

    def shift(self) -> tuple[Person, ...]:
        """Who was here with badge and PIN this shift and may come back by PIN alone."""
        ...

    def switch(self, badge: BadgeId, pin: str) -> Answer:
        """Someone of this shift is back; takes half a second."""
        ...

    def find(self, text: str) -> tuple[Found, ...]:
        """Tickets by name, plate or order (badge and PIN needed), or by code. Raises CannotFind."""
        ...

    def names_trouble(self) -> FindTrouble | None:
        """What keeps names from being looked up, before any is typed; None where nothing does."""
        ...

    def redeem_found(self, ticket: TicketId, request: Request) -> Answer:
        """Use a ticket the last search found. Raises BadInput where badge and PIN are not there any more."""
        ...

    def forget_found(self) -> None:
        """Nobody looks at what was found any more: it leaves memory."""
        ...

    def give_back(self) -> str:
        """Whoever came with a badge for one thing goes; the name of who is here again, "" for nobody."""
        ...

    def sign_out(self) -> None:
        """Nobody is at the kiosk; it goes on scanning."""
        ...

    def lock(self) -> None:
        """The operator leaves; nothing is done until a staff badge is scanned."""
        ...

    def hand_out(self, entry: Ref, given: Pieces) -> Handing:
        """Other variants were handed out by a use just shown. Raises BadInput."""
        ...

    def places(self) -> tuple[PlaceShown, ...]:
        """Every point this kiosk could stand at."""
        ...

    def move_to(self, point: PointNo) -> None:
        """Stand there from now on. Raises BadInput where a supervisor's badge and PIN are not there any more."""
        ...

    def accept_losses(self) -> None:
        """Ask about guests no more, though uses are lost. Raises BadInput without a supervisor's badge and PIN."""
        ...

    def history(self) -> tuple[HistoryRow, ...]:
        """The last own entries, newest first."""
        ...

    def messages(self) -> tuple[MessageShown, ...]:
        """What the control room said to this point or to all, newest first."""
        ...

    def mark_read(self, key: str) -> None:
        """A person has read this message."""
        ...

    def preflight(self) -> tuple[Check, ...]:
        """The check before doors; takes up to two seconds."""
        ...

    def rules(self) -> RulesShown:
        """The rules that hold where this kiosk stands."""
        ...

    def picture(self, digest: str) -> Path | None:
        """Where the picture with this digest lies; None while it has not come. May be asked from any thread."""
        ...

    def exchange_now(self) -> None:
        """Ask for an exchange at once; returns before it is done."""
        ...


class EnrolPort(Protocol):
    """Joining an event."""

    def enrol(self, enrolment: Enrolment) -> EnrolmentOffer:
        """Ask the server; raises UserFacing with what to do if it cannot be reached or refuses."""
        ...

    def accept(self, offer: EnrolmentOffer) -> StationPort:
        """Keep what was offered, take the snapshot, and return the station that stands at its point."""
        ...
