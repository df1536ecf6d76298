"""A server's database of every released version: today's code migrates it, and kiosks of then bring their entries."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.clock import ManualClock
from common.ids import TicketId
from kiosk.root import Options, open_kiosk
from kiosk.store.folder import Folder
from syncserver.app import Services
from syncserver.config import config_for
from syncserver.db.dump import put_back
from syncserver.db.engine import Database
from syncserver.db.migrate import migrate, newest, version_of
from syncserver.stores import entries as entry_store
from syncserver.stores import snapshot_source
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.upgrade.story import Told, open_server, sync_until_quiet


@dataclass
class Old:
    """A server on a database of an old version, brought up to today, and what it should hold."""

    services: Services
    event: EventRow
    told: Told


def _on_sqlite(files: Path, told: Told) -> Old:
    config = config_for(files / "server", keys=files / "keys")
    config.data.mkdir()
    shutil.copyfile(files / "server.sqlite", config.data / "rallygate.sqlite")
    return Old(*open_server(config, ManualClock(told.now_ms)), told)


@pytest.fixture
def old(files: Path, told: Told) -> Iterator[Old]:
    """The SQLite file."""
    opened = _on_sqlite(files, told)
    yield opened
    opened.services.db.close()


@pytest.fixture
def restored(files: Path, told_on_postgres: Told, postgres_url: str) -> Iterator[Old]:
    """The PostgreSQL dump, put back into an empty database."""
    put_back(postgres_url, files)
    config = config_for(files / "server", database_url=postgres_url)
    opened = Old(*open_server(config, ManualClock(told_on_postgres.now_ms)), told_on_postgres)
    yield opened
    opened.services.db.close()


def _holds_what_was_told(old: Old) -> None:
    with old.services.db.read() as tx:
        assert version_of(old.services.db) == newest()
        assert entry_store.head(tx, old.event.id).position == old.told.server_entries
        assert ticket_store.use_count(tx, old.event.id) == old.told.server_uses
        assert len(ticket_store.generations(tx, old.event.id)) == old.told.server_tickets
        blocked = TicketId(bytes.fromhex(old.told.tickets["blocked"]))
        rows = ticket_store.by_ids(tx, old.event.id, [blocked])
        assert rows[blocked].is_blocked


def test_a_sqlite_file_is_migrated_and_holds_what_was_told(old: Old) -> None:
    _holds_what_was_told(old)


def test_a_postgresql_dump_is_restored_and_migrated_and_holds_what_was_told(restored: Old) -> None:
    _holds_what_was_told(restored)


def test_migrating_an_old_file_twice_changes_nothing(files: Path) -> None:
    database = Database(f"sqlite:///{files / 'server.sqlite'}")
    try:
        assert migrate(database) == migrate(database) == newest()
    finally:
        database.close()


def test_every_entry_is_folded_again_to_the_same_tickets(old: Old) -> None:
    """Facts as they were packed then fold to the same rows when another entry touches them now."""
    with old.services.db.read() as tx:
        before = dict(snapshot_source.packed_rows(tx, old.event.id))
    with old.services.db.write() as tx:
        ticket_store.set_projected(tx, old.event.id, 0)
    old.services.projector.catch_up(old.event.id)
    with old.services.db.read() as tx:
        assert dict(snapshot_source.packed_rows(tx, old.event.id)) == before


def test_a_kiosk_of_then_brings_what_it_had_not_sent(files: Path, old: Old) -> None:
    kiosk = open_kiosk(Folder(files / "kiosk"), Options(ManualClock(old.told.now_ms)))
    try:
        state = sync_until_quiet(kiosk, old.services).state
    finally:
        kiosk.close()
    assert state.pending == 0
    old.services.projector.catch_up(old.event.id)
    with old.services.db.read() as tx:
        head = entry_store.head(tx, old.event.id).position
        assert head == old.told.server_entries + old.told.pending
        assert ticket_store.use_count(tx, old.event.id) == old.told.server_uses + 1


def test_a_snapshot_built_now_still_holds_every_ticket(old: Old) -> None:
    built = old.services.snapshots.build(old.event.id)
    assert (built.ticket_count, built.use_count) == (old.told.server_tickets, old.told.server_uses)
