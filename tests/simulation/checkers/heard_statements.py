"""Claim 5: no blocked, cancelled or superseded pass is admitted by a device that had received the statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from common.decision import Outcome, Verdict
from tests.simulation.checkers.checker import Checker

if TYPE_CHECKING:
    from tests.simulation.venue import Scan, Venue


class HeardStatements(Checker):
    """What the office has said holds wherever it was heard."""

    name: ClassVar[str] = "heard-statements"

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """An admission is against nothing that was heard."""
        if not isinstance(scan.answer, Verdict) or scan.answer.outcome is not Outcome.ADMIT:
            return
        known = venue.truth.known(scan.holder.ticket, scan.heard, scan.generation)
        what = f"{scan.device.name} admits {scan.holder.ticket.hex()}"
        if known.is_blocked:
            self.fail(f"{what}, which it had heard is blocked")
        if known.is_cancelled:
            self.fail(f"{what}, which it had heard is cancelled")
        if known.generation > scan.generation:
            self.fail(f"{what} by generation {scan.generation}; it had heard of {known.generation}")
