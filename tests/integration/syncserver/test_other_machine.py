"""A server put back on another machine: what a kiosk remembers of the old one is good, or is seen to be strange."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from common.envelope import digest
from syncserver.db.dump import dump, put_back
from syncserver.db.engine import Database
from syncserver.services.projector import Projector
from syncserver.services.scribe import Scribe
from syncserver.stores import entries as entry_store
from tests.integration.syncserver.test_exchange import Net
from tests.support.fresh_database import fresh_database
from tests.support.other_cluster import other_cluster
from tests.support.server_world import Server, make_server


@pytest.fixture
def net(db: Database, tmp_path: Path) -> Net:
    return Net(make_server(db, tmp_path), tmp_path)


@pytest.fixture
def elsewhere(net: Net, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database on another machine: of a cluster of its own, or another file."""
    with ExitStack() as stack:
        if net.server.db.is_sqlite:
            yield f"sqlite:///{tmp_path / 'other-machine' / 'server.sqlite'}"
        else:
            yield stack.enter_context(fresh_database(stack.enter_context(other_cluster()), "moved"))


def held(server: Server) -> set[bytes]:
    with server.db.read() as tx:
        return {one.digest for one in entry_store.after(tx, server.event.id, 0, 100_000)}


def put_elsewhere(net: Net, backup: Path, url: str, folder: Path) -> Net:
    """The server of a backup, with the keys that are kept beside it."""
    put_back(url, backup)
    old, db = net.server, Database(url)
    moved = Server(db, old.clock, old.keys, Scribe(old.clock, old.keys), Projector(db, old.clock), old.event)
    (folder / "moved").mkdir()
    return Net(moved, folder / "moved")


def test_cursors_and_vectors_outlive_a_dump_and_a_restore_into_a_fresh_cluster(
    net: Net, elsewhere: str, tmp_path: Path
) -> None:
    gate, other, tickets = net.join(), net.join(), net.server.issue(6)
    at_backup = net.call(gate, gate.request((gate.redeem(tickets[0]).raw,), vector=())).cursor
    assert at_backup is not None
    (tmp_path / "backup").mkdir()
    dump(net.server.db, tmp_path / "backup")
    lost = [other.redeem(ticket) for ticket in tickets[1:4]]
    net.call(other, other.request(tuple(one.raw for one in lost), vector=()))
    later = net.call(gate, gate.request(cursor=at_backup))
    assert [digest(raw) for raw in later.entries] == [one.ref.digest for one in lost]
    before = held(net.server)

    after = put_elsewhere(net, tmp_path / "backup", elsewhere, tmp_path)
    try:
        same = after.call(gate, gate.request(cursor=at_backup))
        assert (same.cursor, same.vector, same.entries) == (at_backup, None, ())
        for number in range(2):  # at first it lies past the end, then at an entry of another history
            strange = after.call(gate, gate.request(cursor=later.cursor))
            assert (strange.cursor, strange.entries, strange.vector is None) == (None, (), False)
            new = [gate.redeem(tickets[4 + number]) for _ in range(3)]
            after.call(gate, gate.request(tuple(one.raw for one in new), vector=()))
            before |= {one.ref.digest for one in new}
        truth = after.call(gate, gate.request(later.entries, vector=()))
        assert truth.taken == len(lost)
        assert truth.cursor is not None
        assert held(after.server) == before
        assert after.call(other, other.request(cursor=truth.cursor)).vector is None
    finally:
        after.server.db.close()
