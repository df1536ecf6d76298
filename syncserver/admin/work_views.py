"""The machine's own work: jobs and snapshots."""

from __future__ import annotations

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from syncserver.admin.page import form_key, go, show, words
from syncserver.admin.phrases import job_names
from syncserver.admin.visit import actor, admin, event
from syncserver.jobs.model import JobState
from syncserver.services.rights import Right, right

NUMBER_MAX = 2**63 - 1  # of a row in either database


def add_routes(bp: Blueprint) -> None:
    """Both pages and what can be asked for."""
    bp.add_url_rule("/admin/<event_key>/jobs", "jobs", jobs)
    bp.add_url_rule(f"/admin/<event_key>/jobs/<int(max={NUMBER_MAX}):job>/retry", "job_retry", retry, methods=["POST"])
    bp.add_url_rule("/admin/<event_key>/snapshots", "snapshots", snapshots)
    bp.add_url_rule("/admin/<event_key>/snapshots/build", "snapshot_build", build, methods=["POST"])


@right(Right.SEE_JOBS)
def jobs() -> ResponseReturnValue:
    """Those that wait, or those given up."""
    chosen = request.args.get("state", JobState.DEAD.value)
    if chosen not in {JobState.WAITING, JobState.DEAD}:
        abort(404)
    page = admin().jobs.page(event().event, JobState(chosen), request.args.get("cursor"))
    return show("jobs.html", page=page, names=job_names(words()))


@right(Right.RETRY_JOBS)
def retry(job: int) -> ResponseReturnValue:
    """Try again from the start."""
    admin().jobs.retry(actor(), job)
    return go("jobs", "retrying")


@right(Right.SEE_SNAPSHOTS)
def snapshots() -> ResponseReturnValue:
    """Those built here."""
    return show("snapshots.html", page=admin().snapshots.page(event().event, request.args.get("cursor")))


@right(Right.BUILD_SNAPSHOTS)
def build() -> ResponseReturnValue:
    """Ask for one now."""
    admin().snapshots.build(actor(), form_key())
    return go("snapshots", "building")
