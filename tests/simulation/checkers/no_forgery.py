"""Claim 7: forged entries use up nobody's pass.

A thief with a kiosk's key can sign uses of any ticket. Without the ticket's code no proof of scan holds, so no gate
refuses the holder for such a use, and the server counts none as proven.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from common.decision import Outcome, Reason, Verdict
from common.facts import Standing, UseFact
from tests.simulation.checkers.checker import Checker
from tests.simulation.checkers.nobody_refused import _is_used

if TYPE_CHECKING:
    from tests.simulation.venue import Scan, Venue

_USED: Final = frozenset({Reason.NOTHING_LEFT, Reason.ALREADY_TODAY, Reason.LIMIT_TODAY, Reason.DAYS_USED_UP})


class NoForgery(Checker):
    """Who holds no pass proves no use."""

    name: ClassVar[str] = "no-forgery"

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """Where a forged use was heard, a refusal for use has a genuine one as its ground."""
        if not isinstance(scan.answer, Verdict) or scan.answer.outcome is not Outcome.REFUSE:
            return
        about = venue.truth.about(scan.holder.ticket, scan.heard)
        if scan.answer.reason not in _USED or not any(made.is_forged for made in about):
            return
        known = venue.truth.known(scan.holder.ticket, scan.heard, scan.generation)
        if not _is_used(scan, known, scan.answer.day or scan.day):
            self.fail(f"{scan.device.name} refuses {scan.holder.ticket.hex()} for a use that was forged")

    def healed(self, venue: Venue) -> None:
        """The server holds no forged use for proven."""
        forged = {digest for digest, made in venue.truth.made.items() if made.is_forged}
        for holder in venue.holders:
            known = venue.office.ticket(holder.ticket)
            for fact in known.facts if known else ():
                is_proven = isinstance(fact, UseFact) and fact.standing is Standing.PROVEN
                if is_proven and fact.ref.digest in forged:
                    self.fail(f"the server holds a forged use of {holder.ticket.hex()} for proven")
