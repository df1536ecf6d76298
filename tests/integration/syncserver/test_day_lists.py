"""Tickets sold on a day of redemption come to kiosks by name within the hour, and nothing is built in vain."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncserver.db.engine import Database
from syncserver.db.tables_shop import orders
from syncserver.jobs.statement_args import GrantWanted
from syncserver.jobs.worker import Worker
from syncserver.services import housekeeping, statements
from syncserver.services.conflict_news import ConflictNews
from syncserver.services.day_lists import DayLists
from syncserver.services.forks import Forks
from syncserver.services.housekeeping import Errands, Housekeeping
from syncserver.services.order_changes import NoteKind
from syncserver.services.picture_sizes import PictureSizes
from syncserver.services.proofs import Proofs
from syncserver.services.snapshot_builder import SnapshotBuilder
from syncserver.services.snapshot_jobs import snapshot_handlers
from syncserver.services.snapshot_queue import SNAPSHOT_QUEUE, ask_for_snapshot
from syncserver.services.staff_actions import Action
from syncserver.stores import order_changes
from syncserver.stores import snapshots as store
from syncserver.stores import staff as action_store
from syncserver.stores.order_changes import NoteRow
from tests.support.server_world import LUNCH, Pen, Server, hear, make_server

MINUTE_S = 60
HOUR_S = 3_600
FILES_KEPT_OF_EACH = 2


@dataclass
class Desk:
    """One process beside the web: its housekeeping, and its worker of snapshots."""

    server: Server
    folder: Path
    every_minutes: int = 60

    def __post_init__(self) -> None:
        s = self.server
        builder = SnapshotBuilder(s.db, s.clock, s.keys, self.folder, self.folder / "backups")
        lists = DayLists(s.db, s.clock, self.every_minutes)
        errands = Errands(Proofs(s.db, s.scribe), ConflictNews(s.db, s.scribe), Forks(s.db), PictureSizes(s.db), lists)
        self.housekeeping = Housekeeping(s.db, s.clock, s.keys, errands, builder, self.folder)
        self.worker = Worker(s.db, s.clock, [SNAPSHOT_QUEUE], snapshot_handlers(builder))

    def look(self) -> int:
        """One look at what is due, and the jobs that were asked for; how many snapshots there are then."""
        self.server.clock.advance(15)
        self.housekeeping.round()
        self.worker.run_all()
        return self.count()

    def count(self) -> int:
        with self.server.db.read() as tx:
            return len(store.latest(tx, self.server.event.id, 100))


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


@pytest.fixture
def desk(server: Server, tmp_path: Path) -> Desk:
    made = Desk(server, tmp_path / "snapshots")
    server.issue(3)
    assert made.look() == 1
    return made


def test_what_was_sold_since_is_on_a_list_an_hour_after_the_one_before(server: Server, desk: Desk) -> None:
    server.clock.advance(5 * MINUTE_S)
    server.issue()
    server.clock.advance(54 * MINUTE_S)
    assert desk.look() == 1
    server.clock.advance(MINUTE_S)
    assert desk.look() == 2
    with server.db.read() as tx:
        newest = store.newest(tx, server.event.id)
    assert newest is not None
    assert newest.ticket_count == 4


def test_nothing_is_built_where_only_guests_came_in(server: Server, desk: Desk) -> None:
    [sold] = server.issue()
    server.clock.advance(HOUR_S)
    assert desk.look() == 2
    hear(server, Pen(server).redeem(sold))
    server.clock.advance(2 * HOUR_S)
    assert [desk.look() for _ in range(3)] == [2, 2, 2]


@pytest.mark.parametrize("what", ["reissue", "entitle"])
def test_a_new_code_and_more_rights_are_worth_a_list(server: Server, desk: Desk, what: str) -> None:
    [sold] = server.issue()
    server.clock.advance(HOUR_S)
    assert desk.look() == 2
    with server.db.write() as tx:
        scribe = server.scribe.open(tx, server.event.id)
        if what == "reissue":
            assert statements.reissue(scribe, secrets.token_bytes(8), sold) is not None
        else:
            assert statements.entitle(scribe, secrets.token_bytes(8), [GrantWanted(sold, LUNCH, 1)])
    server.clock.advance(HOUR_S)
    assert [desk.look(), desk.look()] == [3, 3]


def test_nothing_is_built_for_it_when_nobody_is_redeemed_for_days(server: Server, desk: Desk) -> None:
    server.clock.advance(30 * 24 * HOUR_S)
    server.issue()
    assert desk.look() == 2  # the night's, long overdue
    server.clock.advance(2 * HOUR_S)
    server.issue()
    assert desk.look() == 2


def test_it_can_be_rarer_and_off(server: Server, desk: Desk, tmp_path: Path) -> None:
    server.issue()
    server.clock.advance(2 * HOUR_S)
    assert Desk(server, tmp_path / "snapshots", every_minutes=0).look() == 1
    assert Desk(server, tmp_path / "snapshots", every_minutes=180).look() == 1
    server.clock.advance(HOUR_S)
    assert Desk(server, tmp_path / "snapshots", every_minutes=180).look() == 2


def test_two_processes_ask_for_one(server: Server, desk: Desk, tmp_path: Path) -> None:
    other = Desk(server, tmp_path / "snapshots")
    server.issue()
    server.clock.advance(HOUR_S)
    desk.housekeeping.round()
    other.housekeeping.round()
    assert (other.worker.run_all(), desk.worker.run_all()) == (1, 0)
    assert desk.count() == 2


def test_a_list_that_was_asked_for_is_not_built_where_another_came_first(server: Server, desk: Desk) -> None:
    server.issue()
    server.clock.advance(HOUR_S)
    with server.db.write() as tx:
        ask_for_snapshot(tx, server.event.id, "asked for by a person", server.clock.now_ms())
    desk.housekeeping.round()
    assert desk.worker.run_all() == 2
    assert desk.count() == 2


def test_files_of_old_lists_go_whoever_built_the_new_one(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "SNAPSHOTS_KEPT", 2)
    for built in range(2, 6):
        server.issue()
        server.clock.advance(HOUR_S)
        assert desk.look() == built
    desk.look()
    assert len([path for path in desk.folder.iterdir() if path.is_file()]) == 2 * FILES_KEPT_OF_EACH


def test_a_list_that_failed_for_good_is_asked_for_again_an_hour_later(server: Server, desk: Desk) -> None:
    server.issue()
    server.clock.advance(HOUR_S)
    lists = DayLists(server.db, server.clock, 60)
    assert [lists.step(server.event) for _ in range(3)] == [True, False, False]
    server.clock.advance(HOUR_S)
    assert [lists.step(server.event) for _ in range(3)] == [True, False, False]


def test_a_list_dated_ahead_by_a_clock_that_was_wrong_holds_up_no_other(server: Server, desk: Desk) -> None:
    """The server's clock was two days ahead when it built the newest, and then it was put right."""
    right_ms = server.clock.now_ms()
    server.clock.set_wall(right_ms + 48 * HOUR_S * 1000)
    server.issue()
    built = desk.look()
    server.clock.set_wall(right_ms)
    server.issue()
    assert desk.look() == built + 1
    assert desk.look() == built + 1


@pytest.mark.parametrize(
    ("kind", "counts"),
    [(NoteKind.NAME, True), (NoteKind.VARIANT, True), (NoteKind.ANSWER, True), (NoteKind.MAIL, False)],
)
def test_what_was_put_right_counts_if_lists_have_it(server: Server, desk: Desk, kind: NoteKind, counts: bool) -> None:
    server.clock.advance(MINUTE_S)
    with server.db.write() as tx:
        tx.execute(orders.insert().values(_order(server)))
        note = NoteRow(kind.value, "", None, server.clock.now_ms())
        order_changes.add_note(tx, server.event.id, 1, note)
    server.clock.advance(HOUR_S)
    assert desk.look() == (2 if counts else 1)
    server.clock.advance(2 * HOUR_S)
    assert desk.look() == (2 if counts else 1)


def test_a_note_for_the_gate_is_worth_a_list(server: Server, desk: Desk) -> None:
    server.clock.advance(MINUTE_S)
    with server.db.write() as tx:
        action_store.add_action(tx, server.event.id, None, Action.NOTE.value, "00", "", server.clock.now_ms())
        action_store.add_action(tx, server.event.id, None, Action.BLOCK.value, "00", "", server.clock.now_ms())
    server.clock.advance(HOUR_S)
    assert [desk.look(), desk.look()] == [2, 2]


def _order(server: Server) -> dict[str, object]:
    at_ms = server.clock.now_ms()
    return {
        "id": 1, "event_id": server.event.id, "uid": bytes(16), "code": "K00001", "link_hash": bytes(32),
        "form_key": "form", "language": "cs", "name": "Jan", "mail": "jan@example.org", "currency": "CZK",
        "total_minor": 100, "channel": "web", "placed_ms": at_ms, "pay_until_ms": at_ms, "fulfilled_ms": at_ms,
    }  # fmt: skip
