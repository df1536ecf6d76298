"""What this server had said itself and was told again: after a restore, kiosks give its own statements back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from common.bodies import Issue
from common.entries import Entry
from common.facts import Fact, IssueFact
from syncserver.services.append import kind_of
from syncserver.services.keys import EventRing
from syncserver.stores import entries as entry_store
from syncserver.stores import returned as store
from syncserver.stores.events import EventRow


def note_returned(tx: Connection, event: EventRow, ring: EventRing, brought: Sequence[Entry], now_ms: int) -> None:
    """Note those of our own statements that others brought and that are not here. Call it before they are appended."""
    own = [entry for entry in brought if entry.ref.identity.device in ring.servers]
    if not own:
        return
    held = entry_store.held(tx, event.id, [entry.ref.digest for entry in own])
    back = [entry for entry in own if entry.ref.digest not in held]
    store.add_statements(tx, event.id, [(entry.ref.digest, kind_of(entry) or 0) for entry in back], now_ms)
    issued = [(one.ticket, e.ref.digest) for e in back if isinstance(e.body, Issue) for one in e.body.tickets]
    store.add_tickets(tx, event.id, issued, now_ms)


def note_returned_facts(tx: Connection, event: EventRow, stated: Iterable[tuple[Fact, int]], now_ms: int) -> None:
    """The same for (fact, kind of its statement) read from rows of a snapshot of our own."""
    back = list(stated)
    store.add_statements(tx, event.id, [(fact.ref.digest, kind) for fact, kind in back], now_ms)
    issued = [(fact.ticket, fact.ref.digest) for fact, _ in back if isinstance(fact, IssueFact)]
    store.add_tickets(tx, event.id, issued, now_ms)
