"""The search file of a snapshot: who can be found by name, sealed under a key that badges with their PIN open.

Written at every build, also where no badge may search yet: the points that want it are told by the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from common.ids import TicketId
from common.search_index import Holder, plate_of, seal_chunks
from common.snapshot_format import SEARCH_PRAGMAS, SEARCH_TABLES, SNAPSHOT_SCHEMA
from syncserver.services.badge_fold import new_role_key, role_key_rows
from syncserver.stores import orders as order_store
from syncserver.stores.events import EventRow
from syncserver.stores.snapshot_files import FileWriter


def write_search(tx: Connection, event: EventRow, work: Path, build_ms: int) -> FileWriter:
    """The file, open, all rows in it. Its key is drawn here, sealed to the badges, and forgotten."""
    writer = FileWriter(work / "search.sqlite", SEARCH_PRAGMAS, SEARCH_TABLES)
    meta = {"schema": SNAPSHOT_SCHEMA, "event": event.uid, "build_ms": build_ms}
    writer.put("meta", sorted(meta.items()))
    key = new_role_key()
    writer.put("role_keys", role_key_rows(tx, event, key, build_ms))
    writer.put("chunks", seal_chunks(key, event.uid, build_ms, _holders(tx, event)))
    return writer


def _holders(tx: Connection, event: EventRow) -> Iterable[Holder]:
    return (
        Holder(TicketId(row.ticket), row.name, plate_of(row.plate), row.order_code)
        for row in order_store.found_by_name(tx, event.id)
    )
