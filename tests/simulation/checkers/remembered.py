"""Claim 8: after a restore nothing decided is forgotten that any surviving device had heard.

Whatever statement a device still there has heard, as bytes or as rows of a snapshot, is known to the server in the
end, and holds there: what was blocked is blocked, what was cancelled is cancelled, the generation is as high.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tests.simulation.checkers.checker import Checker
from tests.simulation.truth import OFFICE

if TYPE_CHECKING:
    from common.ids import Digest
    from tests.simulation.truth import Holder
    from tests.simulation.venue import Venue


class Remembered(Checker):
    """A restored server is told what it had said."""

    name: ClassVar[str] = "remembered"

    def healed(self, venue: Venue) -> None:
        """Every statement heard is known, and in force."""
        heard = set().union(*(device.heard for device in venue.devices))
        known = venue.office.known()
        said = {digest for digest in heard if (m := venue.truth.made.get(digest)) and m.by == OFFICE}
        forgotten = said - known
        if forgotten:
            kinds = sorted({type(venue.truth.made[digest].entry.body).__name__ for digest in forgotten})
            self.fail(f"the server has forgotten {len(forgotten)} statements: {', '.join(kinds)}")
        for holder in venue.holders:
            self._holds(venue, holder, said)

    def _holds(self, venue: Venue, holder: Holder, said: set[Digest]) -> None:
        truth = venue.truth.known(holder.ticket, said, 0)
        known = venue.office.ticket(holder.ticket)
        view = known.folded.view if known else None
        if view is None:
            return
        if (truth.is_blocked, truth.is_cancelled) != (view.blocked, view.cancelled):
            self.fail(
                f"{holder.ticket.hex()}: blocked, cancelled is {truth.is_blocked, truth.is_cancelled} by what was said"
            )
        if view.generation < truth.generation:
            self.fail(f"{holder.ticket.hex()}: generation {view.generation} after {truth.generation} was given")
