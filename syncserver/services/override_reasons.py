"""Why somebody overrode a refusal: the words typed at the kiosk, which came sealed to this server as answers do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from common.answers import WHY_KEY, decode_answers
from common.bodies import Note, Override
from common.entries import Entry, stored_entry
from common.sealing import open_sealed
from syncserver.services.keys import KeyStore
from syncserver.stores import entry_list as store
from syncserver.stores.events import EventRow

NOTES_MAX = 16  # behind a use: its answers, of which why somebody overrode is one
_NOTE = int(Note.__struct_config__.tag)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class OverrideReason:
    """What spoke against the use, as the stable word; and why it was let through all the same, as it was typed."""

    reason: str
    why: str


class OverrideReasons:
    """Opens them for pages. The words may name anybody: only for who may see answers."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def of(self, tx: Connection, event: EventRow, digests: Sequence[bytes]) -> dict[bytes, OverrideReason]:
        """Of those uses that are overrides, by digest. A note that does not open or is of another use says nothing."""
        found = dict[bytes, OverrideReason]()
        for raw in store.raws(tx, event.id, digests):
            entry = stored_entry(raw, event.uid)
            if isinstance(entry, Entry) and isinstance(entry.body, Override):
                found[entry.ref.digest] = OverrideReason(entry.body.reason, entry.body.why)
        notes = store.raws_behind(tx, event.id, list(found), _NOTE, NOTES_MAX)
        for digest, why in self._typed(event, notes):
            found[digest] = OverrideReason(found[digest].reason, why)
        return found

    def _typed(self, event: EventRow, notes: Sequence[tuple[bytes, bytes]]) -> Iterable[tuple[bytes, str]]:
        """The digest of the use that a note stands behind, and what it says about that use."""
        seal = self._keys.of(event.uid).seal if notes else b""
        for digest, raw in notes:
            entry = stored_entry(raw, event.uid)
            note = entry.body if isinstance(entry, Entry) and isinstance(entry.body, Note) else None
            plain = None if note is None else open_sealed(seal, note.sealed)
            given = None if plain is None else decode_answers(plain)
            if given is not None and given.use.digest == digest and WHY_KEY in dict(given.answers):
                yield digest, dict(given.answers)[WHY_KEY]
