"""Answers given at points, opened: they came sealed to this server, and only it holds the key."""

from __future__ import annotations

from dataclasses import dataclass

from common.answers import GivenAnswers, decode_answers
from common.bodies import Note
from common.entries import Entry, stored_entry
from common.sealing import open_sealed
from syncserver.db.engine import Database
from syncserver.services.keys import KeyStore
from syncserver.stores import entry_list as store
from syncserver.stores.events import EventRow

LIMIT_MAX = 500
_NOTE = int(Note.__struct_config__.tag)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class OpenedAnswers:
    """What was answered when a use was written; times in ms UTC."""

    time_ms: int
    ticket: bytes | None
    device: bytes
    given: GivenAnswers


class AnswerBook:
    """Opens answers for whoever may see holders."""

    def __init__(self, db: Database, keys: KeyStore) -> None:
        self._db, self._keys = db, keys

    def newest(self, event: EventRow, limit: int = LIMIT_MAX) -> tuple[OpenedAnswers, ...]:
        """The newest answers first. Notes of other kinds, and such as do not open, are left out."""
        with self._db.read() as tx:
            rows = store.told_behind(tx, event.id, _NOTE, None, None, min(limit, LIMIT_MAX))
        seal = self._keys.of(event.uid).seal
        found = []
        for row in rows:
            entry = stored_entry(row.raw, event.uid)
            note = entry.body if isinstance(entry, Entry) and isinstance(entry.body, Note) else None
            plain = None if note is None else open_sealed(seal, note.sealed)
            given = None if plain is None else decode_answers(plain)
            if given is not None:
                found.append(OpenedAnswers(row.time_ms, row.ticket, row.device, given))
        return tuple(found)
