"""Claim 4: no valid pass is refused except by a policy that says so.

A refusal needs a reason the device had heard of: a use, a block, a cancellation, a newer generation. A question needs
something to ask about: of any pass, where the disk has lost what it had promised. A fault of the device needs a fault
of the device.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from common.decision import Fault, FaultCode, Outcome, Reason, Verdict
from tests.simulation.checkers.checker import Checker
from tests.support.server_world import FOUR_DAYS, ONE_DAY

if TYPE_CHECKING:
    from tests.simulation.truth import Known
    from tests.simulation.venue import Scan, Venue

_USED: Final = frozenset({Reason.NOTHING_LEFT, Reason.ALREADY_TODAY, Reason.LIMIT_TODAY, Reason.DAYS_USED_UP})
_ASKED: Final = frozenset({Reason.PROOF_MISSING, Reason.NEEDS_SUPERVISOR})
_NOT_HERE: Final = frozenset({Reason.NOT_BOUGHT, Reason.WRONG_POINT})


class NobodyRefused(Checker):
    """Whoever has a right gets in."""

    name: ClassVar[str] = "nobody-refused"

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """A refusal, a question or a fault has a ground."""
        if isinstance(scan.answer, Fault):
            self._fault(scan, scan.answer)
            return
        if scan.answer.outcome is Outcome.ADMIT:
            return
        known = venue.truth.known(scan.holder.ticket, scan.heard, scan.generation)
        if scan.answer.reason is Reason.HISTORY_INCOMPLETE and scan.device.name in venue.lied:
            return
        if not _has_ground(scan, scan.answer, known):
            self.fail(f"{scan.device.name} says {scan.answer.reason} to {scan.holder.ticket.hex()}: {known}")

    def _fault(self, scan: Scan, fault: Fault) -> None:
        device = scan.device
        if fault.code is FaultCode.CLOCK_UNUSABLE and device.kiosk.device_clock.is_doubtful():
            return
        if fault.code in {FaultCode.NO_SNAPSHOT, FaultCode.NO_POINT} and not device.manifests():
            return
        if not device.had_disk_trouble:
            self.fail(f"{device.name} has a fault without one: {fault.code}: {fault.what}")
        device.had_disk_trouble = device.disk.is_full


def _has_ground(scan: Scan, verdict: Verdict, known: Known) -> bool:
    reason = verdict.reason
    if reason in _NOT_HERE:
        return _is_not_for_this_point(scan)
    if reason in _USED:
        return _is_used(scan, known, verdict.day or scan.day)
    if reason in _ASKED:
        return known.doubtful
    if reason is Reason.BLOCKED:
        return known.is_blocked
    if reason is Reason.CANCELLED:
        return known.is_cancelled
    return reason is Reason.SUPERSEDED and max(known.generation, known.used_generation) > scan.generation


def _is_used(scan: Scan, known: Known, day: int) -> bool:
    """Whether what was heard of uses leaves too little, by the least that the pass itself grants."""
    if scan.device.point == 1:
        return known.used(scan.holder.product, day, with_waiting=False) > 0
    product = scan.request.product
    assert product is not None
    return known.used(product, day, with_waiting=False) + scan.request.quantity > scan.items.get(product, 0)


def _is_not_for_this_point(scan: Scan) -> bool:
    product = scan.request.product
    bought = {FOUR_DAYS, ONE_DAY} if scan.device.point == 1 else set(scan.items)
    return product is not None and product not in bought
