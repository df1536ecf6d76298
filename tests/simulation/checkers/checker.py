"""What every checker may look at, and when."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, ClassVar, NoReturn

from tests.simulation.faults import Violation

if TYPE_CHECKING:
    from common.exchange import ExchangeAnswer, ExchangeRequest
    from common.ids import Digest
    from tests.simulation.device import Device
    from tests.simulation.venue import Scan, Venue


class Checker:
    """A claim about the whole system. `name` is how planted bugs and reports call it."""

    name: ClassVar[str]

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """A pass was shown and answered."""

    def vector_of_kiosk(self, venue: Venue, device: Device, request: ExchangeRequest) -> None:
        """A kiosk says what it has."""

    def vector_of_server(self, venue: Venue, answer: ExchangeAnswer) -> None:
        """The server says what it has."""

    def vector_of_peer(self, venue: Venue, device: Device, answer: ExchangeAnswer) -> None:
        """A kiosk says to another what it has."""

    def carried(self, venue: Venue, device: Device | None, told: AbstractSet[Digest]) -> None:
        """A stick was carried to a device, or to the office (None); `told`: what it must have told there."""

    def healed(self, venue: Venue) -> None:
        """All faults are over, and all had time to be told."""

    def fail(self, what: str) -> NoReturn:
        """The claim does not hold. Raises Violation."""
        raise Violation(self.name, what)
