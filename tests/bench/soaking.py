"""How long and how fast a soak goes on."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import BadInput

SLACK = 1.5  # how much longer than planned a run may take
SLACK_S = 120.0
HOURS_MAX, SCANS_MAX, FACTOR_MAX = 48, 3600, 3600


@dataclass(frozen=True, slots=True)
class Soaking:
    """What to simulate: `factor` simulated seconds go by in one."""

    hours: int = 10
    scans_per_hour: int = 600
    factor: float = 30

    def __post_init__(self) -> None:
        """Raises BadInput for what would never end, or nothing at all."""
        limits = (("hours", self.hours, HOURS_MAX), ("scans an hour", self.scans_per_hour, SCANS_MAX))
        for name, value, most in (*limits, ("factor", self.factor, FACTOR_MAX)):
            if not 1 <= value <= most:
                raise BadInput(f"soak: {value} {name} is out of bounds; give 1 to {most}")

    @property
    def pace_s(self) -> float:
        """Real seconds from one code to the next."""
        return 3600 / self.scans_per_hour / self.factor

    @property
    def stop_s(self) -> float:
        """When to stop whatever is missing."""
        return self.hours * 3600 / self.factor * SLACK + SLACK_S
