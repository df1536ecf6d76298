"""Which texts of an event lack a language: buyers and guests get those in the event's own language instead."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from syncserver.stores import texts as store
from syncserver.stores.events import EventRow


@dataclass(frozen=True, slots=True)
class MissingText:
    """A text (like `product lunch name`) and the event's languages it is not there in."""

    subject: str
    key: str
    field: str
    languages: tuple[str, ...]


def missing_texts(tx: Connection, event: EventRow) -> list[MissingText]:
    """All of them, by subject and key; languages in the order of the event."""
    offered, found = store.languages_of_event(tx, event.id), []
    for (subject, key, field), present in store.languages_of_texts(tx, event.id).items():
        lacking = tuple(one for one in offered if one not in present)
        if lacking:
            found.append(MissingText(subject, key, field, lacking))
    return found


def count_missing(tx: Connection, event: EventRow) -> dict[str, int]:
    """Language -> how many texts it lacks, only those that lack any. The event's own language has every text."""
    have = store.count_by_language(tx, event.id)
    whole = have.get(event.default_language, 0)
    lacking = {one: whole - have.get(one, 0) for one in store.languages_of_event(tx, event.id)}
    return {language: count for language, count in lacking.items() if count > 0}
