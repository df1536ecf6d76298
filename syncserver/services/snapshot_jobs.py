"""Building a snapshot on demand, through the queue."""

from __future__ import annotations

from collections.abc import Mapping

from syncserver.jobs.model import Handler, JobContext
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.services.snapshot_queue import BUILD, BuildArgs


def snapshot_handlers(builder: SnapshotBuilder) -> Mapping[str, Handler]:
    """Handlers of the queue `snapshots` by job name."""

    def build(job: JobContext) -> None:
        args = job.args(BuildArgs)
        if args.instead_of is None or builder.is_newest(args.event_id, args.instead_of):
            builder.build(args.event_id)

    return {BUILD: build}
