"""Whatever the order, the batches and the repetitions in which entries are folded, the tables end up the same."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, select
from sqlalchemy import event as sqlalchemy_event

from common.bodies import Redeem, Revoke, Ruling, Void
from common.entries import Entry, stored_entry
from common.facts import Standing
from common.ids import CodeHash, TicketId
from common.ticket_code import derive_code, proof_of_scan
from syncserver.db.engine import Database
from syncserver.db.tables_sync import (
    conflicts,
    entitlements,
    event_facts,
    fact_runs,
    fact_statements,
    ticket_codes,
    tickets,
    uses,
)
from syncserver.jobs.statement_args import CancelWanted, GrantWanted
from syncserver.services import statements
from syncserver.services.judging import judge
from syncserver.services.keys import EventRing, ring_of
from syncserver.services.projector import Projector, apply_entries
from syncserver.services.proofs import Proofs
from syncserver.services.scribe import Desk
from syncserver.services.ticket_fold import read_ticket
from syncserver.stores import entries as entry_store
from syncserver.stores import tickets as store
from tests.support.server_world import BEER, DAY, FOUR_DAYS, GATE, GROUNDS, LUNCH, Pen, Server, hear, make_server

FOLDED = (uses, conflicts, entitlements, ticket_codes, tickets, event_facts, fact_statements, fact_runs)
NOT_COMPARED = {"found_ms", "facts"}  # when it was found; packed facts hold numbers given out in the order of arrival


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


def ring(server: Server) -> EventRing:
    with server.db.read() as tx:
        found = ring_of(tx, server.event.id)
    assert found is not None
    return found


def admit(server: Server, pen: Pen, ticket: TicketId, *seen: Entry, is_proven: bool = True) -> Entry:
    """An admission with a proof of scan, a good or a wrong one."""
    code = derive_code(server.keys.of(server.event.uid).code, ticket, 0)
    proof = proof_of_scan(code, server.event.uid, pen.device, pen.run, pen.number + 1) if is_proven else b"no proof"
    refs = tuple(one.ref for one in seen)
    return pen.write(Redeem(ticket, 0, FOUR_DAYS, 1, GATE, GROUNDS, DAY, refs, proof))


def say(server: Server, what: Callable[[Desk], object]) -> None:
    with server.db.write() as tx:
        what(server.scribe.open(tx, server.event.id))


def story(server: Server) -> list[TicketId]:
    """Everything that can happen to a ticket happens to some."""
    found = server.issue(5, items=((LUNCH, 2),))
    one, two, lost, dead, stray = found
    gate, other = Pen(server), Pen(server)
    first = admit(server, gate, one)
    unheard = admit(server, other, one)
    slip = gate.redeem(two, LUNCH)
    hear(server, first, unheard, slip, gate.write(Void(two, slip.ref, "slip")))
    hear(server, admit(server, gate, one, first, unheard), gate.redeem(two, BEER), gate.redeem(two, LUNCH))
    hear(server, admit(server, other, lost, is_proven=False))
    server.projector.catch_up(server.event.id)
    say(server, lambda desk: statements.entitle(desk, b"e", [GrantWanted(two, BEER, 1), GrantWanted(lost, BEER, 2)]))
    say(server, lambda desk: statements.decide(desk, b"d", one, unheard.ref, Ruling.ERROR))
    say(server, lambda desk: statements.reissue(desk, b"r", lost))
    say(server, lambda desk: statements.block(desk, b"b", dead, "stolen"))
    say(server, lambda desk: statements.cancel(desk, b"c", [CancelWanted(dead)]))
    say(server, lambda desk: statements.revoke(desk, b"v", other.device, "gone"))
    hear(server, admit(server, other, stray), admit(server, gate, stray), gate.redeem(TicketId(b"nobody's")))
    return [*found, TicketId(b"nobody's")]


def all_entries(server: Server) -> list[Entry]:
    with server.db.read() as tx:
        stored = entry_store.after(tx, server.event.id, 0, 10_000)
    opened = [stored_entry(one.raw, server.event.uid) for one in stored]
    return [one for one in opened if isinstance(one, Entry)]


def fold_anew(server: Server, batches: Sequence[Sequence[Entry]]) -> None:
    """From nothing, as a projector with keys does it."""
    with server.db.write() as tx:
        for table in FOLDED:
            tx.execute(table.delete())
    check = judge(server.keys.of(server.event.uid).code, server.event)
    for batch in batches:
        with server.db.write() as tx:
            apply_entries(tx, server.event, ring(server), batch, server.clock.now_ms(), check)


def state(server: Server, of: Sequence[TicketId]) -> list[object]:
    """All rows of what is folded, and the facts of each ticket as a set."""
    with server.db.read() as tx:
        known = [read_ticket(tx, server.event, ticket, server.clock.now_ms()) for ticket in of]
        facts = [None if one is None else frozenset(one.facts) for one in known]
        return [*(rows_of_table(tx, table) for table in (tickets, uses, conflicts, entitlements, ticket_codes)), facts]


def rows_of_table(tx: Connection, table: Table) -> list[tuple[object, ...]]:
    columns = [column for column in table.c if column.name not in NOT_COMPARED]
    return sorted((tuple(row) for row in tx.execute(select(*columns))), key=repr)


def in_some_order(entries: Sequence[Entry], seed: int) -> list[list[Entry]]:
    """Batches of any size in any order, some of them twice."""
    dice = random.Random(seed)
    rest = [*entries, *dice.sample(list(entries), len(entries) // 2)]
    dice.shuffle(rest)
    batches: list[list[Entry]] = []
    while rest:
        size = dice.randint(1, 6)
        batches.append(rest[:size])
        rest = rest[size:]
    return [*batches, list(entries)]


def test_every_order_and_every_batch_makes_the_same_tables(server: Server) -> None:
    known = story(server)
    entries = all_entries(server)
    fold_anew(server, [entries])
    expected = state(server, known)
    assert any(row for row in expected), "the story left nothing to compare"
    for seed in range(8):
        fold_anew(server, in_some_order(entries, seed))
        assert state(server, known) == expected, f"seed {seed}"


def test_the_tables_a_projector_makes_are_those_of_one_fold_of_everything(server: Server) -> None:
    known = story(server)
    projector = Projector(server.db, server.clock, server.keys)
    projector.catch_up(server.event.id)
    Proofs(server.db, server.scribe).step(server.event.id)  # what the keyless projector of the story left over
    made = state(server, known)
    fold_anew(server, [all_entries(server)])
    assert made == state(server, known)


def test_proofs_are_judged_in_the_same_fold_where_the_keys_are(server: Server) -> None:
    [ticket] = server.issue()
    pen = Pen(server)
    good, wrong = admit(server, pen, ticket), admit(server, pen, ticket, is_proven=False)
    hear(server, good, wrong)
    Projector(server.db, server.clock, server.keys).catch_up(server.event.id)
    with server.db.read() as tx:
        found = store.use_states(tx, server.event.id, [ticket])
    standings = {digest: standing for digest, (_, standing, _) in found.items()}
    assert standings == {good.ref.digest: Standing.PROVEN, wrong.ref.digest: Standing.UNPROVEN}


def test_what_is_known_already_is_not_written_again(server: Server) -> None:
    story(server)
    entries = [entry for entry in all_entries(server) if not isinstance(entry.body, Revoke)]
    fold_anew(server, [entries])
    written: list[str] = []
    sqlalchemy_event.listen(
        server.db.engine, "before_cursor_execute", lambda _c, _k, text, *_: written.append(text.split()[0])
    )
    with server.db.write() as tx:
        apply_entries(tx, server.event, ring(server), entries, server.clock.now_ms())
    assert not {"INSERT", "DELETE"} & set(written)


def test_a_code_of_every_generation_finds_its_ticket(server: Server) -> None:
    known = story(server)
    fold_anew(server, [all_entries(server)])
    with server.db.read() as tx:
        found = {row.ticket: row.code_hash for row in store.by_ids(tx, server.event.id, known).values()}
        pairs = tx.execute(select(ticket_codes.c.code_hash, ticket_codes.c.ticket)).all()
    assert len(pairs) == 6, "five first codes and one second"
    assert {(code, ticket) for ticket, code in found.items() if code} <= {(CodeHash(c), TicketId(t)) for c, t in pairs}
