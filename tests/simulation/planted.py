"""Bugs planted into the program, one at a time, to see that the checkers see.

Each is one wrong version of one function or two, as a person might have written it, and names the checker that must
catch it. `packaging/simulate --planted` runs them; the README keeps what it found.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from tests.simulation.planted_bugs import decision_bugs, journal_bugs, office_bugs, path_bugs, sync_bugs

# Where a bug shows: a story without restores tells nothing of restores.
MOODS_OF_CHECKER: Final[dict[str, tuple[str, ...]]] = {
    "delivered-once": ("network",),
    "same-ledger": ("network", "office"),
    "no-double": ("network",),
    "nobody-refused": ("office",),
    "heard-statements": ("office",),
    "honest-vectors": ("network",),
    "no-forgery": ("thieves",),
    "remembered": ("server", "office"),
}
MOODS: Final[dict[str, tuple[str, ...]]] = {
    "journal-not-flushed": ("disks",),
    "commit-errors-swallowed": ("disks",),
    "once-a-day-is-once": ("clocks",),
    "waiting-uses-count": ("thieves",),
    "hole-bridged-by-kiosk": ("network", "thieves"),
    "reissue-accepts-all-uses": ("office", "thieves"),
    "back-off-of-half-a-minute": ("peers",),
    "nothing-is-relayed": ("peers",),
    "peers-are-believed": ("peers",),
    "statements-are-not-for-peers": ("peers",),
    "put-on-a-stick-once": ("carry",),
    "others-left-out-of-the-file": ("carry",),
    "carried-twice-counts-twice": ("carry",),
}


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug with its name and the checker that must catch it."""

    name: str
    checker: str
    plant: Callable[[], AbstractContextManager[None]]

    @property
    def moods(self) -> tuple[str, ...]:
        """Which stories to hunt it in."""
        return MOODS.get(self.name, MOODS_OF_CHECKER[self.checker])

    @property
    def what(self) -> str:
        """What it does, in a line."""
        return (self.plant.__doc__ or "").strip().splitlines()[0]


ALL: tuple[Planted, ...] = tuple(
    Planted(name, checker, plant)
    for module in (journal_bugs, sync_bugs, decision_bugs, office_bugs, path_bugs)
    for checker, plants in module.BUGS.items()
    for plant in plants
    for name in [plant.__name__.replace("_", "-")]
)
