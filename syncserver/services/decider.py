"""Decisions on the server, by the same code as at a gate: for the simulator and for whoever asks online.

Reads the server's own tables and writes nothing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from common.asking import needs_kept
from common.catalogue import Catalogue, CatalogueFault, decode_catalogue
from common.decide import explain
from common.decision import (
    Explanation,
    FoundTicket,
    Ledger,
    Moment,
    NotVerified,
    Place,
    Reason,
    Request,
    Scan,
    TypedCode,
    VerifiedPass,
)
from common.errors import BadInput
from common.ids import PointNo, TicketId
from common.kept_answers import KeptAnswer, keep
from common.keys import KeyRing
from common.ledger import Folded, proof_checker
from common.scan_text import code_of, read_text
from common.ticket_code import TicketCode
from syncserver.db.engine import Database
from syncserver.services import issue_passes
from syncserver.services.keys import KeyStore
from syncserver.services.known_events import KnownEvents
from syncserver.services.ticket_fold import read_ticket
from syncserver.stores import events as event_store
from syncserver.stores import purchase_answers
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow

_NOTHING = Folded(None, Ledger())
TICKET_HEX = 16  # digits of a ticket id


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be decided: the code's text as scanned or typed, where, when, and what is asked for.

    `found` is a ticket found by name, in place of a text. `view_age_ms` is how old the asker's view would be; the
    server's own is never old.
    """

    text: str
    point: PointNo
    now_ms: int
    request: Request
    is_typed: bool = False
    found: TicketId | None = None
    view_age_ms: int | None = 0


@dataclass(frozen=True, slots=True)
class Decided:
    """The verdict with its checks, and all it was decided by."""

    explanation: Explanation
    scan: Scan
    ticket: TicketId | None
    catalogue: Catalogue
    wish: Wish
    place: Place
    folded: Folded


class Decider:
    """Decides as a gate would. Safe to share between threads."""

    def __init__(self, db: Database, keys: KeyStore, known: KnownEvents) -> None:
        self._db, self._keys, self._known = db, keys, known
        self._catalogues: dict[int, tuple[int, Catalogue]] = {}
        self._places: dict[tuple[int, int, PointNo], Place] = {}
        self._lock = threading.Lock()

    def decide(self, event: EventRow, wish: Wish) -> Decided:
        """Raises BadInput for a point or a catalogue that is not there, or a quantity below 1."""
        if wish.request.quantity < 1:
            raise BadInput(f"quantity {wish.request.quantity}: ask for at least 1")
        ring = self._known.event(event.uid).ring.ring
        with self._db.read() as tx:
            catalogue = self._catalogue(tx, event)
            place = self._place(event, catalogue, wish.point)
            scan = _scan_of(wish, ring, place)
            ticket, folded = _look_up(tx, event, scan, wish.now_ms)
            request = wish.request
            if needs_kept(place, request):
                request = replace(request, kept=_kept(tx, event, scan, ticket, folded))
        moment = Moment(wish.now_ms, wish.view_age_ms)
        found = explain(scan, folded.view, folded.ledger, request, place, moment)
        return Decided(found, scan, ticket, catalogue, wish, place, folded)

    def catalogue(self, event: EventRow) -> Catalogue:
        """The event's newest catalogue. Raises BadInput where there is none."""
        with self._db.read() as tx:
            return self._catalogue(tx, event)

    def text_of(self, event: EventRow, ticket: bytes) -> str | None:
        """A pass of the ticket as of now, as a QR code would hold it; None where none was issued."""
        with self._db.read() as tx:
            made = issue_passes.passes_of(tx, self._keys, event.id, [ticket])
        return made[0].digits if made else None

    def _catalogue(self, tx: Connection, event: EventRow) -> Catalogue:
        with self._lock:
            kept = self._catalogues.get(event.id)
        if kept is not None and kept[0] == event.catalogue_version:
            return kept[1]
        newest = event_store.newest_catalogue(tx, event.id)
        found = None if newest is None else decode_catalogue(newest[1])
        if newest is None or found is None or isinstance(found, CatalogueFault):
            raise BadInput(f"event {event.key}: no catalogue; run `rallygate-server import-event`")
        with self._lock:
            self._catalogues[event.id] = (newest[0], found)
        return found

    def _place(self, event: EventRow, catalogue: Catalogue, point: PointNo) -> Place:
        key = (event.id, catalogue.version, point)
        place = self._places.get(key) or catalogue.place(point)
        if place is None:
            raise BadInput(f"there is no point {point}; choose one of the event's points")
        self._places[key] = place
        return place


def _scan_of(wish: Wish, ring: KeyRing, place: Place) -> Scan:
    """What is decided about, as a station takes it: at an unattended point nobody may type codes."""
    if wish.found is not None:
        return FoundTicket(wish.found)
    content = read_text(wish.text, ring, wish.now_ms // 1000)
    if not isinstance(content, Scan):
        return NotVerified(Reason.MALFORMED)
    is_typed = isinstance(content, TypedCode) and wish.is_typed
    return NotVerified(Reason.MALFORMED) if is_typed and place.point.unattended else content


def _kept(
    tx: Connection, event: EventRow, scan: Scan, ticket: TicketId | None, folded: Folded
) -> tuple[KeptAnswer, ...]:
    """What was answered at the purchase, as far as this code would open it at a gate: the newest one alone does."""
    if ticket is None or not isinstance(scan, VerifiedPass | TypedCode):
        return ()
    opens = folded.view is not None and folded.view.code_hash == scan.code_hash
    return keep(purchase_answers.of_ticket(tx, event.id, ticket)) if opens else ()


def _look_up(tx: Connection, event: EventRow, scan: Scan, now_ms: int) -> tuple[TicketId | None, Folded]:
    """What the tables hold of the ticket; proofs of scan are judged with the code that was read, as at a gate."""
    if isinstance(scan, FoundTicket):
        known = read_ticket(tx, event, scan.ticket, now_ms)
        return scan.ticket, _NOTHING if known is None else known.folded
    code = code_of(scan)
    if isinstance(scan, NotVerified) or code is None:
        return None, _NOTHING
    if isinstance(scan, TypedCode):
        return _with_code(tx, event, scan, code, now_ms)
    known = read_ticket(tx, event, scan.ticket, now_ms, proof_checker(code, event.uid, scan.generation))
    return scan.ticket, _NOTHING if known is None else known.folded


def _with_code(
    tx: Connection, event: EventRow, scan: TypedCode, code: TicketCode, now_ms: int
) -> tuple[TicketId | None, Folded]:
    for ticket in ticket_store.by_code(tx, event.id, scan.code_hash):
        known = read_ticket(tx, event, ticket, now_ms, proof_checker(code, event.uid, None))
        view = None if known is None else known.folded.view
        if known is not None and view is not None and scan.code_hash in (view.code_hash, *view.past_codes):
            return ticket, known.folded
    return None, _NOTHING
