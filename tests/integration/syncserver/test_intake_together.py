"""Many who bring entries and many who read them, at once and through several processes' worth of services."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.envelope import Signed, Typ, open_unverified, sign
from common.exchange import (
    MESSAGE_BYTES_MAX,
    Cursor,
    ExchangeAnswer,
    ExchangeRequest,
    VersionVector,
    from_payload,
    to_payload,
)
from syncserver.app import Services, make_services
from syncserver.db.tables import all_tables
from syncserver.stores import entries as entry_store
from tests.support.admin_world import Office, make_office
from tests.support.server_world import Pen


@pytest.fixture
def office(tmp_path: Path, tables_url: str) -> Iterator[Office]:
    office = make_office(tmp_path, tables_url)
    yield office
    office.services.db.close()


class _Reader:
    """A kiosk that only follows its cursor, at one process."""

    def __init__(self, office: Office, services: Services) -> None:
        self.office, self.services, self.pen = office, services, office.join()
        self.seen: list[bytes] = []
        self.cursor: Cursor | None = None

    def start(self) -> None:
        """From behind everything there is now."""
        everything: VersionVector = self.office.world.vector()
        self.cursor = self.asks(self.pen.request(vector=everything)).cursor

    def asks(self, request: ExchangeRequest) -> ExchangeAnswer:
        """One exchange."""
        raw = sign(to_payload(request), self.pen.key.as_device(), Typ.EXCHANGE, MESSAGE_BYTES_MAX)
        signed = open_unverified(self.services.exchange.answer(raw), Typ.ANSWER, MESSAGE_BYTES_MAX)
        assert isinstance(signed, Signed)
        answer = from_payload(signed.payload, ExchangeAnswer)
        assert isinstance(answer, ExchangeAnswer)
        return answer

    def hear(self) -> None:
        """What is new."""
        answer = self.asks(self.pen.request(cursor=self.cursor))
        assert answer.vector is None
        self.seen += answer.entries
        self.cursor = answer.cursor


def _deliver(office: Office, services: Services, pen: Pen, raws: list[bytes], step: int) -> None:
    """In batches that begin with the last three of the batch before."""
    known = services.known.event(office.event.uid)
    for at in range(0, len(raws), step):
        taken = services.ingest.take(known, raws[max(at - 3, 0) : at + step], pen.device)
        assert taken.rejected == ()


def test_an_entry_that_stands_twice_in_a_message_makes_nothing_wait(office: Office) -> None:
    """A kiosk sends what is new and what a vector showed to be lacking: the same entry may be both."""
    pen = office.join()
    [ticket] = office.world.issue(1)
    first, second = pen.redeem(ticket).raw, pen.redeem(ticket).raw
    known = office.services.known.event(office.event.uid)
    taken = office.services.ingest.take(known, (first, second, first, second), pen.device)
    assert (taken.count, taken.retry_after_ms) == (4, None)


def test_overlapping_batches_from_many_threads_are_each_there_once_while_readers_miss_nothing(office: Office) -> None:
    """Two sets of services stand for two processes: each remembers by itself where the entries end."""
    processes = [office.services, make_services(office.services.config, office.clock)]
    pens, tickets = [office.join() for _ in range(3)], office.issue(10)
    written = [[pen.redeem(tickets[n % 10]).raw for n in range(40)] for pen in pens]
    readers = [_Reader(office, services) for services in processes]
    for reader in readers:
        reader.start()
    threads = [
        threading.Thread(target=_deliver, args=(office, services, pen, raws, step))
        for pen, raws in zip(pens, written, strict=True)
        for services, step in zip(processes, (1, 9), strict=True)
    ]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        office.clock.advance(0.3)
        for reader in readers:
            reader.hear()
    office.clock.advance(1)
    for reader in readers:
        reader.hear()
        assert sorted(reader.seen) == sorted(raw for raws in written for raw in raws)
    assert office.world.positions() == list(range(1, len(office.world.positions()) + 1))
    for services in processes:
        services.db.close()


def test_a_process_that_keeps_entries_in_memory_notices_a_database_put_back(office: Office) -> None:
    reader = _Reader(office, office.services)
    reader.start()
    tables = all_tables().sorted_tables
    db, before = office.services.db, reader.cursor
    with db.read() as tx:
        memory = {table.name: [dict(row._mapping) for row in tx.execute(table.select())] for table in tables}
    office.issue(3)
    for _ in range(3):
        office.issue()
        office.clock.advance(1)
        reader.hear()
    with db.write() as tx:
        for table in reversed(tables):
            tx.execute(table.delete())
        for table in (table for table in tables if memory[table.name]):
            tx.execute(table.insert(), memory[table.name])
    for _ in range(5):
        office.issue()
    office.clock.advance(1)
    refused = reader.asks(reader.pen.request(cursor=reader.cursor))
    assert (refused.cursor, refused.vector) == (None, office.world.vector())
    assert before is not None
    told = reader.asks(reader.pen.request(cursor=before))
    with db.read() as tx:
        rows = entry_store.after(tx, office.event.id, before.position, 99)
    assert told.entries == tuple(row.raw for row in rows)
    assert len(told.entries) == 5
    db.close()
