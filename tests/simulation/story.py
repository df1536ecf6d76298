"""A story: the list of all that happens in one venue, written down from a seed before anything happens.

Each step holds all its own randomness (`salt`), so that leaving out others changes nothing in it: a failing story can
be shrunk, kept and told.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Final

MOODS: Final[dict[str, dict[str, float]]] = {
    "calm": {},
    "network": {"weather": 9, "partition": 3, "heal": 4, "float": 2},
    "clocks": {"jump": 3, "weather": 2, "heal": 2, "night": 0.5, "restart": 1},
    "disks": {
        "crash": 5,
        "power": 3,
        "lie": 1.5,
        "full": 2,
        "late_error": 1.5,
        "restart": 2,
        "heal": 2,
        "partition": 1,
    },
    "thieves": {"forge": 7, "clone": 1, "revoke": 1.2, "lose": 0.7, "partition": 2, "heal": 3},
    "server": {"backup": 5, "restore": 2.5, "down": 1.5, "bounce": 1, "partition": 1, "heal": 3, "lose": 0.4},
    "office": {"block": 8, "unblock": 3, "reissue": 4, "cancel": 2, "entitle": 3, "catalogue": 0.7, "keys": 0.7},
}
# Other ways than that to the server. Drawn beside the moods above, so that what those seeds tell stays as it is.
PATHS: Final[dict[str, dict[str, float]]] = {
    "peers": {
        "unplug": 2, "lan_part": 3, "lan_heal": 4, "lan_weather": 3, "lease": 1, "fake": 2, "float": 1, "partition": 1,
        "heal": 2, "down": 0.7, "restart": 0.7,
    },
    "carry": {"stick": 12, "stick_home": 6, "spoil": 1.5, "copy": 1.5, "bring_old": 1, "partition": 1, "heal": 1},
}  # fmt: skip
PATH_ODDS: Final = 0.35
ALWAYS: Final[dict[str, float]] = {
    "arrive": 46, "twice": 9, "undo": 2, "block": 1.5, "unblock": 0.5, "reissue": 1, "issue": 1.5, "entitle": 0.7,
    "cancel": 0.5, "decide": 0.7, "build": 0.7, "pause": 1.5, "enrol": 0.5, "backup": 0.4,
}  # fmt: skip
STEPS_MIN, STEPS_MAX = 150, 260
SALT_BITS: Final = 32


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens, `dt_ms` after the one before. `who` and `what` are taken modulo what there is."""

    kind: str
    dt_ms: int
    who: int
    what: int
    salt: int

    def __str__(self) -> str:
        return f"+{self.dt_ms / 1000:.2f}s {self.kind}({self.who}, {self.what}) #{self.salt:08x}"


@dataclass(frozen=True, slots=True)
class Story:
    """How the venue begins, and what happens then."""

    seed: int
    kiosks: int
    holders: int
    moods: tuple[str, ...]
    steps: tuple[Step, ...]


def story_of(seed: int, moods: tuple[str, ...] = ()) -> Story:
    """The story of a seed; `moods` instead of those the seed would choose."""
    rng = random.Random(f"story {seed}")
    drawn = tuple(sorted(rng.sample(sorted(MOODS), rng.choice((1, 2, 2, 3)))))
    moods = moods or (*drawn, *_paths(seed))
    weights = dict(ALWAYS)
    for mood in moods:
        for kind, weight in (MOODS | PATHS)[mood].items():
            weights[kind] = weights.get(kind, 0) + weight
    kinds, odds = list(weights), list(weights.values())
    count = rng.randint(STEPS_MIN, STEPS_MAX)
    steps = tuple(_step(rng, kind) for kind in rng.choices(kinds, odds, k=count))
    return Story(seed, rng.randint(4, 8), rng.randint(8, 24), moods, steps)


def _paths(seed: int) -> tuple[str, ...]:
    rng = random.Random(f"paths {seed}")
    return tuple(path for path in sorted(PATHS) if rng.random() < PATH_ODDS)


def _step(rng: random.Random, kind: str) -> Step:
    dt_ms = min(4_000, round(rng.expovariate(1 / 260)))
    return Step(kind, dt_ms, rng.getrandbits(16), rng.getrandbits(16), rng.getrandbits(SALT_BITS))
