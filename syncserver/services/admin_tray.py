"""The tray: bytes that are no entry, and entries that verify and yet fold as nothing."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import BadInput
from common.ids import DeviceId
from syncserver.db.engine import Database
from syncserver.services.admin_names import PER_PAGE, Names, below_of
from syncserver.services.ingest import Ingest
from syncserver.services.known_events import KnownEvents
from syncserver.services.problems import NotHere
from syncserver.services.staff_actions import Action, Actor, record
from syncserver.stores import entries as entry_store
from syncserver.stores import tray as store
from syncserver.stores.entries import EntryState
from syncserver.stores.events import EventRow
from syncserver.stores.tray import RejectedRow, SilentEntry


@dataclass(frozen=True, slots=True)
class ShownRejected:
    """Bytes that do not verify, and who brought them (empty: nobody known)."""

    row: RejectedRow
    sender: str


@dataclass(frozen=True, slots=True)
class ShownSilent:
    """An entry that folds as nothing, and who wrote it."""

    row: SilentEntry
    writer: str


@dataclass(frozen=True, slots=True)
class TrayPage:
    """Both kinds, a page each; `next_*` are None where there is no further page."""

    rejected: tuple[ShownRejected, ...]
    silent: tuple[ShownSilent, ...]
    next_rejected: str | None
    next_silent: str | None


class Tray:
    """Reads the tray for people, and tries what lies in it again."""

    def __init__(self, db: Database, ingest: Ingest, known: KnownEvents) -> None:
        self._db, self._ingest, self._known = db, ingest, known

    def page(self, event: EventRow, rejected: str | None, silent: str | None, language: str) -> TrayPage:
        """The newest first, each list behind its own cursor."""
        with self._db.read() as tx:
            thrown = store.rejected_below(tx, event.id, below_of(rejected), PER_PAGE + 1)
            quiet = [
                row
                for state in (EntryState.UNKNOWN, EntryState.NOT_ALLOWED)
                for row in store.silent_below(tx, event.id, state, below_of(silent), PER_PAGE + 1)
            ]
            called = Names.of(tx, event, language)
        quiet.sort(key=lambda row: row.position, reverse=True)
        return TrayPage(
            rejected=tuple(
                ShownRejected(row, called.device(row.sender) if row.sender else "") for row in thrown[:PER_PAGE]
            ),
            silent=tuple(ShownSilent(row, called.device(row.device)) for row in quiet[:PER_PAGE]),
            next_rejected=str(thrown[PER_PAGE - 1].id) if len(thrown) > PER_PAGE else None,
            next_silent=str(quiet[PER_PAGE - 1].position) if len(quiet) > PER_PAGE else None,
        )

    def raw(self, event: EventRow, rejected_id: int) -> tuple[str, bytes]:
        """(digest in hex, bytes) of one rejected thing. Raises NotHere."""
        with self._db.read() as tx:
            found = store.rejected_raw(tx, event.id, rejected_id)
        if found is None:
            raise NotHere("this no longer lies in the tray")
        return found[0].hex(), found[1]

    def retry(self, actor: Actor, event: EventRow, rejected_id: int) -> None:
        """Verify the bytes again with the keys known by now. Raises NotHere, BadInput where they are no entry still."""
        with self._db.read() as tx:
            found = store.rejected_raw(tx, event.id, rejected_id)
        if found is None:
            raise NotHere("this no longer lies in the tray")
        digest, raw, sender = found
        taken = self._ingest.take(self._known.event(event.uid), [raw], None if sender is None else DeviceId(sender))
        with self._db.write() as tx:
            record(tx, actor, Action.RETRY_TRAY, digest.hex())
            if not taken.rejected and taken.count:
                entry_store.take_from_tray(tx, event.id, [digest])
        if taken.rejected:
            raise BadInput(f"tried again, and still no entry: {taken.rejected[0].reason}")
