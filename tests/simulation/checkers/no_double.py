"""Claim 3: more uses than the entitlement only where the first had not been delivered when the second was committed.

Each such double is listed as a conflict on the server. And delivery does not dawdle. Where the path from one device
over the server to another was open for more than 5 s, what the one wrote has been heard by the other; so it has where
the one could call the other on the LAN for so long. Where the one reaches only a kiosk of the LAN that reaches the
server, the server has it within 15 s. What is on a stick is known to whoever was given it.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, ClassVar

from common.bodies import Redeem
from common.decision import Outcome, Verdict
from kiosk.sync.outbox import SKIP_FOR_S, SUSPECT_FOR_S
from tests.simulation.checkers.checker import Checker
from tests.simulation.truth import OFFICE, granted
from tests.support.server_world import FOUR_DAYS, ONE_DAY

if TYPE_CHECKING:
    from common.ids import Digest, ProductNo
    from tests.simulation.device import Device
    from tests.simulation.lan import Lan
    from tests.simulation.truth import Holder, Made
    from tests.simulation.venue import Scan, Venue

DELIVERED_WITHIN_S = 5.0
RELAYED_WITHIN_S = 15.0  # pushed to a peer, which waits for up to 3.5 s, and passes it on as its own


class NoDouble(Checker):
    """A device never admits a use it has heard of, and it hears in time."""

    name: ClassVar[str] = "no-double"

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """Judge one admission by what the device had heard; and what it should have heard by now."""
        self._all_delivered(venue, scan.device)
        if not isinstance(scan.answer, Verdict):
            return
        known = venue.truth.known(scan.holder.ticket, scan.heard, scan.generation)
        product = scan.answer.product
        if scan.answer.outcome is Outcome.REFUSE and known.uses:
            venue.report.prevented += 1
        if scan.answer.outcome is not Outcome.ADMIT or product is None:
            return
        used = known.used(product, scan.answer.day or 0, with_waiting=True)
        if used + scan.answer.quantity > _allowed(venue, scan.holder, product):
            self.fail(f"{scan.device.name} admits {scan.holder.ticket.hex()} though it had heard of {used} uses")

    def _all_delivered(self, venue: Venue, device: Device) -> None:
        for made in venue.truth.made.values():
            if made.is_forged or made.entry.ref.digest in device.heard:
                continue
            for way, since_s in _open_ways(venue, made, device):
                late_s = venue.now_s - since_s
                if late_s > DELIVERED_WITHIN_S:
                    kind = type(made.entry.body).__name__
                    self.fail(f"{kind} of {made.by} has not reached {device.name} in {late_s:.1f} s of an open {way}")
        if venue.lan is not None and venue.office.is_up:
            self._all_relayed(venue, venue.lan)

    def _all_relayed(self, venue: Venue, lan: Lan) -> None:
        for digest, made in venue.truth.made.items():
            if made.is_forged or made.by == OFFICE or digest in venue.office_holds:
                continue
            if (writer := _writer(venue, made)) is None:
                continue
            for relay in lan.members():
                since_s = _relay_since_s(venue, lan, writer, relay)
                if since_s is not None and venue.now_s - max(since_s, made.at_s) > RELAYED_WITHIN_S:
                    self.fail(f"{relay.name} has not passed on what {made.by} wrote")

    def carried(self, venue: Venue, device: Device | None, told: AbstractSet[Digest]) -> None:
        """Whoever was given a stick knows what is on it."""
        knows = venue.office.known() if device is None else device.heard
        lacks = told - knows
        if lacks:
            who = "the office" if device is None else device.name
            kinds = sorted({type(venue.truth.made[one].entry.body).__name__ for one in lacks})
            self.fail(f"{who} was given a stick and does not know {len(lacks)} entries of it: {', '.join(kinds)}")

    def healed(self, venue: Venue) -> None:
        """Every double there is stands in the server's list."""
        known = venue.office.known()
        for holder in venue.holders:
            listed = venue.office.conflicts(holder.ticket)
            venue.report.found += len(listed)
            if listed:
                continue
            if (what := _doubled(venue, holder, known)) is not None:
                self.fail(f"{holder.ticket.hex()}: {what}, and no conflict is listed")


def _open_ways(venue: Venue, made: Made, device: Device) -> Iterator[tuple[str, float]]:
    """The ways an entry could have come without trouble, and since when."""
    since_s = _open_since_s(venue, made, device)
    if since_s is not None:
        yield "path", since_s
    writer = _writer(venue, made)
    since_s = None if venue.lan is None or writer is None else venue.lan.open_since_s(writer, device)
    if since_s is not None:
        yield "LAN", max(made.at_s, since_s)


def _writer(venue: Venue, made: Made) -> Device | None:
    """Who wrote it, if that device is there and still has it: a lying disk may have taken it."""
    writer = next((one for one in venue.devices if one.name == made.by), None)
    return None if writer is None or made.entry.ref.digest not in writer.heard else writer


def _relay_since_s(venue: Venue, lan: Lan, writer: Device, relay: Device) -> float | None:
    """Since when what one writes comes to the server by another."""
    if not relay.way.is_up or relay.disk.is_full or relay.had_odd_answers or relay.way.weather != "calm":
        return None
    since_s = lan.open_since_s(writer, relay)
    return None if since_s is None else max(since_s, relay.open_since_s, venue.office_since_s)


def _open_since_s(venue: Venue, made: Made, device: Device) -> float | None:
    """Since when an entry could travel all the way without trouble; None: it cannot, or its writer is gone."""
    if not device.way.is_up or device.disk.is_full or not venue.office.is_up:
        return None
    times = [made.at_s, device.open_since_s, venue.office_since_s]
    if made.by != OFFICE:
        writer = next((one for one in venue.devices if one.name == made.by), None)
        if writer is None or not writer.way.is_up or writer.disk.is_full:
            return None
        if made.entry.ref.digest not in writer.heard:
            return None  # a lying disk took it from its writer
        if made.entry.ref.digest in writer.sync.exchanger.outbox._skipped and writer.had_odd_answers:
            return None  # something before the server failed on it: others pass first
        times.append(writer.open_since_s + _rest_s(made, writer))
    elif (held_s := venue.office_holds.get(made.entry.ref.digest)) is None:
        return None  # a restore took it from the office
    else:
        times.append(held_s)  # where a restore took it, somebody gave it back
    return max(times)


def _rest_s(made: Made, writer: Device) -> float:
    """How long its writer may still pass an entry over after a path has opened, as something failed on it before."""
    times = writer.sync.exchanger.outbox._suspected.get(made.entry.ref.digest, 0) if writer.had_odd_answers else 0
    return min(SKIP_FOR_S, SUSPECT_FOR_S * 2.0 ** (times - 1)) if times else 0.0


def _allowed(venue: Venue, holder: Holder, product: ProductNo) -> int:
    return 1 if product in {FOUR_DAYS, ONE_DAY} else granted(venue.truth, holder, product)


def _doubled(venue: Venue, holder: Holder, known: set[Digest]) -> str | None:
    """A use beyond the entitlement in what the server knows, not yet decided; None where there is none."""
    truth = venue.truth.known(holder.ticket, known, holder.generations[-1])
    for product in sorted({use.product for use in truth.uses}):
        uses = [use for use in truth.uses if use.product == product and isinstance(use, Redeem)]
        for day in sorted({use.day for use in uses}):
            used = sum(use.quantity for use in uses if product != FOUR_DAYS or use.day == day)
            if used > _allowed(venue, holder, product):
                return f"{used} of product {product} were used"
    return None
