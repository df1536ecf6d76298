"""Devices whose journal has two ends: an image that was copied or put back, a disk that lost what it had promised.

Inside a run the chain of digests shows it when the entries come. But a program takes a new run at each start, whose
first entry names the last of the run before. So it is a fork as well if two runs go on from one, or if a run went on
behind the entry that its successor names: the device did not know any more what it had written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from common.entries import Entry, stored_entry
from common.ids import Digest, EventUid, RunId
from common.vectors import RunKey
from syncserver.db.engine import Database
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store

READ_AT_ONCE: Final = 2_000
RUNS_AT_ONCE: Final = 1_000  # a run is two values of a statement, and databases take some 32,000
_Successor = tuple[int, Digest, RunId]  # the last entry a run names of the one before, and the run that does


@dataclass
class _Seen:
    """What was read of an event so far, by run: who goes on from it."""

    position: int = 0
    successors: dict[RunKey, set[_Successor]] = field(default_factory=dict)


class Forks:
    """Marks such devices, so that people are told."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._seen: dict[int, _Seen] = {}

    def step(self, event_id: int) -> int:
        """Look at what came since the last step; how many devices were marked."""
        seen = self._seen.setdefault(event_id, _Seen())
        with self._db.read() as tx:
            event, head = event_store.by_id(tx, event_id), entry_store.head(tx, event_id).position
            if event is None or head == seen.position:
                return 0
            changed = set(entry_store.runs_after(tx, event_id, seen.position))
            while first := entry_store.first_of_runs(tx, event_id, seen.position, READ_AT_ONCE):
                for one in first:
                    changed |= _note(seen, stored_entry(one.raw, EventUid(event.uid)))
                seen.position = first[-1].position
            seen.position = head
            devices = device_store.all_devices(tx, event_id)
            straight = {row.device for row in devices if not row.is_forked and not row.is_server}
            named = [key for key in changed if key in seen.successors and key[0] in straight]
            ends = {
                key: max((line.last for line in found), default=0)
                for at in range(0, len(named), RUNS_AT_ONCE)
                for key, found in entry_store.lines(tx, event_id, named[at : at + RUNS_AT_ONCE]).items()
            }
        forked = {key[0] for key in named if _is_fork(seen.successors[key], ends.get(key, 0))}
        if forked:
            with self._db.write() as tx:
                for device in sorted(forked):
                    device_store.change(tx, event_id, device, {"is_forked": True})
        return len(forked)


def _note(seen: _Seen, entry: object) -> set[RunKey]:
    """Remember the run this entry begins, if it begins one; the run it goes on from."""
    if not isinstance(entry, Entry) or entry.opens is None:
        return set()
    name, opens = entry.ref.identity, entry.opens
    key = (name.device, RunId(opens.run))
    seen.successors.setdefault(key, set()).add((opens.last, Digest(opens.digest), name.run))
    return {key}


def _is_fork(successors: set[_Successor], end: int) -> bool:
    return len(successors) > 1 or any(end > last for last, _, _ in successors)
