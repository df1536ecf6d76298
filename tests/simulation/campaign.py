"""Seeds, one after the other: each a venue from its beginning to its end."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulation.faults import Violation
from tests.simulation.office import Ground, lay_ground
from tests.simulation.randomness import seeded
from tests.simulation.story import Story
from tests.simulation.venue import Report, Venue
from tests.simulation.watch import Watch

RAM = Path("/dev/shm")


@dataclass
class Told:
    """How a story ended."""

    story: Story
    report: Report
    trace: str
    verdicts: tuple[str, ...]  # each with its step and gate
    violation: Violation | None = None
    fault: Exception | None = None
    cpu_s: float = 0.0

    @property
    def checker(self) -> str | None:
        """Which claim did not hold; a program error counts as one of its own."""
        if self.violation is not None:
            return self.violation.checker
        return None if self.fault is None else f"error {type(self.fault).__name__}"


@dataclass
class Ring:
    """A folder in memory with the ground every venue begins from."""

    folder: Path
    ground: Ground
    _count: int = field(default=0)

    def tell(
        self,
        story: Story,
        *,
        only: str | None = None,
        url: str | None = None,
        processes: int = 1,
        ground: Ground | None = None,
    ) -> Told:
        """Live a story through; with `url` on another database, which holds `ground`."""
        self._count += 1
        folder = self.folder / f"venue{self._count}"
        folder.mkdir()
        began_s = time.process_time()
        with seeded(story.seed):
            venue = Venue(story, ground or self.ground, folder, Watch(only), url, processes)
            told = Told(story, venue.report, "", ())
            try:
                venue.live()
            except Violation as violation:
                told.violation = violation
            except Exception as fault:  # noqa: BLE001 - a bug of the program, told with its seed
                told.fault = fault
        told.trace, told.verdicts = venue.trace.hexdigest(), tuple(venue.verdicts)
        told.cpu_s = time.process_time() - began_s
        return told


@contextmanager
def ring() -> Iterator[Ring]:
    """A ground in memory, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="venue-", dir=RAM if RAM.is_dir() else None))
    try:
        yield Ring(folder, lay_ground(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
