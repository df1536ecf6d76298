"""All checkers together, or some of them."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from tests.simulation.checkers.checker import Checker
from tests.simulation.checkers.delivered_once import DeliveredOnce
from tests.simulation.checkers.heard_statements import HeardStatements
from tests.simulation.checkers.honest_vectors import HonestVectors
from tests.simulation.checkers.no_double import NoDouble
from tests.simulation.checkers.no_forgery import NoForgery
from tests.simulation.checkers.nobody_refused import NobodyRefused
from tests.simulation.checkers.remembered import Remembered
from tests.simulation.checkers.same_ledger import SameLedger

if TYPE_CHECKING:
    from common.exchange import ExchangeAnswer, ExchangeRequest
    from common.ids import Digest
    from tests.simulation.device import Device
    from tests.simulation.venue import Scan, Venue

ALL: Final[tuple[type[Checker], ...]] = (
    DeliveredOnce,
    SameLedger,
    NoDouble,
    NobodyRefused,
    HeardStatements,
    HonestVectors,
    NoForgery,
    Remembered,
)


class Watch:
    """Asks every checker. With `only`, that one alone."""

    def __init__(self, only: str | None = None) -> None:
        self._checkers = [kind() for kind in ALL if only in {None, kind.name}]

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """A pass was shown and answered."""
        for checker in self._checkers:
            checker.scanned(venue, scan)

    def vector_of_kiosk(self, venue: Venue, device: Device, request: ExchangeRequest) -> None:
        """A kiosk says what it has."""
        for checker in self._checkers:
            checker.vector_of_kiosk(venue, device, request)

    def vector_of_server(self, venue: Venue, answer: ExchangeAnswer) -> None:
        """The server says what it has."""
        for checker in self._checkers:
            checker.vector_of_server(venue, answer)

    def vector_of_peer(self, venue: Venue, device: Device, answer: ExchangeAnswer) -> None:
        """A kiosk says to another what it has."""
        for checker in self._checkers:
            checker.vector_of_peer(venue, device, answer)

    def carried(self, venue: Venue, device: Device | None, told: AbstractSet[Digest]) -> None:
        """A stick was carried to a device, or to the office; `told`: what it must have told there."""
        for checker in self._checkers:
            checker.carried(venue, device, told)

    def healed(self, venue: Venue) -> None:
        """All faults are over."""
        for checker in self._checkers:
            checker.healed(venue)
