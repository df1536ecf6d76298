"""Claim 2: replicas with the same entries have the same ledger and give the same verdicts.

When all is healed and told, every kiosk knows what the server knows, every ticket folds to the same state and the same
order of uses everywhere, and every gate says of every pass what every other gate says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from common.decide import decide
from common.decision import Fault, Moment, Request, VerifiedPass
from common.ids import ProductNo
from common.ledger import Folded, fold, proof_checker
from common.scan_text import code_of, read_text
from common.ticket_code import derive_code
from syncserver.services.ticket_fold import load_event_facts, read_ticket
from tests.simulation.checkers.checker import Checker

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.truth import Holder
    from tests.simulation.venue import Venue

Summary = tuple[object, ...]


class SameLedger(Checker):
    """Whoever has heard the same thinks the same."""

    name: ClassVar[str] = "same-ledger"

    def healed(self, venue: Venue) -> None:
        """Compare sets, then ledgers, then verdicts."""
        known = venue.office.known()
        for device in venue.devices:
            lacks = known - device.heard - set(device.journal_raws())
            if lacks:
                kinds = sorted({type(m.entry.body).__name__ for d in lacks if (m := venue.truth.made.get(d))})
                self.fail(f"{device.name} has not heard {len(lacks)} entries the server has: {', '.join(kinds)}")
        for holder in venue.holders:
            self._compare(venue, holder)

    def _compare(self, venue: Venue, holder: Holder) -> None:
        generation = holder.generations[-1]
        at_office = _summary(_at_office(venue, holder, generation))
        for device in venue.devices:
            here = _summary(_at_kiosk(venue, device, holder, generation))
            if here != at_office:
                self.fail(f"{device.name} folds {holder.ticket.hex()} to {here}, the server to {at_office}")
        if len(holder.generations) > 1:
            return  # own uses are proven, others' of an older generation cannot be checked: one refuses, one asks
        for point in sorted({device.point for device in venue.devices}):
            said = {device.name: _verdict(venue, device, holder) for device in venue.gates(point)}
            if len(set(said.values())) > 1:
                self.fail(f"{holder.ticket.hex()} at point {point}: {said}")


def _at_office(venue: Venue, holder: Holder, generation: int) -> Folded | None:
    """The server's fold; it holds the code key, so it sees every proof."""
    office, code = venue.office, derive_code(venue.office.event_keys.code, holder.ticket, generation)
    now_ms = venue.office_clock.now_ms()

    def look(tx):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - a connection
        known = read_ticket(tx, office.event, holder.ticket, now_ms)
        if known is None:
            return None
        check = proof_checker(code, office.event.uid, generation)
        return fold(holder.ticket, known.facts, load_event_facts(tx, office.event.id), now_ms, check)

    return office.read(look)  # type: ignore[no-any-return]


def _at_kiosk(venue: Venue, device: Device, holder: Holder, generation: int) -> Folded:
    code = derive_code(venue.office.event_keys.code, holder.ticket, generation)
    known = device.kiosk.station._parts.known
    return known.ticket(holder.ticket, venue.office_clock.now_ms(), code, generation)


def _summary(folded: Folded | None) -> Summary:
    if folded is None:
        return (None, (), (), (), 0)
    view, ledger = folded.view, folded.ledger
    state = None if view is None else (view.generation, view.blocked, view.cancelled, view.product, view.items)
    return (state, *(tuple(use.ref.digest.hex()[:8] for use in uses) for uses in _uses(folded)), len(ledger.heads))


def _uses(folded: Folded) -> Iterator[tuple]:  # type: ignore[type-arg]
    yield folded.ledger.counted
    yield folded.ledger.waiting
    yield folded.ledger.struck


def _verdict(venue: Venue, device: Device, holder: Holder) -> str:
    """What a gate would say now, with one clock for all; nothing is written."""
    station = device.kiosk.station
    here = device.kiosk.around.here()
    text = venue.pass_of(holder, holder.generations[-1])
    now_ms = venue.office_clock.now_ms()
    scan = read_text(text, station._ring, now_ms // 1000)
    if isinstance(here, Fault) or not isinstance(scan, VerifiedPass):
        return f"{here if isinstance(here, Fault) else scan}"
    folded = device.kiosk.station._parts.known.ticket(holder.ticket, now_ms, code_of(scan), scan.generation)
    product = ProductNo(min(holder.items, default=3)) if here.place.point.point == 2 else None
    verdict = decide(scan, folded.view, folded.ledger, Request(product=product), here.place, Moment(now_ms, 0))
    return f"{verdict.outcome} {verdict.reason} {verdict.product} {verdict.quantity}"
