"""SQL of an event's texts by language."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, func, select

from syncserver.db.tables_event import events, texts

TextKey = tuple[str, str, str]  # subject, key, field


def languages_of_event(tx: Connection, event_id: int) -> tuple[str, ...]:
    """The languages the event is offered in, in its own order."""
    found: str = tx.execute(select(events.c.languages).where(events.c.id == event_id)).scalar_one()
    return tuple(found.split(","))


def languages_of_texts(tx: Connection, event_id: int) -> dict[TextKey, set[str]]:
    """Each text of the event -> the languages it is there in."""
    query = select(texts.c.subject, texts.c.key, texts.c.field, texts.c.language).where(texts.c.event_id == event_id)
    found: defaultdict[TextKey, set[str]] = defaultdict(set)
    for row in tx.execute(query.order_by(texts.c.subject, texts.c.key, texts.c.field)):
        found[row.subject, row.key, row.field].add(row.language)
    return dict(found)


def count_by_language(tx: Connection, event_id: int) -> dict[str, int]:
    """Language -> how many texts there are in it."""
    query = select(texts.c.language, func.count()).where(texts.c.event_id == event_id).group_by(texts.c.language)
    return {row[0]: row[1] for row in tx.execute(query)}
