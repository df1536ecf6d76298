"""When to exchange and how: a pure function of what happened and the time. No I/O, no threads.

By cursor it is fast; by vector it is true. The truth is asked for at every start, after every new snapshot, whenever
the server did not know the cursor, and at least every 30 seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

OPEN_EVERY_S: Final = 1.0
IDLE_EVERY_S: Final = 15.0
TRUTH_EVERY_S: Final = 30.0
JITTER: Final = 0.2
BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MAX_S: Final = 3.0  # with the poll of whoever waits for the entry: 5 s at most from one open gate to another
BATCH_MAX: Final = 500
BATCH_GROWTH: Final = 2


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered between exchanges; times on the monotonic clock.

    `batch` is how many entries a message may hold. 0 is a probe: if even an empty message fails, the trouble is the
    server's; if it succeeds, the one entry of the message before is what the server cannot digest.
    """

    next_s: float
    truth_due_s: float
    failures: int = 0
    batch: int = BATCH_MAX


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do for so long, unless something happens."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """Exchange now, with at most `batch` entries."""

    by_vector: bool
    batch: int


@dataclass(frozen=True, slots=True)
class EntryWritten:
    """An own entry was committed."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A person asked for an exchange at once, and wants the truth."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An exchange succeeded. `more`: there is more to fetch or to send. `lost_cursor`: the server did not know it."""

    by_vector: bool
    more: bool
    lost_cursor: bool = False
    retry_after_s: float | None = None
    is_point_open: bool = True


@dataclass(frozen=True, slots=True)
class Failed:
    """An exchange failed. `too_much`: a smaller message than one with `sent` entries may get through."""

    too_much: bool = False
    sent: int = 0
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class SnapshotInstalled:
    """What is known here changed."""


Happened = EntryWritten | Asked | Answered | Failed | SnapshotInstalled


def started(now_s: float) -> State:
    """The state at a start: the truth is due at once."""
    return State(now_s, now_s)


def due(state: State, now_s: float) -> Wait | Exchange:
    """What to do now."""
    if now_s < state.next_s:
        return Wait(state.next_s - now_s)
    return Exchange(now_s >= state.truth_due_s, state.batch)


def after(state: State, happened: Happened, now_s: float, chance: float) -> State:
    """The state after something happened. `chance` from 0 to 1 makes kiosks not ask in step."""
    match happened:
        case EntryWritten():
            return state if state.failures else replace(state, next_s=min(state.next_s, now_s))
        case Asked():
            return replace(state, next_s=now_s, truth_due_s=now_s, failures=0)
        case SnapshotInstalled():
            return replace(state, truth_due_s=now_s)
        case Answered():
            return _answered(state, happened, now_s, chance)
        case Failed():
            return _failed(state, happened, now_s, chance)


def _answered(state: State, answered: Answered, now_s: float, chance: float) -> State:
    every_s = OPEN_EVERY_S if answered.is_point_open else IDLE_EVERY_S
    next_s = now_s if answered.more else now_s + jittered(every_s, chance)
    if answered.retry_after_s is not None:
        next_s = now_s + answered.retry_after_s
    truth_due_s = now_s + TRUTH_EVERY_S if answered.by_vector else state.truth_due_s
    if answered.lost_cursor:
        next_s, truth_due_s = now_s, now_s
    return State(next_s, truth_due_s, 0, min(BATCH_MAX, max(1, state.batch * BATCH_GROWTH)))


def _failed(state: State, failed: Failed, now_s: float, chance: float) -> State:
    failures = state.failures + 1
    shrinks = failed.too_much and failed.sent > 0
    wait_s = BACKOFF_FIRST_S if shrinks else min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2.0 ** min(failures - 1, 10))
    if failed.retry_after_s is not None:
        wait_s = max(wait_s, failed.retry_after_s)
    batch = min(state.batch, failed.sent) // 2 if shrinks else state.batch
    return State(now_s + jittered(wait_s, chance), now_s, failures, batch)


def jittered(seconds: float, chance: float) -> float:
    """Up to a fifth shorter or longer."""
    return seconds * (1 + JITTER * (2 * chance - 1))
