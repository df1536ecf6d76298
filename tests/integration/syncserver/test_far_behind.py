"""Who is so far behind that a snapshot is the shorter way is given that, and entries where it cannot take it."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.exchange import Cursor
from syncserver.db.engine import Database
from syncserver.services import exchange as exchange_service
from syncserver.services.known_events import KnownEvents
from tests.integration.syncserver.test_exchange import Net
from tests.support.server_world import make_server


@pytest.fixture
def net(db: Database, tmp_path: Path) -> Net:
    return Net(make_server(db, tmp_path), tmp_path)


def test_who_is_far_behind_gets_the_snapshot_and_no_cursor_or_entries_where_it_declines(
    net: Net, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a cursor nobody can take it that all was heard."""
    monkeypatch.setattr(exchange_service, "BEHIND_MAX", 2)
    monkeypatch.setattr(exchange_service, "ENTRIES_PER_MESSAGE_MAX", 3)
    monkeypatch.setattr(KnownEvents, "behind", lambda *_: None)  # nothing of it lies in memory any more
    gate, other, tickets = net.join(), net.join(), net.server.issue(8)
    built, at = net.builder.build(net.server.event.id), Cursor(0, 0)
    net.call(other, other.request(tuple(other.redeem(one).raw for one in tickets), vector=()))
    net.server.clock.advance(3)
    for asked in (gate.request(cursor=at), gate.request(vector=())):
        far = net.call(gate, asked)
        assert (far.entries, far.cursor, far.more, far.manifest) == ((), None, False, built.manifest)
        assert (far.vector is None) is (asked.vector is None)
    for asked in (
        gate.request(cursor=at, manifests=(built.manifest,)),
        gate.request(vector=(), manifests=(built.manifest,)),
    ):
        entries = net.call(gate, asked)
        assert (len(entries.entries), entries.more) == (3, True)


@pytest.mark.parametrize("turn", [False, True], ids=["in order", "the last came first"])
def test_what_a_vectors_answer_leaves_out_lies_behind_its_cursor(
    net: Net, monkeypatch: pytest.MonkeyPatch, *, turn: bool
) -> None:
    """Who cannot keep what comes first reads on behind it."""
    gate, other, tickets = net.join(), net.join(), net.server.issue(8)
    held = net.call(gate, gate.request(vector=())).vector
    later = [other.redeem(one).raw for one in tickets]
    for raw in reversed(later) if turn else later:
        net.call(other, other.request((raw,), vector=()))
    monkeypatch.setattr(exchange_service, "ENTRIES_PER_MESSAGE_MAX", 3)
    answer = net.call(gate, gate.request(vector=held))
    assert (len(answer.entries), answer.more) == (3, True)
    found, at, more = list[bytes](), answer.cursor, True
    while more:
        part = net.call(gate, gate.request(cursor=at))
        assert part.vector is None
        found, at, more = [*found, *part.entries], part.cursor, part.more
    assert sorted(found) == sorted(later)
