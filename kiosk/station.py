"""The scan: decode, verify, gather, decide, commit durably, and only then answer.

Knows no screen, no network and no camera. Every answer is `Verdict | Fault` inside a `Shown`: a fault is the device's
own trouble and never looks like a bad ticket.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeAlias

from common.asking import needs_kept
from common.badges import Badge
from common.bodies import KioskBody, MessageRead, Moved, Note, Redate, Revoke, Void
from common.clock import Clock
from common.decide import SUPERVISING, decide
from common.decision import (
    Direction,
    Fault,
    FaultCode,
    FoundTicket,
    Ledger,
    Moment,
    NotVerified,
    Outcome,
    Reason,
    Request,
    Scan,
    TypedCode,
)
from common.enrolment import Enrolment
from common.entries import Entry, Stamp
from common.errors import BadInput
from common.ids import BadgeId, Digest, EventDay, PointNo, ProductNo, Ref, RunId, TicketId
from common.keys import KeyRing, KeyUse
from common.ledger import Folded
from common.questions import accepted_answers
from common.scan_text import Content, ExpiredBadge, code_of, read_text
from common.variants import Pieces
from common.wiping import wipe
from kiosk.device_clock import DeviceClock
from kiosk.earlier import Earlier
from kiosk.failpoints import Failpoints
from kiosk.family import Families
from kiosk.finder import Finder
from kiosk.handing import Handings, here_or_bad, what_is_due
from kiosk.input.events import Scanned, Source
from kiosk.known import Known, Stores
from kiosk.losses import Losses
from kiosk.naming import shown_of
from kiosk.not_done import NotDone, Why
from kiosk.operators import BadgeError, Clocks, Operators, Person, expired_badge, taken_over
from kiosk.refusals import Refusals, Refused
from kiosk.shown import Answer, FamilyShown, FindTrouble, Found, Handing, Shown, Undone
from kiosk.store.faults import StoreTrouble, fault_of
from kiosk.store.journal import Draft
from kiosk.surroundings import Here, Surroundings
from kiosk.taking_back import TakingBack, WhoIsHere
from kiosk.unsealing import Unsealed, unseal
from kiosk.writing import Judged, Writer, answer_bodies, refusal_body, use_body, why_answered

COMMIT_WAIT_S: Final = 10.0  # a disk slower than this is a fault; what it commits later is shown first next time
GIVE_WAY_S_MAX: Final = 0.05
QUANTITY_MAX: Final = 1000
MoreDrafts: TypeAlias = Callable[[Entry], Sequence[Draft]]  # what is written with a use, in the same transaction
_NOTHING = Folded(None, Ledger())


@dataclass(frozen=True, slots=True)
class StationParts:
    """What a station is made of."""

    stores: Stores
    ring: KeyRing
    around: Surroundings
    known: Known
    device_clock: DeviceClock
    clock: Clock
    failpoints: Failpoints
    on_entry: Callable[[], None]  # an own entry was committed: exchange at once
    losses: Losses


class Station:
    """Decides scans one after the other; may be called from any thread."""

    def __init__(self, parts: StationParts) -> None:
        self._parts, self.losses = parts, parts.losses
        self._ring = parts.ring
        self._writer = Writer(parts.ring.key_list.event_uid, parts.stores.journal.device)
        self._refusals = Refusals(parts.stores.journal.append, parts.clock.monotonic_s, parts.on_entry)
        self._last: Scanned | TicketId | None = None
        self._lock = threading.Lock()
        self._is_calm = threading.Event()
        self._is_calm.set()
        known, event = parts.known, parts.ring.key_list.event_uid
        clocks = Clocks(parts.clock.monotonic_s, lambda: parts.device_clock.now_ms() // 1000)
        self.operators = Operators(parts.stores, parts.ring, clocks, known.is_server)
        self.finder = Finder(parts.stores, known, parts.around, self.operators, event)
        self._handings = Handings(parts.known, parts.stores.journal)
        self._earlier = Earlier(parts.stores.journal, parts.around, self._handings)
        self._families = Families(parts.stores)
        journal, device_clock = parts.stores.journal, parts.device_clock
        here = WhoIsHere(self._operator_id, self._is_supervised)
        self._taking_back = TakingBack(journal, device_clock, here, self._write_void, parts.around.catalogue)
        self.commit_ms: deque[float] = deque(maxlen=500)

    # --- scanning ---------------------------------------------------------------------------------

    def scan(self, scanned: Scanned, request: Request) -> Answer:
        """Decide and, if admitted, commit durably; only then return. Never raises for what was scanned."""
        with self._lock:
            self._is_calm.clear()
            try:
                return self._answer(scanned, request)
            except StoreTrouble as trouble:
                return Shown(fault_of(trouble))
            finally:
                self._is_calm.set()

    def give_way(self) -> bool:
        """Return when no scan is being decided, or (False) after a moment: for threads that compute a lot beside it."""
        return self._is_calm.wait(GIVE_WAY_S_MAX)

    def again(self, request: Request) -> Answer:
        """The last scan with another request: a product chosen, a question confirmed, an override given."""
        with self._lock:
            last = self._last
        if last is None:
            return Shown(Fault(FaultCode.INTERNAL, "nothing was scanned yet; scan a code first"))
        return self.scan(last, request) if isinstance(last, Scanned) else self.redeem_found(last, request)

    def find(self, text: str) -> tuple[Found, ...]:
        """Tickets by name, plate, order or code. Raises BadInput with what is missing, StoreTrouble."""
        return self.finder.find(text, self._parts.device_clock.now_ms())

    def names_trouble(self) -> FindTrouble | None:
        """What keeps names from being looked up here, before any is typed. Raises StoreTrouble."""
        return self.finder.trouble()

    def redeem_found(self, ticket: TicketId, request: Request) -> Answer:
        """A ticket the last question found by name, without its code. Raises BadInput without badge and PIN."""
        with self._lock:
            try:
                return self._answer_found(ticket, request)
            except StoreTrouble as trouble:
                return Shown(fault_of(trouble))

    def undo(self, entry: Ref) -> Answer:
        """Take back a use this device wrote: one's own last, or any with a supervisor's badge and PIN."""
        with self._lock:
            try:
                return self._taking_back.undo(entry)
            except StoreTrouble as trouble:
                return Shown(fault_of(trouble))

    def code_ends(self) -> dict[Ref, str]:
        """How the codes ended that were read for the last uses and refusals here, since nobody left or locked."""
        return self._taking_back.ends.all()

    def annul(self, entry: Ref) -> Answer:
        """Take back the last use this device wrote, within two minutes: the turnstile did not turn."""
        with self._lock:
            try:
                return self._taking_back.annul(entry)
            except StoreTrouble as trouble:
                return Shown(fault_of(trouble))

    def move_to(self, point: PointNo) -> None:
        """From now on this kiosk stands at another point of its event; entries made before keep theirs.

        A supervisor's badge and PIN answer for it. Raises BadInput, StoreTrouble.
        """
        around = self._parts.around
        with self._lock:
            if not self._is_supervised():
                raise NotDone(
                    "a kiosk is moved by a supervisor: scan the badge, enter its PIN, then choose the point",
                    Why.SUPERVISOR,
                )
            catalogue, before = around.catalogue(), around.point()
            if catalogue is None or catalogue.place(point) is None:
                raise NotDone(
                    f"this kiosk knows no point {point}: connect it to the server once, then choose again",
                    Why.POINT_UNKNOWN,
                )
            if point == before:
                return
            self._refusals.write(every=True)  # of the place it leaves
            stamp = self._parts.device_clock.stamp()
            self._append(Draft(partial(_said, Moved(point, before)), stamp, self._operator_id()))
            around.place(point)
            self._last = None

    def accept_losses(self) -> None:
        """Go on without the uses a damage to the journal took; a supervisor's badge and PIN answer for it.

        Raises BadInput, StoreTrouble.
        """
        with self._lock:
            if not self._is_supervised():
                raise NotDone(
                    "a supervisor answers for that: scan the badge, enter its PIN, then say so again", Why.SUPERVISOR
                )
            self.losses.accept()

    def hand_out(self, entry: Ref, given: Pieces) -> Handing:
        """Other variants were handed out by a use of this kiosk than it says. Raises BadInput, StoreTrouble."""
        with self._lock:
            found = self._taking_back.own_use(entry)
            if isinstance(found, Undone):
                raise NotDone(found.why_not, Why.USE_GONE)
            here = here_or_bad(self._parts.around.here())
            said, handing = self._handings.corrected(found, given, here, self._parts.device_clock.now_ms())
            self._append(Draft(partial(_said, said), self._parts.device_clock.stamp(), self._operator_id()))
            return handing

    def message_read(self, message: Digest) -> None:
        """Whoever is here has read a message of the control room. Raises StoreTrouble."""
        with self._lock:
            said = MessageRead(message, self._parts.around.point())
            self._append(Draft(partial(_said, said), self._parts.device_clock.stamp(), self._operator_id()))

    def was_shown(self, entry: Ref) -> None:
        """A person has seen the answer of this entry; after a crash it need not be shown again."""
        self._parts.stores.journal.mark_shown(entry)

    def not_shown_yet(self) -> tuple[Shown, ...]:
        """Answers committed before a crash that nobody saw, oldest first. Raises StoreTrouble."""
        return self._earlier.not_shown_yet()

    def last_use(self) -> Shown | None:
        """The last use, while whoever wrote it may take it back. Raises StoreTrouble."""
        return self._earlier.last_use(self._parts.device_clock.now_ms(), self._taking_back.ends.of)

    def use_ring(self, ring: KeyRing) -> None:
        """A newer key list is in force."""
        with self._lock:
            self._ring = ring
        self._parts.stores.snapshots.use_ring(ring)
        self._parts.known.use_ring(ring)
        self.operators.use_ring(ring)
        self._parts.around.use_ring(ring)

    def heard(self, entries: tuple[Entry, ...]) -> None:
        """Entries of others were learnt: what is remembered of event and devices may be old."""
        self.losses.heard(entries)
        if any(isinstance(entry.body, Redate | Revoke) for entry in entries):
            self._parts.known.heard_of_event()
        if any(hasattr(entry.body, "certificate") for entry in entries):
            self._parts.around.heard_of_devices()

    def write_counts(self, *, every: bool = False) -> None:
        """Write counts of repeated refusals whose time is over; all of them when the kiosk closes."""
        with self._lock:
            self._refusals.write(every=every)

    def refusals_unwritten(self, day: EventDay, point: PointNo) -> int:
        """How many refusals of a day at a point wait to be written: they have happened."""
        return self._refusals.unwritten(day, point)

    def leave(self) -> None:
        """The operator has gone: the badge's keys, what was found and the code scanned last leave memory."""
        self.operators.leave()
        self.finder.forget()
        with self._lock:
            self._last = None
            self._taking_back.ends.forget()

    def close(self) -> None:
        """Write the counts that wait. May be called twice; troubles show in the log of whoever closes."""
        self.write_counts(every=True)
        self.finder.forget()
        self.operators.end_shift()

    # --- one scan ---------------------------------------------------------------------------------

    def _answer(self, scanned: Scanned, request: Request) -> Answer:
        now_ms = self._parts.device_clock.now_ms()
        content = read_text(scanned.text, self._ring, now_ms // 1000)
        if isinstance(content, Badge | ExpiredBadge):
            return self._take_badge(content)
        self._last = scanned
        if not self._parts.device_clock.is_usable():
            return self._clock_fault(now_ms)
        here = self._parts.around.here()
        if isinstance(here, Fault):
            return Shown(here)
        if not 1 <= request.quantity <= QUANTITY_MAX:
            return Shown(Fault(FaultCode.INTERNAL, f"quantity {request.quantity}: ask for 1 to {QUANTITY_MAX}"))
        scan = _scan_of(content, scanned.source, here)
        judged = self._judge(scan, scanned.text, self.operators.sign(request), here, now_ms)
        return self._conclude(judged, here)

    def _answer_found(self, ticket: TicketId, request: Request) -> Answer:
        now_ms = self._parts.device_clock.now_ms()
        signed = self.operators.sign(request)
        if not signed.badge_and_pin:
            raise BadInput("without its code a ticket needs a badge and its PIN: scan the badge, enter the PIN")
        if self.finder.offered(ticket) is None:
            raise BadInput("only a ticket that the last search found can be used without its code; search again")
        if not self._parts.device_clock.is_usable():
            return self._clock_fault(now_ms)
        here = self._parts.around.here()
        if isinstance(here, Fault):
            return Shown(here)
        self._last = ticket
        judged = self._judge(FoundTicket(ticket), "", signed, here, now_ms)
        key = self.operators.proof_key()
        shown = self._conclude(replace(judged, proof_key=key), here)
        if key is not None:
            wipe(key)  # the entry is written; where it is not, the writer may still need the key
        return shown

    def _judge(self, scan: Scan, text: str, request: Request, here: Here, now_ms: int) -> Judged:
        ticket, folded = self._look_up(scan, now_ms)
        unsealed = self._unseal(scan, ticket) if needs_kept(here.place, request) else None
        if unsealed is not None:
            request = replace(request, kept=unsealed.kept)
        heard_ms = self._parts.around.heard_ms()
        view_age_ms = None if heard_ms is None else max(0, now_ms - heard_ms)
        moment = Moment(now_ms, view_age_ms, self.losses.are_open)
        verdict = decide(scan, folded.view, folded.ledger, request, here.place, moment)
        view, ledger = folded.view, folded.ledger
        return Judged(scan, text, ticket, view, ledger, request, verdict, here.point, None, unsealed, now_ms)

    def _look_up(self, scan: Scan, now_ms: int) -> tuple[TicketId | None, Folded]:
        if isinstance(scan, NotVerified):
            return None, _NOTHING
        if isinstance(scan, FoundTicket):
            return scan.ticket, self._parts.known.ticket(scan.ticket, now_ms, None, None)
        code = code_of(scan)
        if isinstance(scan, TypedCode):
            found = None if code is None else self._parts.known.with_code(code, scan.code_hash, now_ms)
            return (None, _NOTHING) if found is None else found
        return scan.ticket, self._parts.known.ticket(scan.ticket, now_ms, code, scan.generation)

    def _conclude(self, judged: Judged, here: Here) -> Shown:
        verdict = judged.verdict
        if judged.request.info:
            return replace(self._shown(judged, here, self._handing(judged, here)), info=True)
        if verdict.outcome is Outcome.ADMIT:
            return self._commit(judged, here)
        if verdict.outcome is Outcome.REFUSE:
            stamp = self._parts.device_clock.stamp()
            written = self._taking_back.ends.keeper(code_of(judged.scan))
            self._refusals.refused(Refused(refusal_body(judged), stamp, self._operator_id(), written))
        return self._shown(judged, here, self._handing(judged, here))

    def _commit(self, judged: Judged, here: Here) -> Shown:
        stamp = self._parts.device_clock.stamp()
        draft = Draft(
            lambda run, number: use_body(judged, self._writer, run, number, clock_doubtful=stamp.doubtful),
            stamp,
            judged.request.operator,
        )
        handing = self._handing(judged, here)
        more = self._more_drafts(judged, here, stamp, handing)
        journal, started_s = self._parts.stores.journal, self._parts.clock.monotonic_s()
        appended = journal.append(draft) if more is None else journal.append_with(draft, more)
        family = self._family(judged, here)
        shown = self._shown(judged, here, handing)  # made while the disk works, seen by nobody before it has
        entry = self._durable(appended, started_s)
        self._taking_back.ends.keeper(code_of(judged.scan))(entry.ref)
        self._parts.failpoints.reach("after-commit-before-show")
        return replace(shown, entry=entry.ref, family=family)

    def _more_drafts(self, judged: Judged, here: Here, stamp: Stamp, handing: Handing | None) -> MoreDrafts | None:
        """What goes with the use: answers as notes, and which variants are handed out; None: nothing."""
        notes = self._answer_bodies(judged, here)
        ticket, operator = judged.ticket, judged.request.operator
        if notes is None and (handing is None or ticket is None):
            return None

        def drafts(use: Entry) -> list[Draft]:
            said = None if ticket is None else self._handings.body(ticket, use.ref, handing)
            bodies: tuple[KioskBody, ...] = (*(notes(use) if notes else ()), *([said] if said else []))
            return [Draft(partial(_said, body), stamp, operator) for body in bodies]

        return drafts

    def _answer_bodies(self, judged: Judged, here: Here) -> Callable[[Entry], tuple[Note, ...]] | None:
        """The notes of a use; None where nothing was answered, or the server has no key to seal to."""
        rules = here.place.products.get(judged.verdict.product or ProductNo(0))
        asked = (*rules.questions, *rules.purchase_questions) if rules else ()
        answers = accepted_answers(asked, judged.request.answers)
        answers += why_answered(judged)
        seals = self._ring.entries_of(KeyUse.SEAL)
        if not answers or not seals or judged.verdict.direction is Direction.OUT:
            return None
        seal = seals[-1].public
        return lambda use: answer_bodies(judged, use.ref, answers, seal)

    def _append(self, draft: Draft) -> Entry:
        started_s = self._parts.clock.monotonic_s()
        return self._durable(self._parts.stores.journal.append(draft), started_s)

    def _durable(self, appended: Future[Entry], started_s: float) -> Entry:
        """The entry once it is safe on disk. Raises StoreTrouble."""
        try:
            entry = appended.result(timeout=COMMIT_WAIT_S)
        except WaitedTooLong:
            raise StoreTrouble(
                f"the disk took more than {COMMIT_WAIT_S:.0f} s to keep an entry; use another device, have this checked"
            ) from None
        finally:
            self._parts.on_entry()  # also where the disk told an error: it may have kept the entry all the same
        self.commit_ms.append((self._parts.clock.monotonic_s() - started_s) * 1000)
        return entry

    def _shown(self, judged: Judged, here: Here, handing: Handing | None) -> Shown:
        unsealed, own = judged.unsealed or self._unseal(judged.scan, judged.ticket), self._writer.device
        shown = shown_of(judged.verdict, judged.scan, here, self._parts.around, own, unsealed, None, judged.now_ms)
        choices = self._handings.offered(shown.choices, judged, here)
        was_looked_at = judged.request.confirmed and judged.verdict.outcome is Outcome.ADMIT
        attention = {} if was_looked_at else shown.attention
        return what_is_due(replace(shown, handing=handing, choices=choices, attention=attention), judged, here)

    def _unseal(self, scan: Scan, ticket: TicketId | None) -> Unsealed | None:
        """What the code opens; of a ticket found by name what the list said of it."""
        if isinstance(scan, FoundTicket):
            offered = self.finder.offered(scan.ticket)
            return None if offered is None else Unsealed(offered)
        return unseal(self._parts.stores.snapshots, self._writer.event, scan, ticket)

    def _handing(self, judged: Judged, here: Here) -> Handing | None:
        """A snapshot that cannot be read costs the size on the screen, never more."""
        try:
            return self._handings.of(judged, here)
        except StoreTrouble as trouble:
            self._parts.stores.snapshots.report(trouble)
            return None

    def _family(self, judged: Judged, here: Here) -> FamilyShown | None:
        """The same of how many came together."""
        try:
            return self._families.after(judged.verdict, judged.ticket, here)
        except StoreTrouble as trouble:
            self._parts.stores.snapshots.report(trouble)
            return None

    # --- badge, undo, after a crash ---------------------------------------------------------------

    def _take_badge(self, badge: Badge | ExpiredBadge) -> Answer:
        clock = self._parts.device_clock
        if isinstance(badge, ExpiredBadge):
            return expired_badge(badge.name) if clock.is_usable() else self._clock_fault(clock.now_ms())
        before = self.operators.person
        try:
            self.operators.take(badge)
        except BadgeError as error:
            return error.refused
        self.finder.forget()  # what the one before could see and use
        if clock.is_doubtful() and not clock.confirm():
            return self._clock_fault(clock.now_ms())
        person = Person(badge.badge, badge.name, tuple(role.value for role in badge.roles))
        return taken_over(before, person, pin_good=False)

    def _clock_fault(self, now_ms: int) -> Shown:
        """It names the time: from now on a badge confirms that, where the one of a sign-on would not have known it."""
        self._parts.device_clock.doubt_shown()
        when = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(sep=" ", timespec="seconds")
        what = (
            f"the clock says {when}, which may be wrong; "
            "connect the kiosk to its server, or scan a staff badge to confirm this time"
        )
        return Shown(Fault(FaultCode.CLOCK_UNUSABLE, what))

    def _is_supervised(self) -> bool:
        signed = self.operators.sign(Request())
        return signed.badge_and_pin and not SUPERVISING.isdisjoint(signed.operator_roles)

    def _write_void(self, body: Void) -> None:
        stamp = self._parts.device_clock.stamp()
        self._append(Draft(partial(_said, body), stamp, self._operator_id()))

    def _operator_id(self) -> BadgeId | None:
        person = self.operators.person
        return None if person is None else person.badge


def _said(body: KioskBody, _run: RunId, _number: int) -> KioskBody:
    return body


def _scan_of(content: Content, source: Source, here: Here) -> Scan:
    """What is decided about: at an unattended point nobody may type codes, and nobody enrols at a gate."""
    if isinstance(content, Badge | ExpiredBadge | Enrolment):
        return NotVerified(Reason.MALFORMED)
    if isinstance(content, TypedCode) and source is Source.TYPED and here.place.point.unattended:
        return NotVerified(Reason.MALFORMED)
    return content
