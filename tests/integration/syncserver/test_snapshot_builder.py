"""The files of a snapshot say what the tables say, on both databases."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest
import zstandard

from common.envelope import Signed, Typ, open_unverified
from common.exchange import FileKind, Manifest, from_payload
from common.ids import TicketId
from common.sealing import HolderData, open_holder
from common.snapshot_format import HOLDERS_APPLICATION_ID, ticket_of_key
from common.ticket_code import derive_code
from syncserver.db.engine import Database
from syncserver.db.tables_shop import holders
from syncserver.services import statements
from syncserver.services.evidence import MANIFEST_BYTES_MAX
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.services.ticket_fold import read_ticket
from syncserver.stores.snapshot_rows import SnapshotRows
from syncserver.stores.snapshots import SnapshotRow
from tests.support.server_world import LUNCH, Pen, Server, hear, make_server


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


def build(server: Server, folder: Path) -> SnapshotRow:
    return SnapshotBuilder(server.db, server.clock, server.keys, folder, folder / "backups").build(server.event.id)


def plain(built: SnapshotRow, kind: FileKind, folder: Path) -> Path:
    """The file as a kiosk unpacks it."""
    signed = open_unverified(built.manifest, Typ.MANIFEST, MANIFEST_BYTES_MAX)
    assert isinstance(signed, Signed)
    manifest = from_payload(signed.payload, Manifest)
    assert isinstance(manifest, Manifest)
    file = next(one for one in manifest.files if one.kind == kind)
    path = folder / f"{kind}.sqlite"
    path.write_bytes(zstandard.decompress((folder / file.sha256.hex()).read_bytes(), file.plain_size))
    return path


def test_every_ticket_in_the_file_has_the_facts_of_the_fold(server: Server, tmp_path: Path) -> None:
    found = server.issue(40, items=((LUNCH, 2),))
    pen = Pen(server)
    hear(server, *(pen.redeem(ticket) for ticket in found[:30]), *(pen.redeem(ticket, LUNCH) for ticket in found[:9]))
    built = build(server, tmp_path)
    with SnapshotRows(plain(built, FileKind.ADMISSION, tmp_path)) as rows, server.db.read() as tx:
        facts = {ticket: set(rows.facts(ticket, some)) for ticket, some in rows.tickets()}
        known = {ticket: read_ticket(tx, server.event, ticket, server.clock.now_ms()) for ticket in found}
    assert facts == {ticket: set(one.facts) for ticket, one in known.items() if one}
    assert (built.ticket_count, built.use_count) == (40, 39)


def test_holders_open_by_the_code_in_force_and_only_those_of_issued_tickets_are_there(
    server: Server, tmp_path: Path
) -> None:
    first, second = server.issue(2)
    with server.db.write() as tx:
        statements.reissue(server.scribe.open(tx, server.event.id), b"r", second)
        people = ((first, "Jana"), (second, "Petr"), (TicketId(b"unpaid.."), "Eva"))
        for ticket, name in people:
            person = {"ticket": ticket, "name": name, "plate": "1A2 3456", "language": "cs"}
            tx.execute(holders.insert().values(event_id=server.event.id, **person))
    path = plain(build(server, tmp_path), FileKind.HOLDERS, tmp_path)
    file = sqlite3.connect(path)
    rows = file.execute("SELECT ticket, generation, sealed FROM holders").fetchall()
    assert file.execute("PRAGMA application_id").fetchone() == (HOLDERS_APPLICATION_ID,)
    file.close()
    key = server.keys.of(server.event.uid).code
    opened = {}
    for number, generation, sealed in rows:
        ticket = ticket_of_key(number)
        code = derive_code(key, ticket, generation)
        opened[ticket] = open_holder(code, server.event.uid, ticket, generation, sealed)
    assert opened == {
        first: HolderData("Jana", "1A2 3456", "", "cs", attention=False),
        second: HolderData("Petr", "1A2 3456", "", "cs", attention=False),
    }


def test_others_write_while_a_snapshot_is_built(server: Server, tmp_path: Path) -> None:
    """The build reads one moment and takes the writer's place only to note what it made."""
    server.issue(50)
    pen = Pen(server)
    stop, written = threading.Event(), []

    def write() -> None:
        while not stop.is_set():
            hear(server, pen.redeem(server.issue(1)[0]))
            written.append(1)

    other = threading.Thread(target=write)
    other.start()
    try:
        built = [build(server, tmp_path) for _ in range(2)]
    finally:
        stop.set()
        other.join()
    assert written
    for one in built:
        with SnapshotRows(plain(one, FileKind.ADMISSION, tmp_path)) as rows:
            facts = [rows.facts(ticket, some) for ticket, some in rows.tickets()]
        assert len(facts) == one.ticket_count
