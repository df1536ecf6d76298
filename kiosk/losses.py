"""What a damage to the journal took: own uses that may have happened here and that nothing here tells of any more.

Until they are back from whoever heard of them, "never used" cannot be said of any pass here: a scan is asked about.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable

from common.entries import Entry, stored_entry
from common.ids import EventUid, RunId
from common.vectors import Link
from kiosk.known import Stores
from kiosk.shown import DamageShown
from kiosk.store.snapshots import InUse

_log = logging.getLogger("rallygate.kiosk")


class Losses:
    """Whether own uses are missing, and how many are known to be. May be asked by any thread.

    Numbers missing in a run are seen by their neighbours. What stood behind the last entry that could be read is seen
    by nobody: there the server's next complete answer settles it, since it gives back all that ever left this kiosk.
    """

    def __init__(self, stores: Stores, event: EventUid) -> None:
        self._stores, self._event = stores, event
        self._damage = stores.journal.damage()
        self._is_open = self._damage is not None and not self._damage.is_settled
        self._is_end_given_up = self._damage is not None and self._damage.is_end_given_up
        self._heard_before = stores.learnt.remembered("heard_ms")
        self._seen: tuple[InUse, ...] | None = None  # snapshots by which `_missing` was counted
        self._missing = 0
        self._lock = threading.Lock()

    @property
    def are_open(self) -> bool:
        """Whether a use of any pass may be missing here. Raises StoreTrouble."""
        return self._is_open and self._look()

    def shown(self) -> DamageShown | None:
        """What people are told; None where the journal was never damaged. Raises StoreTrouble."""
        damage = self._damage
        if damage is None:
            return None
        is_open = self._look()
        return DamageShown(
            damage.found_ms, damage.saved, self._missing, is_open=is_open, is_end_unknown=self._is_end_given_up
        )

    def heard(self, entries: Iterable[Entry]) -> None:
        """Entries came from others: own ones may be among them."""
        own = self._stores.journal.device
        if self._damage is not None and any(entry.ref.identity.device == own for entry in entries):
            with self._lock:
                self._seen = None

    def accept(self) -> None:
        """A supervisor says to go on without what is missing. Raises StoreTrouble."""
        with self._lock:
            if self._is_open:
                self._settle("a supervisor said to go on without what is missing", knows_end=self._is_end_known())

    def _look(self) -> bool:
        with self._lock:
            in_use = self._stores.snapshots.in_use
            if self._seen is not in_use:
                self._missing, self._seen = self._count_missing(in_use), in_use
            if self._is_open and not self._missing and self._is_end_known():
                self._settle("all that was missing has come back")
            elif self._is_end_given_up and self._is_end_known():
                self._settle("the server has given back whatever had left this kiosk")
            return self._is_open

    def _settle(self, why: str, *, knows_end: bool = True) -> None:
        self._sent_no_more()
        self._stores.journal.settle_damage(end_given_up=not knows_end).result()
        self._is_open, self._is_end_given_up = False, not knows_end
        _log.warning("the journal that was damaged: %s", why)

    def _sent_no_more(self) -> None:
        """What was sent once and is lost shows no new loss at the next start: on a full disk that was not noted."""
        sent, damage = self._stores.learnt.noted_number("sent_position") or 0, self._damage
        if damage is not None and sent > self._stores.journal.end():
            self._stores.learnt.note("sent_position", min(damage.saved, self._stores.journal.end())).result()

    def _is_end_known(self) -> bool:
        if self._damage is not None and self._damage.is_end_known:
            return True
        return self._stores.learnt.remembered("heard_ms") != self._heard_before

    def _count_missing(self, in_use: tuple[InUse, ...]) -> int:
        ends, held = self._runs()
        own = self._stores.journal.device
        for one in in_use:
            for run in one.file.manifest.vector:
                if run.device == own and run.run in ends:
                    for line in run.lines:
                        held[run.run].update(range(line.first, line.last + 1))
        return sum(len(set(range(1, end + 1)) - held[run]) for run, end in ends.items())

    def _runs(self) -> tuple[dict[RunId, int], dict[RunId, set[int]]]:
        """Of each own run how far it went at least, and which numbers are here as bytes."""
        journal, learnt = self._stores.journal, self._stores.learnt
        runs = {*journal.runs(), *(run for device, run in learnt.runs() if device == journal.device)}
        links = {run: (*journal.links_of(run), *learnt.links_of(journal.device, run)) for run in runs}
        ends = {run: max(link.number for link in of_run) for run, of_run in links.items()}
        held = {run: {link.number for link in of_run} for run, of_run in links.items()}
        for link in (link for of_run in links.values() for link in of_run if link.number == 1):
            before = self._opened_after(link)
            if before is not None:
                ends[before[0]] = max(ends.get(before[0], 0), before[1])
                held.setdefault(before[0], set())
        return ends, held

    def _opened_after(self, link: Link) -> tuple[RunId, int] | None:
        """The run before, and its last number, as the first entry of a run names them."""
        raw = self._stores.journal.raw_of(link.digest) or self._stores.learnt.raw_of(link.digest)
        entry = None if raw is None else stored_entry(raw, self._event)
        if not isinstance(entry, Entry) or entry.opens is None:
            return None
        return entry.opens.run, entry.opens.last
