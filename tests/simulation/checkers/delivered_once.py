"""Claim 1: every confirmed entry is on the server exactly once, byte for byte, after the network has healed.

Confirmed is an entry whose admission was shown, or that lies in the journal of a device still there. Excepted is what
was held only by a device lost for good, or by a disk that had not kept what it said it had; the report counts it.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, ClassVar

from common.decision import Outcome, Verdict
from common.entries import Entry
from tests.simulation.checkers.checker import Checker

if TYPE_CHECKING:
    from common.ids import Digest
    from tests.simulation.venue import Scan, Venue


class DeliveredOnce(Checker):
    """Nothing that was shown green is lost or counted twice."""

    name: ClassVar[str] = "delivered-once"

    def __init__(self) -> None:
        self._shown: dict[Digest, str] = {}

    def scanned(self, venue: Venue, scan: Scan) -> None:
        """An admission is shown only when its entry is in the journal's file, with its place, clock and operator."""
        if not isinstance(scan.answer, Verdict) or scan.answer.outcome is not Outcome.ADMIT:
            return
        entry = scan.shown.entry
        if entry is None or not _is_in_file(scan, entry.digest):
            self.fail(f"{scan.device.name} showed an admission that is not in its journal")
        self._shown[entry.digest] = scan.device.name
        written = next((e for e in scan.device.kiosk.stores.journal.since(0) if e.ref == entry), None)
        if written is None or getattr(written.body, "point", None) != scan.device.point:
            self.fail(f"{scan.device.name} wrote an admission with another place than its own")
        now_ms = scan.device.clock.now_ms()
        if written.stamp.wall_ms != now_ms:
            self.fail(
                f"{scan.device.name} stamped an admission with {written.stamp.wall_ms} when its clock said {now_ms}"
            )
        if written.operator is not None:
            self.fail(f"{scan.device.name} wrote that somebody admitted who never signed in there")

    def healed(self, venue: Venue) -> None:
        """Compare what is on the server with every journal, and with every admission shown."""
        rows = venue.office.rows()
        on_server = dict(rows)
        twice = [digest for digest, count in Counter(digest for digest, _ in rows).items() if count > 1]
        if twice:
            self.fail(f"{len(twice)} entries are on the server twice")
        for device in venue.devices:
            for digest, raw in device.journal_raws().items():
                if on_server.get(digest) != raw:
                    self.fail(
                        f"{device.name} holds {_named(venue, digest)}; the server has {_other(on_server, digest)}"
                    )
        self._shown_are_there(venue, set(on_server))

    def _shown_are_there(self, venue: Venue, on_server: set[Digest]) -> None:
        gone = {digest: by for digest, by in self._shown.items() if digest not in on_server}
        excused = {one.name for one in venue.lost} | venue.lied
        survivors = set().union(*(device.heard for device in venue.devices))
        for digest, by in gone.items():
            if digest in survivors:
                self.fail(f"{by} showed {_named(venue, digest)}, others have heard it, and the server has not")
            if by not in excused:
                self.fail(f"{by} showed {_named(venue, digest)} and nobody has it")
        venue.report.lost += len(gone)


def _is_in_file(scan: Scan, digest: Digest) -> bool:
    with closing(sqlite3.connect(f"file:{scan.device.folder.journal}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT 1 FROM entries WHERE digest = ?", (digest,)).fetchone() is not None


def _named(venue: Venue, digest: Digest) -> str:
    made = venue.truth.made.get(digest)
    entry: Entry | None = made.entry if made else None
    kind = type(entry.body).__name__ if entry else "something"
    return f"{kind} {digest.hex()[:8]}"


def _other(on_server: dict[Digest, bytes], digest: Digest) -> str:
    return "other bytes" if digest in on_server else "nothing"
