from __future__ import annotations

import threading
from pathlib import Path

import pytest

from common.bodies import Issue, Redeem, Reissue
from common.decimal_text import from_decimal
from common.entries import Entry, stored_entry
from common.errors import BadInput
from common.keys import KeyUse
from common.passes import Pass, open_pass
from common.ticket_code import derive_code, parse_code, proof_of_scan
from syncserver.db.engine import Database
from syncserver.jobs.queue import enqueue
from syncserver.jobs.statement_args import ISSUE, SCRIBE_QUEUE, ChangeWanted, GrantWanted, IssueArgs, TicketWanted
from syncserver.jobs.worker import Worker
from syncserver.services import statements
from syncserver.services.append import append_entries
from syncserver.services.import_event import import_event
from syncserver.services.import_refused import ImportRefused
from syncserver.services.issue_passes import Bulk, issue_in_bulk, passes_of
from syncserver.services.keys import ring_of
from syncserver.services.scribe import Scribe
from syncserver.services.scribe_jobs import scribe_handlers
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from tests.support.server_world import (
    BEER,
    DAY,
    FOUR_DAYS,
    GATE,
    GROUNDS,
    LUNCH,
    ONE_DAY,
    Pen,
    Server,
    make_server,
)
from tests.support.small_event import small_event


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


def entries_of(server: Server) -> list[Entry]:
    with server.db.read() as tx:
        found = [stored_entry(one.raw, server.event.uid) for one in entry_store.after(tx, server.event.id, 0, 10_000)]
    assert all(isinstance(one, Entry) for one in found)
    return [one for one in found if isinstance(one, Entry)]


def test_a_job_asked_for_twice_makes_one_statement_and_the_pass_verifies(server: Server) -> None:
    wanted = TicketWanted(b"ticket-1", FOUR_DAYS, ((LUNCH, 2),))
    args = IssueArgs(server.event.id, b"order-1", (wanted,))
    for key in ("first", "again"):
        with server.db.write() as tx:
            enqueue(tx, SCRIBE_QUEUE, ISSUE, args, key, server.clock.now_ms())
    Worker(server.db, server.clock, [SCRIBE_QUEUE], scribe_handlers(server.scribe)).run_all()
    assert sum(isinstance(entry.body, Issue) for entry in entries_of(server)) == 1
    with server.db.read() as tx:
        [text] = passes_of(tx, server.keys, server.event.id, [b"ticket-1"])
        ring = ring_of(tx, server.event.id)
    assert ring is not None
    raw = from_decimal(text.digits)
    assert isinstance(raw, bytes)
    opened = open_pass(raw, ring.ring.own_finder(KeyUse.PASS))
    assert isinstance(opened, Pass)
    assert (opened.ticket, opened.product, opened.items) == (b"ticket-1", FOUR_DAYS, ((LUNCH, 2),))
    assert parse_code(text.code) == opened.code


def test_later_items_join_the_entitlements_and_count_once_per_cause(server: Server) -> None:
    [ticket] = server.issue(items=((LUNCH, 1),))
    for _ in range(2):
        with server.db.write() as tx:
            statements.entitle(server.scribe.open(tx, server.event.id), b"later", [GrantWanted(ticket, BEER, 3)])
    with server.db.read() as tx:
        assert ticket_store.items_of(tx, server.event.id, [ticket])[ticket] == ((LUNCH, 1), (BEER, 3))


def test_blocked_then_unblocked_names_what_it_replaces(server: Server) -> None:
    [ticket] = server.issue()

    def block(key: bytes, *, blocked: bool) -> bool:
        with server.db.write() as tx:
            statements.block(server.scribe.open(tx, server.event.id), key, ticket, "stolen", blocked=blocked)
        with server.db.read() as tx:
            return ticket_store.by_ids(tx, server.event.id, [ticket])[ticket].is_blocked

    assert block(b"1", blocked=True)
    assert not block(b"2", blocked=False)
    assert block(b"3", blocked=True)


def test_a_reissue_rises_above_the_last_generation_and_changes_the_code(server: Server) -> None:
    [ticket] = server.issue()
    codes, generations = set(), []
    for n in range(3):
        with server.db.write() as tx:
            statements.reissue(server.scribe.open(tx, server.event.id), bytes([n]), ticket)
        with server.db.read() as tx:
            generations.append(ticket_store.by_ids(tx, server.event.id, [ticket])[ticket].generation or 0)
            codes.add(passes_of(tx, server.keys, server.event.id, [ticket])[0].code)
    assert len(codes) == 3
    assert generations == sorted(set(generations))


def test_a_reissue_accepts_no_use_that_a_thief_has_made_up(server: Server) -> None:
    """What it accepts is believed everywhere; a forged use among it would use up the holder's pass."""
    [ticket] = server.issue()
    pen, forged = Pen(server), Pen(server).redeem(ticket)
    code = derive_code(server.keys.of(server.event.uid).code, ticket, 0)
    proof = proof_of_scan(code, server.event.uid, pen.device, pen.run, 1)
    genuine = pen.write(Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, (), proof))
    with server.db.write() as tx:
        ring = ring_of(tx, server.event.id)
        assert ring is not None
        append_entries(tx, server.event, ring, [forged, genuine], server.clock.now_ms())
    server.projector.catch_up(server.event.id)
    with server.db.write() as tx:
        entry = statements.reissue(server.scribe.open(tx, server.event.id), b"k", ticket)
    assert entry is not None
    assert isinstance(entry.body, Reissue)
    assert entry.body.accepted == (genuine.ref,)


def test_the_journal_of_the_scribe_is_chained_and_a_new_scribe_names_the_run_before(server: Server) -> None:
    for _ in range(3):
        server.issue()
    second = Scribe(server.clock, server.keys)
    with server.db.write() as tx:
        statements.issue(second.open(tx, server.event.id), b"z", [TicketWanted(b"12345678", FOUR_DAYS)])
    entries = [entry for entry in entries_of(server) if isinstance(entry.body, Issue)]
    assert [entry.ref.identity.number for entry in entries] == [1, 2, 3, 1]
    assert [entry.previous for entry in entries[1:3]] == [entry.ref.digest for entry in entries[:2]]
    assert entries[3].opens is not None
    assert entries[3].opens.digest == entries[2].ref.digest


def test_a_rolled_back_statement_leaves_no_gap_that_the_next_one_builds_on(server: Server) -> None:
    server.issue()

    def broken() -> None:
        with server.db.write() as tx:
            statements.issue(server.scribe.open(tx, server.event.id), b"x", [TicketWanted(b"12345678", FOUR_DAYS)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    server.issue()
    names = [entry.ref.identity for entry in entries_of(server)]
    assert len(set(names)) == len(names) == 2
    assert names[0].run != names[1].run


def test_two_scribes_at_once_state_each_cause_once(server: Server) -> None:
    scribes = [server.scribe, Scribe(server.clock, server.keys)]

    def work(scribe: Scribe) -> None:
        for n in range(15):
            with server.db.write() as tx:
                wanted = [TicketWanted(n.to_bytes(8, "big"), FOUR_DAYS)]
                statements.issue(scribe.open(tx, server.event.id), b"cause %d" % n, wanted)

    threads = [threading.Thread(target=work, args=(scribe,)) for scribe in scribes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    issued = [entry.body for entry in entries_of(server) if isinstance(entry.body, Issue)]
    assert len(issued) == 15
    assert len({body.cause for body in issued}) == 15
    identities = [entry.ref.identity for entry in entries_of(server)]
    assert len(set(identities)) == len(identities)


def test_bulk_issue_is_repeatable_and_makes_what_was_asked(server: Server) -> None:
    for _ in range(2):
        assert list(issue_in_bulk(server.db, server.scribe, server.event.id, Bulk(1_100, FOUR_DAYS, ((BEER, 2),), "b")))
    issued = [len(entry.body.tickets) for entry in entries_of(server) if isinstance(entry.body, Issue)]
    assert issued == [500, 500, 100]
    server.projector.catch_up(server.event.id)
    with server.db.read() as tx:
        assert ticket_store.products_in_use(tx, server.event.id) == {FOUR_DAYS, BEER}


def test_importing_again_updates_by_key_and_refuses_what_would_break_sold_passes(server: Server) -> None:
    again = import_event(server.db, server.clock, small_event())
    assert not again.is_changed
    changed = import_event(server.db, server.clock, small_event(**{'name = "Beer"': 'name = "Small beer"'}))
    assert changed.catalogue_version == 2
    server.issue()
    without = "[products.four_days]"
    with pytest.raises(ImportRefused) as refused:
        import_event(
            server.db,
            server.clock,
            small_event(**{without: "[products.all_days]", '["four_days", "one_day"]': '["all_days", "one_day"]'}),
        )
    assert "products.four_days: is sold" in str(refused.value)
    with pytest.raises(ImportRefused, match="zone"):
        import_event(server.db, server.clock, small_event(**{"Europe/Prague": "Europe/London"}))
    with server.db.read() as tx:
        event = event_store.by_key(tx, "trial")
    assert event is not None
    assert (event.zone, event.catalogue_version) == ("Europe/Prague", 2)


def test_a_ticket_becomes_another_product_once_per_cause_and_keeps_code_and_generation(server: Server) -> None:
    [ticket] = server.issue(items=((LUNCH, 1),))
    for _ in range(2):
        with server.db.write() as tx:
            desk = server.scribe.open(tx, server.event.id)
            before = desk.ticket(ticket)
            statements.change_product(desk, b"upgrade", [ChangeWanted(ticket, ONE_DAY)])
            after = desk.ticket(ticket)
    assert before is not None
    assert after is not None
    assert before.folded == after.folded, "the second time nothing is stated"
    view = after.folded.view
    assert view is not None
    assert (view.product, view.formers, view.generation, view.items) == (ONE_DAY, (FOUR_DAYS,), 0, ((LUNCH, 1),))
    assert view.past_codes == ()


def test_a_ticket_nobody_issued_becomes_nothing(server: Server) -> None:
    with server.db.write() as tx:
        desk = server.scribe.open(tx, server.event.id)
        with pytest.raises(BadInput, match="not issued yet"):
            statements.change_product(desk, b"upgrade", [ChangeWanted(b"ticket-0", ONE_DAY)])
