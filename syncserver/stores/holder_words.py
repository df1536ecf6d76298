"""SQL of finding people by the beginnings of their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, exists, func, select

from syncserver.db.tables_shop import holder_words
from syncserver.stores import rows

WORD_CHARACTERS_MAX = 40
WORDS_PER_NAME_MAX = 12
KEY = ("event_id", "word", "ticket")
_LAST = "\U0010ffff"  # behind every word with the same beginning


def words_of(name: str) -> tuple[str, ...]:
    """A name's words without case and accents, each once."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    spaced = "".join(one if one.isalnum() else " " for one in plain)
    return tuple(sorted({word[:WORD_CHARACTERS_MAX] for word in spaced.split()})[:WORDS_PER_NAME_MAX])


def add(tx: Connection, event_id: int, people: Iterable[tuple[bytes, str]]) -> None:
    """Remember the words of (ticket, holder's name)."""
    new = [(event_id, word, ticket) for ticket, name in people for word in words_of(name)]
    rows.add_missing_values(tx, holder_words, KEY, KEY, new)


def tickets_of(tx: Connection, event_id: int, words: Sequence[str], limit: int) -> list[bytes]:
    """Tickets whose holder's name has a word beginning with each of these; the longest word is looked up first."""
    if not words:
        return []
    first, *others = sorted(words, key=len, reverse=True)
    c = holder_words.c
    wanted = select(c.ticket).where(c.event_id == event_id, c.word >= first, c.word < first + _LAST)
    for word in others:
        other = holder_words.alias().c
        # Not a range: SQLite would go through all names with this beginning for each ticket, not through its words.
        begins = func.substr(other.word, 1, len(word)) == word
        wanted = wanted.where(exists().where(other.event_id == event_id, other.ticket == c.ticket, begins))
    # A name may begin with it twice: those are few, so a little more than asked for is enough.
    found = tx.execute(wanted.limit(limit * 2)).scalars()
    return list(dict.fromkeys(found))[:limit]


def forget(tx: Connection, event_id: int, ticket: bytes) -> None:
    """The ticket's holder is called otherwise from now on."""
    c = holder_words.c
    tx.execute(delete(holder_words).where(c.event_id == event_id, c.ticket == ticket))
