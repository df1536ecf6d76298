"""SQL of finding people by the beginnings of their names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from syncserver.db.tables_shop import holder_words
from syncserver.stores import rows

WORD_CHARACTERS_MAX = 40
WORDS_PER_NAME_MAX = 12
CANDIDATES_MAX = 2_000  # of one word: beyond, the question is too wide to be answered by a list
_LAST = "\U0010ffff"  # behind every word with the same beginning


def words_of(name: str) -> tuple[str, ...]:
    """A name's words without case and accents, each once."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    spaced = "".join(one if one.isalnum() else " " for one in plain)
    return tuple(sorted({word[:WORD_CHARACTERS_MAX] for word in spaced.split()})[:WORDS_PER_NAME_MAX])


def add(tx: Connection, event_id: int, people: Iterable[tuple[bytes, str]]) -> None:
    """Remember the words of (ticket, holder's name)."""
    new = [{"event_id": event_id, "word": word, "ticket": ticket} for ticket, name in people for word in words_of(name)]
    rows.add_missing(tx, holder_words, ("event_id", "word", "ticket"), new)


def tickets_of(tx: Connection, event_id: int, words: Sequence[str], limit: int) -> list[bytes]:
    """Tickets whose holder's name has a word beginning with each of these; the longest word is looked up."""
    if not words:
        return []
    first, *others = sorted(words, key=len, reverse=True)
    c = holder_words.c
    wanted = select(c.ticket).where(c.event_id == event_id, c.word >= first, c.word < first + _LAST)
    found = list(dict.fromkeys(tx.execute(wanted.order_by(c.word).limit(CANDIDATES_MAX)).scalars()))
    for word in others:
        held = _words_of_tickets(tx, event_id, found)
        found = [ticket for ticket in found if any(one.startswith(word) for one in held.get(ticket, ()))]
    return found[:limit]


def _words_of_tickets(tx: Connection, event_id: int, tickets: Sequence[bytes]) -> dict[bytes, list[str]]:
    c, held = holder_words.c, dict[bytes, list[str]]()
    for at in range(0, len(tickets), 500):
        wanted = select(c.ticket, c.word).where(c.event_id == event_id, c.ticket.in_(list(tickets[at : at + 500])))
        for row in tx.execute(wanted):
            held.setdefault(row.ticket, []).append(row.word)
    return held
