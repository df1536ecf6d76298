"""What every checker may look at, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NoReturn

from tests.simulation.faults import Violation

if TYPE_CHECKING:
    from common.exchange import ExchangeAnswer, ExchangeRequest
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

    def healed(self, venue: Venue) -> None:
        """All faults are over, and all had time to be told."""

    def fail(self, what: str) -> NoReturn:
        """The claim does not hold. Raises Violation."""
        raise Violation(self.name, what)
