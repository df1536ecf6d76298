"""What front ends talk to: an enrolled kiosk with its sync, and joining one. Serves the screen's ports and headless."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from common.badges import Badge
from common.clock import Clock
from common.days import event_day
from common.decide import SUPERVISING
from common.decision import Direction, Fault, FaultCode, Request
from common.errors import BadInput
from common.ids import BadgeId, PointNo, Ref, TicketId
from common.scan_text import ExpiredBadge, read_text
from common.variants import Pieces
from kiosk.checks_shown import Check
from kiosk.control_room import ControlRoom
from kiosk.doors import Doors
from kiosk.history import history
from kiosk.input.events import Scanned
from kiosk.not_done import NotDone, Why
from kiosk.operators import BadgeError, Operators, Person, taken_over
from kiosk.pin_tries import PinError
from kiosk.point_here import places_shown, point_shown
from kiosk.practice.mode import PracticeMode
from kiosk.practice.station import PracticeStation, is_practice
from kiosk.preflight import preflight
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.rules_here import RulesShown, rules_here
from kiosk.shown import (
    Answer,
    BackInService,
    BadgeRefused,
    FindTrouble,
    Found,
    GateNews,
    Handing,
    HistoryRow,
    Locked,
    MessageShown,
    OperatorTaken,
    PinRefused,
    PlaceShown,
    RealInPractice,
    Shown,
    StatusShown,
)
from kiosk.status_parts import device_shown, sync_shown
from kiosk.store.faults import StoreTrouble
from kiosk.store.folder import Folder
from kiosk.store.turnstile_file import forget_turnstile
from kiosk.surroundings import Here
from kiosk.sync.carry import Carried
from kiosk.sync.exchange import Machine
from kiosk.sync.party import read_machine
from kiosk.sync.peer_settings import PeerSettings
from kiosk.sync.peers import make_peers
from kiosk.sync.pictures import picture_path
from kiosk.sync.transport import HttpTransport, Transport
from kiosk.sync.worker import Sync
from kiosk.taking_back import undoable
from kiosk.tally import Counts, Tally
from kiosk.turnstile.made import gatekeeper_of
from kiosk.turnstile.settings import TurnstileSettings

MakeTransport = Callable[[str, Clock], Transport]

# How long a thread may go on before it lets another one in. A scan lets others in at each look-up, ten times or so;
# with Python's 5 ms a screen that is being drawn made it wait 20 ms (median, beside one busy thread), with this 6 ms.
_log = logging.getLogger(__name__)

SWITCH_S: Final = 0.0005


class Front:
    """An open kiosk. Calls may come from any thread."""

    def __init__(
        self,
        kiosk: Kiosk,
        transport: Transport,
        machine: Callable[[], Machine] = read_machine,
        peers: PeerSettings | None = None,
        turnstile: TurnstileSettings | None = None,
    ) -> None:
        self.kiosk, self._machine = kiosk, machine
        self.sync = Sync(kiosk, transport, self._read_machine)
        self.peers = make_peers(kiosk, self.sync, peers or PeerSettings())
        self._tally = Tally(kiosk.stores.journal)
        self._control_room = ControlRoom(kiosk.stores, kiosk.enrolled.event)
        self._doors = Doors(kiosk.stores.learnt)
        self._locked = threading.Event()
        self.practice = PracticeMode(kiosk.clock, self._practice)
        self.gate = gatekeeper_of(kiosk, turnstile) if turnstile is not None and turnstile.is_on else None
        if self.gate is not None:
            self.gate.on_fault = self.sync.exchange_now

    def start(self) -> None:
        """Settle what a turnstile left undone, then exchange in the background until `close`."""
        if self.gate is None:
            forget_turnstile(self.kiosk.folder)
        else:
            self.gate.start()
        self.kiosk.inside.start(self.kiosk.station.give_way)
        self.sync.start()
        self.peers.start()

    def close(self) -> None:
        """Stop sync, write what waits, close the files. May be called twice."""
        if self.gate is not None:
            self.gate.stop()
        self.peers.stop()
        self.sync.stop()
        self.kiosk.close()

    # --- the station ------------------------------------------------------------------------------

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """Decide and, if admitted, commit durably; only then return. While locked only badges are taken."""
        practice = self.practice.use()
        if self._locked.is_set() or self.gate is not None or practice is not None:
            if self._is_badge(scanned.text):
                return self._take_badge(scanned, request)
            if self._locked.is_set():
                return Locked()
        if practice is not None:
            return practice.scan(scanned.text, request)
        return self._at_gate(request, lambda: self.kiosk.station.scan(scanned, request))

    def again(self, request: Request) -> Answer:
        """The last scan with another request."""
        if self._locked.is_set():
            return Locked()
        practice = self.practice.use()
        if practice is not None:
            return practice.again(request)
        return self._at_gate(request, lambda: self.kiosk.station.again(request))

    def undo(self, entry: Ref) -> Answer:
        """Take back an entry this device wrote."""
        practice = self.practice.use()
        if self._locked.is_set():
            return Locked()
        return self.kiosk.station.undo(entry) if practice is None else practice.undo(entry)

    def last_use(self) -> Shown | None:
        """The last use, while it may be taken back, to be looked at once more. Raises StoreTrouble."""
        practice = self.practice.use()
        if self._locked.is_set():
            return None
        return self.kiosk.station.last_use() if practice is None else practice.last_use()

    def annul(self, entry: Ref) -> Answer:
        """Take back the use just written: the turnstile did not turn."""
        practice = self.practice.use()
        if self._locked.is_set():
            return Locked()
        return self.kiosk.station.annul(entry) if practice is None else practice.undo(entry)

    def enter_pin(self, pin: str) -> OperatorTaken | PinRefused | BadgeRefused:
        """Check the PIN of the badge scanned last; a wrong one says how many tries are left. Raises BadInput."""
        return self._come(lambda operators: operators.enter_pin(pin))

    def switch(self, badge: BadgeId, pin: str) -> OperatorTaken | PinRefused | BadgeRefused | Locked:
        """Someone of this shift is back, by PIN alone: named in entries, but nothing is unsealed. Raises BadInput."""
        if self._locked.is_set():
            return Locked()
        answer = self._come(lambda operators: operators.switch(badge, pin))
        if isinstance(answer, OperatorTaken):
            self.kiosk.station.finder.forget()
        return answer

    def shift(self) -> tuple[Person, ...]:
        """Who can come back by PIN alone."""
        return self.kiosk.station.operators.shift()

    def give_back(self) -> str:
        """Whoever came with a badge for one thing goes, and with them what they found; who was here before is again.

        Gives that name, "" for nobody. Raises StoreTrouble.
        """
        self.kiosk.station.finder.forget()
        person = None if self._locked.is_set() else self.kiosk.station.operators.give_back()
        return "" if person is None else person.name

    def sign_out(self) -> None:
        """Nobody is at the kiosk: keys, what was found and the last code leave memory. It goes on scanning."""
        self.kiosk.station.leave()

    def lock(self) -> None:
        """The same, and the kiosk does nothing until a staff badge is scanned."""
        self._locked.set()
        self.practice.stop()
        self.kiosk.station.leave()

    def hand_out(self, entry: Ref, given: Pieces) -> Handing:
        """Other variants were handed out than a use of this kiosk says. Raises BadInput, StoreTrouble."""
        if self._locked.is_set():
            raise NotDone("the kiosk is locked; scan a staff badge, then say what was handed out", Why.LOCKED)
        practice = self.practice.use()
        return self.kiosk.station.hand_out(entry, given) if practice is None else practice.hand_out(entry, given)

    def places(self) -> tuple[PlaceShown, ...]:
        """Every point of the event, in its own order; none before the first snapshot. Raises StoreTrouble."""
        return places_shown(self.kiosk.around.catalogue(), self.kiosk.around.point())

    def move_to(self, point: PointNo) -> None:
        """Stand there from now on: pictures of it are fetched, the server is told. Raises BadInput, StoreTrouble."""
        if self._locked.is_set():
            raise NotDone("the kiosk is locked; scan a staff badge, then move it", Why.LOCKED)
        if self.practice.use() is not None:
            raise NotDone("the kiosk practises, where nothing is written; leave practice, then move it", Why.PRACTISING)
        self.kiosk.station.move_to(point)

    def accept_losses(self) -> None:
        """Go on without what a damage to the journal took. Raises BadInput without a supervisor, StoreTrouble."""
        if self._locked.is_set():
            raise NotDone("the kiosk is locked; scan a staff badge first", Why.LOCKED)
        self.kiosk.station.accept_losses()

    def find(self, text: str) -> tuple[Found, ...]:
        """Tickets by name, plate or order (badge and PIN needed) or by ticket code. Raises BadInput, StoreTrouble."""
        if self._locked.is_set():
            raise BadInput("the kiosk is locked; scan a staff badge, then search")
        if self.practice.use() is not None:
            return ()  # nobody who is real is shown, nor used, by somebody who practises
        return self.kiosk.station.find(text)

    def names_trouble(self) -> FindTrouble | None:
        """What keeps names from being looked up here, before any is typed. Raises StoreTrouble."""
        return None if self.practice.use() is not None else self.kiosk.station.names_trouble()

    def forget_found(self) -> None:
        """What was found leaves memory: nobody looks at it any more."""
        self.kiosk.station.finder.forget()

    def redeem_found(self, ticket: TicketId, request: Request) -> Answer:
        """Use a ticket the last search found, without its code. Raises BadInput without badge and PIN."""
        if self._locked.is_set():
            return Locked()
        if self.practice.use() is not None:
            return RealInPractice()
        return self._at_gate(request, lambda: self.kiosk.station.redeem_found(ticket, request))

    def practise(self, *, on: bool) -> None:
        """Try sample passes and admit nobody, or end that. It ends by itself when nobody has practised for a while."""
        if on:
            self.practice.start()
        else:
            self.practice.stop()

    def usual_direction(self) -> Direction:
        """Out, where people only go out; else in."""
        here = self._here()
        rules = None if isinstance(here, Fault) else here.place.point
        return Direction.OUT if rules is not None and rules.lets_out and not rules.lets_in else Direction.IN

    def watch_gate(self, told: Callable[[GateNews], None]) -> None:
        """Tell this of every admission's end at the turnstile, from a thread of its own; never, where there is none."""
        if self.gate is not None:
            self.gate.watch(told)

    def acknowledge(self) -> bool:
        """Staff has looked at the turnstile: it is in service again. False if it was not out of order."""
        return self.gate is not None and self.gate.acknowledge()

    def was_shown(self, entry: Ref) -> None:
        """A person has seen the answer of this entry."""
        if not is_practice(entry):
            self.kiosk.station.was_shown(entry)

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """Answers committed before a crash that nobody saw, oldest first."""
        return self.kiosk.station.not_shown_yet()

    def exchange_now(self) -> None:
        """Ask for an exchange at once; returns before it is done."""
        self.sync.exchange_now()

    def carry(self, path: Path) -> Carried:
        """Take what a carry file brings and add what it lacks. Raises BadInput, StoreTrouble, SyncError."""
        return self.sync.carry(path)

    def history(self) -> tuple[HistoryRow, ...]:
        """The last own entries, newest first; in practice what was practised. Raises StoreTrouble."""
        practice = self.practice.use()
        if practice is not None:
            return practice.history()
        here = self._here()
        catalogue = None if isinstance(here, Fault) else here.catalogue
        refused = self.sync.exchanger.outbox.refused()
        now_ms, code_ends = self.kiosk.device_clock.now_ms(), self.kiosk.station.code_ends()
        return history(self.kiosk.stores.journal, catalogue, now_ms, refused, code_ends)

    def messages(self) -> tuple[MessageShown, ...]:
        """What the control room said to this point or to all, newest first. Raises StoreTrouble."""
        return self._messages(self.kiosk.station.code_ends())

    def _messages(self, code_ends: Mapping[Ref, str] | None = None) -> tuple[MessageShown, ...]:
        ring, here = self.sync.party.ring, self._here()
        if isinstance(here, Fault):
            return self._control_room.messages(ring, None)
        return self._control_room.messages(ring, here.point, here.catalogue, code_ends)

    def mark_read(self, key: str) -> None:
        """A person has read this message: the control room hears of it, once. Raises BadInput, StoreTrouble."""
        found = next((message for message in self.messages() if message.key == key), None)
        if found is None:
            raise BadInput(f"message: {key[:80]!r} names none that is here; give the `key` of one of `messages`")
        self._control_room.mark_read(found, self.kiosk.station.message_read)

    def preflight(self) -> tuple[Check, ...]:
        """The check before doors; takes up to two seconds and writes no entry."""
        checks = preflight(self.kiosk, self.sync.party.ring, self._machine(), connected=self.sync.state.connected)
        if self.gate is not None:
            checks = (*checks, self.gate.check())
        for check in checks:
            if what := check.values.get("what"):
                _log.warning("check before doors: %s is %s: %s", check.name, check.found, what)
        here = self._here()
        if not isinstance(here, Fault):
            self._doors.checked(checks, event_day(self.kiosk.device_clock.now_ms(), here.catalogue.days), here.point)
        return checks

    def rules(self) -> RulesShown:
        """The rules that hold where this kiosk stands; none before it has a point."""
        return rules_here(self._here())

    def picture(self, digest: str) -> Path | None:
        """Where the picture with this digest lies; None while it has not come."""
        return picture_path(self.kiosk.folder, digest)

    def _take_badge(self, scanned: Scanned, request: Request) -> Answer:
        """Whoever comes unlocks. A supervisor also puts an entrance back into service, and leaves guests no buttons."""
        answer = self.kiosk.station.scan(scanned, request)
        if not isinstance(answer, OperatorTaken):
            return answer
        self._locked.clear()
        if SUPERVISING.isdisjoint(answer.roles) or not self.acknowledge():
            return answer
        here = self._here()
        if not isinstance(here, Fault) and here.place.point.unattended:
            self.kiosk.station.leave()
        return BackInService(answer.name)

    def _at_gate(self, request: Request, decide: Callable[[], Answer]) -> Answer:
        """What may admit somebody: not while the turnstile is open for another, or out of order."""
        if self.gate is None or request.info:
            return decide()
        held = self.gate.claim()
        if held is not None:
            return Shown(held) if isinstance(held, Fault) else held
        answer: Answer | None = None
        try:
            answer = decide()
        finally:
            self.gate.decided(answer)
        return answer

    def _practice(self) -> PracticeStation:
        here, station = self._here(), self.kiosk.station
        zone = "UTC" if isinstance(here, Fault) else here.catalogue.days.zone
        return PracticeStation(self.kiosk.device_clock.now_ms, station.operators.sign, zone)

    def _is_badge(self, text: str) -> bool:
        now_s = self.kiosk.device_clock.now_ms() // 1000
        return isinstance(read_text(text, self.sync.party.ring, now_s), Badge | ExpiredBadge)

    def _come(self, enter: Callable[[Operators], Person]) -> OperatorTaken | PinRefused | BadgeRefused:
        operators = self.kiosk.station.operators
        before = operators.person
        try:
            person = enter(operators)
        except (PinError, BadgeError) as error:
            return error.refused
        return taken_over(before, person, pin_good=operators.is_pin_good)

    # --- status -----------------------------------------------------------------------------------

    def status(self) -> StatusShown:
        """Everything the kiosk says of itself."""
        here = self._here()
        now_ms = self.kiosk.device_clock.now_ms()
        fault = here if isinstance(here, Fault) else None
        if fault is None and not self.kiosk.device_clock.is_usable():
            fault = Fault(FaultCode.CLOCK_UNUSABLE, "the clock must be confirmed: scan a staff badge, or connect")
        if self.gate is not None:
            fault = self.gate.fault or fault
        enrolled = self.kiosk.enrolled
        found = None if isinstance(here, Fault) else here
        unread = [message for message in self._messages() if not message.read]
        counts = Counts() if found is None else self._counts(found, now_ms)
        return StatusShown(
            event=found.catalogue.names if found else {"en": enrolled.event_name},
            zone=found.catalogue.days.zone if found else "UTC",
            languages=found.catalogue.languages if found else ("en",),
            now_ms=now_ms,
            point=point_shown(found, self.kiosk.stores.snapshots.in_use) if found else None,
            sync=sync_shown(self.kiosk, self.sync, self.peers),
            device=device_shown(self.kiosk, self._machine(), locked=self._locked.is_set()),
            admitted_today=counts.admitted,
            handed_out_today=counts.handed_out,
            refused_today=counts.refused,
            fault=fault,
            let_out_today=counts.let_out,
            inside=self.kiosk.inside.count(),
            last_minute=0 if found is None else self._tally.last_minute(now_ms, found.point),
            unread=len(unread),
            message=unread[0].text if unread else "",
            tells_conflicts=bool(unread and unread[0].conflicts),
            practice=self.practice.is_on,
            can_undo=self._can_undo(now_ms),
            damage=self.kiosk.station.losses.shown(),
            check_due=found is not None and self._is_check_due(found, now_ms, counts),
        )

    def _is_check_due(self, here: Here, now_ms: int, counts: Counts) -> bool:
        """At an unattended point nobody stands who could be led there, and guests have no buttons."""
        return not here.place.point.unattended and self._doors.is_due(
            event_day(now_ms, here.catalogue.days), here.point, counts
        )

    def _can_undo(self, now_ms: int) -> bool:
        practice = self.practice.looked_at()
        return undoable(self.kiosk.stores.journal, now_ms) is not None if practice is None else practice.can_undo

    def _read_machine(self) -> Machine:
        """What the machine says, and its turnstile."""
        fault = None if self.gate is None else self.gate.fault
        found = self._machine()
        return found if fault is None else replace(found, out_of_order=fault.what)

    def _here(self) -> Here | Fault:
        try:
            return self.kiosk.around.here()
        except StoreTrouble as trouble:
            return Fault(FaultCode.SNAPSHOT_UNREADABLE, str(trouble))

    def _counts(self, here: Here, now_ms: int) -> Counts:
        day = event_day(now_ms, here.catalogue.days)
        waiting = self.kiosk.station.refusals_unwritten(day, here.point)
        counts = self._tally.counts(day, here.point, here.catalogue)
        return replace(counts, refused=counts.refused + waiting)


def open_front(folder: Folder, options: Options, make_transport: MakeTransport = HttpTransport) -> Front:
    """The kiosk of a folder, sync not started. Raises BadInput if it has not joined, StoreTrouble."""
    sys.setswitchinterval(SWITCH_S)
    kiosk = open_kiosk(folder, options)
    transport = make_transport(kiosk.enrolled.address, options.clock)
    return Front(kiosk, transport, peers=options.peers, turnstile=options.turnstile)
