"""Finding a ticket without its pass: by name, plate or order once badge and PIN unsealed the index; by its code always.

What is found is kept only until the next question or until the screen is locked: of names nothing stays.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from common import search_index
from common.catalogue import Catalogue
from common.decision import Fault
from common.facts import UseKind
from common.ids import EventUid, ProductNo, TicketId
from common.ledger import Folded
from common.search_index import LETTERS_MIN, Place
from common.ticket_code import TicketCode, code_hash, parse_code
from common.wiping import wipe
from kiosk.known import Known, Stores
from kiosk.operators import Operators
from kiosk.shown import CannotFind, FindTrouble, Found, FoundItem, Holder
from kiosk.store.search_file import SearchFile
from kiosk.surroundings import Surroundings, product_names
from kiosk.unsealing import unsealed

FOUND_MAX: Final = 20
_Opened: TypeAlias = list[tuple[SearchFile, bytearray]]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A ticket and what the index says of its holder."""

    ticket: TicketId
    name: str
    plate: str
    order: str


class Finder:
    """Answers questions for people. May be asked by any thread; takes half a second at 300,000 holders."""

    def __init__(
        self, stores: Stores, known: Known, around: Surroundings, operators: Operators, event: EventUid
    ) -> None:
        self._stores, self._known, self._around = stores, known, around
        self._operators, self._event = operators, event
        self._offered: dict[TicketId, Holder] = {}
        self._lock = threading.Lock()

    def find(self, text: str, now_ms: int) -> tuple[Found, ...]:
        """At most 20 tickets. Raises CannotFind with what is missing, StoreTrouble."""
        here = self._around.here()
        if isinstance(here, Fault):
            raise CannotFind(FindTrouble.NO_DATA, f"nothing can be found yet: {here.what}")
        code = parse_code(text)
        if isinstance(code, bytes):
            return self._by_code(TicketCode(code), now_ms, here.catalogue)
        with closing(self._hits(text)) as hits_of:  # its end wipes the keys, however few were asked for
            hits = tuple(islice(_distinct(hits_of), FOUND_MAX))
        with self._lock:
            self._offered = {hit.ticket: Holder(hit.name, hit.plate or None) for hit in hits}
        return tuple(
            self._found(hit, self._known.ticket(hit.ticket, now_ms, None, None), here.catalogue) for hit in hits
        )

    def trouble(self) -> FindTrouble | None:
        """What keeps names from being looked up here, before any is typed. Raises StoreTrouble."""
        try:
            _wipe_keys(self._opened())
        except CannotFind as trouble:
            return trouble.why
        return None

    def offered(self, ticket: TicketId) -> Holder | None:
        """The holder of a ticket that the last question found by name; None for any other."""
        with self._lock:
            return self._offered.get(ticket)

    def forget(self) -> None:
        """Keep nothing of what was found."""
        with self._lock:
            self._offered = {}

    # --- inside -----------------------------------------------------------------------------------

    def _by_code(self, code: TicketCode, now_ms: int, catalogue: Catalogue) -> tuple[Found, ...]:
        found = self._known.with_code(code, code_hash(code), now_ms)
        if found is None:
            return ()
        ticket, folded = found
        found_of = unsealed(self._stores.snapshots.in_use, self._event, ticket, code)
        name, plate = (found_of.holder.name, found_of.holder.plate or "") if found_of else ("", "")
        hit = _Hit(ticket, name, plate, "")
        return (self._found(hit, folded, catalogue),)

    def _hits(self, text: str) -> Generator[_Hit]:
        opened = self._opened()
        try:
            if not search_index.is_enough(text):
                what = f"type at least {LETTERS_MIN} letters of the name, the whole plate, or the order's code"
                raise CannotFind(FindTrouble.TOO_SHORT, what)
            for file, key in opened:
                yield from self._in_file(file, key, text)
        finally:
            _wipe_keys(opened)

    def _opened(self) -> _Opened:
        """The lists of names that whoever is here opens, with keys; never none. Raises CannotFind, StoreTrouble."""
        if not self._operators.is_pin_good:
            what = "scan a badge that may look people up and enter its PIN, then search"
            raise CannotFind(FindTrouble.NO_BADGE, what)
        files = [one.search for one in reversed(self._stores.snapshots.in_use) if one.search is not None]
        if not files:
            what = "this kiosk holds no list of names: its point does not search, or the list has not come yet"
            raise CannotFind(FindTrouble.NO_LIST, what)
        opened = [(file, key) for file in files if (key := self._operators.search_key(file)) is not None]
        if not opened and self._operators.may_search:
            what = "the list of names was made before this badge; take another, or wait for the next snapshot"
            raise CannotFind(FindTrouble.NOT_YET, what)
        if not opened:
            raise CannotFind(FindTrouble.NO_RIGHT, "this badge may not look people up; take another")
        return opened

    def _in_file(self, file: SearchFile, key: bytearray, text: str) -> Iterator[_Hit]:
        for no, sealed in file.chunks():
            chunk = search_index.open_chunk(key, Place(self._event, file.build_ms, no), sealed)
            for holder in () if chunk is None else chunk.find(text):
                yield _Hit(holder.ticket, holder.name, holder.plate, holder.order)

    def _found(self, hit: _Hit, folded: Folded, catalogue: Catalogue) -> Found:
        view = folded.view
        return Found(
            ticket=hit.ticket,
            name=hit.name,
            plate=hit.plate or None,
            order=hit.order or None,
            product=None if view is None or view.product is None else product_names(catalogue, view.product),
            items=tuple(_items(folded, catalogue)),
            is_blocked=view is not None and view.blocked,
            is_cancelled=view is not None and view.cancelled,
        )


def _wipe_keys(opened: _Opened) -> None:
    for _, key in opened:
        wipe(key)


def _distinct(hits: Iterable[_Hit]) -> Iterator[_Hit]:
    seen: set[TicketId] = set()
    for hit in hits:
        if hit.ticket not in seen:
            seen.add(hit.ticket)
            yield hit


def _items(folded: Folded, catalogue: Catalogue) -> Iterator[FoundItem]:
    used: dict[ProductNo, int] = {}
    for use in folded.ledger.counted:
        if use.kind is not UseKind.EXIT:
            used[use.product] = used.get(use.product, 0) + use.quantity
    for product, quantity in () if folded.view is None else folded.view.items:
        if quantity > 0:
            yield FoundItem(product, product_names(catalogue, product), quantity, used.get(product, 0))
