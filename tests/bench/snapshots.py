"""Bulk issue, the snapshot's build, the sizes of its files, and how long a kiosk takes to verify and use it."""

from __future__ import annotations

from common.exchange import FileKind, Manifest
from kiosk.store.snapshots import file_of
from tests.bench.bench import Bench
from tests.bench.figures import Figure, megabytes, per_second, seconds, spread


def measure_bulk(bench: Bench) -> list[Figure]:
    """How long the kept data took to make. It is made once and used for days."""
    making, size = bench.site.making, bench.size
    issue, intake = seconds(making.issue_s), per_second(size.uses, making.intake_s)
    projected = per_second(size.uses, making.projection_s)
    return [
        Figure(
            f"issue-passes --count {size.tickets}", "minutes", issue, "", "SQLite; statements of 500, folded at once"
        ),
        Figure(
            "ingest without HTTP, batches of 200", "", intake, "", f"SQLite; {size.uses:,} entries, signing beside it"
        ),
        Figure(
            "projector, all uses",
            "1,500/s",
            projected,
            "",
            f"SQLite; {size.uses:,} entries with proofs; by CPU time {per_second(size.uses, making.projection_cpu_s)}",
        ),
    ]


def measure_snapshot(bench: Bench) -> list[Figure]:
    """Build it once, install it in several new kiosks."""
    built = bench.built
    installs = [bench.install(bench.make_kiosk(f"installing-{at}")) for at in range(bench.times(5, 1))]
    times = spread(installs)
    note = f"{built.row.ticket_count:,} tickets, {built.row.use_count:,} uses; {seconds(built.cpu_s)} of CPU"
    return [
        Figure("snapshot: build", "15 s", seconds(built.took_s), "", note),
        _size_of(built.manifest, FileKind.ADMISSION, "snapshot: admission file", "22 MB"),
        _size_of(built.manifest, FileKind.HOLDERS, "snapshot: holder file", "25 MB"),
        Figure(
            "snapshot: verified and installed",
            "5 s",
            times.median,
            times.high,
            "both files from the local disk, synced",
        ),
    ]


def _size_of(manifest: Manifest, kind: FileKind, what: str, goal: str) -> Figure:
    offer = file_of(manifest, kind)
    if offer is None:
        return Figure(what, goal, "none", "", "the manifest names no such file")
    return Figure(what, goal, megabytes(offer.size), "", f"{megabytes(offer.plain_size)} unpacked")
