"""How many are inside the area this kiosk's point leads to, as far as it knows: snapshot, learnt and own entries.

Kept up in a thread of its own, ticket by ticket: whoever was used in this area today is folded again when something
was heard of them. What was used today is found once per snapshot, in short steps, and never at a scan.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from common.bodies import Exit, Override, Redeem
from common.days import event_day
from common.decision import Fault
from common.entries import Entry
from common.expand import tickets_of
from common.facts import EventFacts
from common.ids import AreaNo, EventDay, ProductNo, TicketId
from common.rules import ProductKind
from common.usage import inside
from kiosk.device_clock import DeviceClock
from kiosk.known import Known, Stores
from kiosk.store.faults import StoreTrouble
from kiosk.store.snapshots import InUse
from kiosk.surroundings import Surroundings

ROWS_PER_STEP: Final = 200  # of a snapshot or a journal: about 2 ms
FOLDS_PER_STEP: Final = 20
HEARD_MAX: Final = 20_000  # entries that wait to be looked at; beyond it everything is counted anew
LOOK_EVERY_S: Final = 1.0
UNSTATED: Final = 999  # of a ticket nothing was stated of, as many as its uses say
REST_S: Final = 0.008  # between two steps: others compute too, four fifths of the time
QUIET_S: Final = 0.25  # as long as more is heard within it, counting waits: learning comes first
QUIETS_MAX: Final = 12  # then it counts all the same
_log = logging.getLogger("rallygate.kiosk.inside")


@dataclass(frozen=True, slots=True)
class _Of:
    """What is counted: who is inside an area on an event day with one of these ticket products."""

    area: AreaNo
    day: EventDay
    products: tuple[ProductNo, ...]


@dataclass(frozen=True, slots=True)
class _View:
    """From what: another snapshot, or another word about many entries, makes every ticket worth a look."""

    in_use: tuple[InUse, ...]
    event: EventFacts


class Inside:
    """Counts. `heard` and `count` may come from any thread, `step` from one."""

    def __init__(
        self,
        stores: Stores,
        known: Known,
        around: Surroundings,
        device_clock: DeviceClock,
        beside: Callable[[], bool] = lambda: False,
    ) -> None:
        """`beside`: a step of something else to be kept up in the same thread."""
        self._beside = beside
        self._stores, self._known, self._around, self._device_clock = stores, known, around, device_clock
        self._of: _Of | None = None
        self._view: _View | None = None
        self._used: set[TicketId] = set()  # used in the area on the day: nobody else can be inside
        self._inside: dict[TicketId, int] = {}  # how many of it
        self._doubted: dict[TicketId, None] = {}  # to be folded again, in this order
        self._search: Iterator[Iterable[TicketId]] = iter(())
        self._own_end = 0
        self._heard: list[Entry] = []
        self._has_missed = False
        self._arrivals, self._seen_arrivals = 0, -1  # at the start whatever the server has comes first, too
        self._counted: int | None = None
        self._lock = threading.Lock()
        self._wakes, self._is_stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def count(self) -> int | None:
        """How many are inside; None while it is not counted yet."""
        with self._lock:
            return self._counted

    def heard(self, entries: Iterable[Entry]) -> None:
        """These entries of others were stored."""
        with self._lock:
            self._heard += entries
            self._arrivals += 1
            if len(self._heard) > HEARD_MAX:
                self._heard, self._has_missed = [], True
        self._wakes.set()

    def start(self, give_way: Callable[[], object]) -> None:
        """Count in the background until `stop`; `give_way` returns when no scan is being decided."""
        self._thread = threading.Thread(target=self._run, args=(give_way,), name="inside", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it. May be called twice."""
        self._is_stopping.set()
        self._wakes.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """An own entry was committed."""
        self._wakes.set()

    def _run(self, give_way: Callable[[], object]) -> None:
        while not self._is_stopping.is_set():
            self._wakes.clear()
            is_quiet = self._wait_for_quiet()
            give_way()
            while not self._is_stopping.is_set() and self._is_more():
                self._is_stopping.wait(REST_S)
                if is_quiet and self._arrivals != self._seen_arrivals:
                    break  # it pours again
                give_way()
            else:
                self._wakes.wait(0.0 if self._is_stopping.is_set() else LOOK_EVERY_S)

    def _wait_for_quiet(self) -> bool:
        """While entries pour in, whoever learns them needs the processor. False: they do so without an end."""
        for _ in range(QUIETS_MAX):
            if self._arrivals == self._seen_arrivals:
                return True
            self._seen_arrivals = self._arrivals
            if self._is_stopping.wait(QUIET_S):
                return True
        return False

    def _is_more(self) -> bool:
        """What cannot be read now (a file that is just being exchanged, a disk) is tried anew a second later."""
        try:
            is_more = self._beside()
            return self.step() or is_more
        except StoreTrouble as trouble:
            _log.warning("who is inside cannot be counted: %s", trouble)
            self._begin(None)
            return False

    def step(self) -> bool:
        """Do a little; whether there is more to do at once. Raises StoreTrouble."""
        of = self._wanted()
        if of is None:
            self._begin(None)
            return False
        if of != self._of:
            self._begin(of)
        heard = self._take_heard()
        self._look_at(of, heard)
        is_over = self._take_own(of) & self._search_on() & (not self._heard)
        for ticket in tuple(self._doubted)[:FOLDS_PER_STEP]:
            self._fold(ticket, of)
        if is_over and not self._doubted:
            with self._lock:
                self._counted = sum(self._inside.values())
        return not is_over or bool(self._doubted)

    # --- what is counted --------------------------------------------------------------------------

    def _wanted(self) -> _Of | None:
        """Nothing is counted where people only come or only go: they are counted, not how many are there."""
        here = self._around.here()
        if isinstance(here, Fault) or not (here.place.point.lets_in and here.place.point.lets_out):
            return None
        rules = (one.rules for one in here.catalogue.products)
        tickets = tuple(one.product for one in rules if one.kind is not ProductKind.ITEM)
        return _Of(here.place.point.area, event_day(self._device_clock.now_ms(), here.catalogue.days), tickets)

    def _begin(self, of: _Of | None) -> None:
        self._of, self._view, self._own_end, self._search = of, None, 0, iter(())
        self._used, self._inside, self._doubted = set(), {}, {}
        with self._lock:
            self._counted = None

    def _take_heard(self) -> list[Entry]:
        """What was heard; a search begins where that is not enough. It is taken first: what comes later is heard."""
        with self._lock:
            heard, self._heard = self._heard[:ROWS_PER_STEP], self._heard[ROWS_PER_STEP:]
            has_missed, self._has_missed = self._has_missed, False
        view = _View(self._stores.snapshots.in_use, self._known.event_facts())
        is_same = self._view is not None and self._view.in_use is view.in_use and self._view.event is view.event
        if has_missed or not is_same:
            self._view = view
            self._doubted.update(dict.fromkeys(self._used))
            self._search = self._found(view.in_use)
        return heard

    # --- which tickets ----------------------------------------------------------------------------

    def _search_on(self) -> bool:
        """One portion of the search; whether it is over."""
        found = next(self._search, None)
        for ticket in found or ():
            self._used.add(ticket)
            self._doubted[ticket] = None
        return found is None

    def _found(self, in_use: tuple[InUse, ...]) -> Iterator[Iterable[TicketId]]:
        """Tickets used in the area on the day, of the snapshots and of what was learnt, in portions."""
        of = self._of
        if of is None:
            return
        for one in in_use:
            yield from one.file.used_on(of.area, of.day, ROWS_PER_STEP)
        for entries in self._stores.learnt.about_tickets(ROWS_PER_STEP):
            yield [ticket for entry in entries for ticket in _used_by(entry, of)]

    def _take_own(self, of: _Of) -> bool:
        """One portion of the journal; whether it is over."""
        rows = self._stores.journal.after(self._own_end, ROWS_PER_STEP)
        self._look_at(of, self._stores.journal.entries_of(rows))
        if rows:
            self._own_end = rows[-1].position
        return len(rows) < ROWS_PER_STEP

    def _look_at(self, of: _Of, entries: Iterable[Entry]) -> None:
        for entry in entries:
            used = _used_by(entry, of)
            self._used.update(used)
            about = (ticket for ticket in tickets_of(entry) if ticket in self._used)
            self._doubted.update(dict.fromkeys(about))

    def _fold(self, ticket: TicketId, of: _Of) -> None:
        folded = self._known.ticket(ticket, self._device_clock.now_ms(), None, None)
        del self._doubted[ticket]
        bought = None if folded.view is None else dict(folded.view.items)
        count = 0
        for product in of.products:
            most = UNSTATED if bought is None else bought.get(product, 1)
            count += inside(folded.ledger.counted, product, of.area, of.day, most).count
        if count:
            self._inside[ticket] = count
        else:
            self._inside.pop(ticket, None)


def _used_by(entry: Entry, of: _Of) -> tuple[TicketId, ...]:
    body = entry.body
    is_there = isinstance(body, Redeem | Exit | Override) and (body.area, body.day) == (of.area, of.day)
    return tickets_of(entry) if is_there else ()
