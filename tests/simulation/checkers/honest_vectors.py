"""Claim 6: no vector covers an entry its owner does not have.

A line claims every entry from its first to its last, chained by digest to the one it names. Whoever believes it never
sends those entries, so a vector that claims too much loses entries for good.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, ClassVar

from tests.simulation.checkers.checker import Checker

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from common.exchange import ExchangeAnswer, ExchangeRequest, VersionVector
    from tests.simulation.device import Device
    from tests.simulation.venue import Venue


class HonestVectors(Checker):
    """Every vector that crosses the wire is true."""

    name: ClassVar[str] = "honest-vectors"

    def vector_of_kiosk(self, venue: Venue, device: Device, request: ExchangeRequest) -> None:
        """A kiosk claims what it holds, and what its snapshots tell it."""
        if request.vector is not None:
            has = device.held() | venue.of_snapshots(device)
            self._check(venue, device.name, request.vector, has)

    def vector_of_peer(self, venue: Venue, device: Device, answer: ExchangeAnswer) -> None:
        """To another kiosk it claims the same."""
        if answer.vector is not None:
            has = device.held() | venue.of_snapshots(device)
            self._check(venue, device.name, answer.vector, has)

    def vector_of_server(self, venue: Venue, answer: ExchangeAnswer) -> None:
        """The server claims what it holds as bytes."""
        if answer.vector is not None:
            venue.look()
            self._check(venue, "the server", answer.vector, venue.office.digests())

    def _check(self, venue: Venue, owner: str, vector: VersionVector, has: AbstractSet[bytes]) -> None:
        for run in vector:
            for line in run.lines:
                claimed = list(islice(venue.truth.chain(line.digest), line.last - line.first + 1))
                lacking = [digest for digest in claimed if digest not in has]
                if lacking or len(claimed) < line.last - line.first + 1:
                    self.fail(f"{owner} claims {line.first} to {line.last} of a run and lacks {len(lacking)} of them")

    def healed(self, venue: Venue) -> None:
        """What a snapshot of the server says it covers, its rows know."""
        for device in venue.devices:
            for one in device.kiosk.stores.snapshots.in_use:
                knows = venue.snapshots.get(one.signed_manifest, frozenset())
                self._check(venue, f"a snapshot of {device.name}", one.file.manifest.vector, knows)
