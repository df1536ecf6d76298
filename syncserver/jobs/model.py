"""Words of the job queue."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

from common.errors import RallygateError

A = TypeVar("A", bound=msgspec.Struct)

ATTEMPTS_MAX = 12
LEASE_MS = 60_000
BACKOFF_MS_FIRST = 1_000
BACKOFF_MS_MAX = 15 * 60_000
ERROR_CHARS_MAX = 500


class JobState(StrEnum):
    """WAITING (also while leased), DONE, or DEAD: given up, a person must look."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class LeaseLost(RallygateError):
    """Another worker has taken the job over: drop what this attempt did."""


class GiveUp(RallygateError):
    """No further attempt can help: the job is dead at once. The text says what a person should do."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job as a worker holds it."""

    id: int
    queue: str
    name: str
    key: str
    args: str
    attempts: int  # this one included
    lease: str
    run_at_ms: int  # since when it is due


class JobContext(Protocol):
    """What a handler may use."""

    job: Job

    def args(self, kind: type[A]) -> A:
        """The job's arguments as the handler's own type. Raises GiveUp where they do not fit."""
        ...

    def finishing(self) -> AbstractContextManager[Connection]:
        """One write transaction that also marks the job done: write the effect in it.

        Raises LeaseLost at its end if another worker took the job meanwhile; nothing is then written.
        """
        ...


Handler = Callable[[JobContext], None]


def backoff_ms(attempts: int) -> int:
    """How long to wait after so many failed attempts: 1 s, 2 s, 4 s ... at most 15 minutes."""
    return int(min(BACKOFF_MS_FIRST << min(attempts - 1, 20), BACKOFF_MS_MAX))
