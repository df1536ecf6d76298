"""Work that waits, fails or was given up; what was given up may be tried again."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from common.clock import Clock
from common.errors import BadInput
from syncserver.db.engine import Database
from syncserver.jobs.model import JobState
from syncserver.services.admin_names import PER_PAGE, below_of
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import jobs as store
from syncserver.stores.events import EventRow
from syncserver.stores.jobs import JobCounts, ListedJob

# Our own errors name nobody; should one ever carry an address, it ends here.
_ADDRESS = re.compile(r"[^\s<>\"']+@[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of jobs of one state; `next` is None where there is none."""

    state: JobState
    jobs: tuple[ListedJob, ...]
    counts: JobCounts
    next: str | None


class Jobs:
    """Reads the queue for people."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    def page(self, event: EventRow, state: JobState, cursor: str | None) -> JobPage:
        """Jobs of an event, the newest first."""
        with self._db.read() as tx:
            counts = store.counts_of_event(tx, event.id)
            found = store.listed(tx, event.id, state, below_of(cursor), self._clock.now_ms(), PER_PAGE + 1)
        shown = tuple(replace(one, last_error=_nameless(one.last_error)) for one in found[:PER_PAGE])
        return JobPage(state, shown, counts, str(shown[-1].id) if len(found) > PER_PAGE else None)

    def retry(self, actor: Actor, job_id: int) -> None:
        """Let a job that was given up try again from the start. Raises BadInput where there is none."""
        with self._db.write() as tx:
            if not store.revive(tx, actor.event_id, job_id, self._clock.now_ms()):
                raise BadInput("this job is not given up any more: someone has tried it again, or it is done")
            record(tx, actor, Action.RETRY, str(job_id))


def _nameless(error: str | None) -> str | None:
    return None if error is None else _ADDRESS.sub("…@…", error)
