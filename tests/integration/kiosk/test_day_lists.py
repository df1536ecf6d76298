"""Who bought this morning is found by name within the hour, and no admin has built anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from common.clock import ManualClock
from syncserver.db.tables_shop import holders
from syncserver.services.order_changes import NoteKind
from syncserver.stores import order_changes
from syncserver.stores.order_changes import NoteRow
from tests.support.server_world import NOW_MS
from tests.support.whole_world import Gate, Guest, WholeWorld, make_whole_world

TEN_MS = NOW_MS - 4 * 3_600_000  # 10:00 in Prague
MINUTE_MS = 60_000
LOOK_S = 15.0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[WholeWorld]:
    made = make_whole_world(tmp_path, clock=ManualClock(TEN_MS))
    yield made
    made.close()


def live_until(world: WholeWorld, minute: int, *gates: Gate) -> None:
    """Server and kiosks go on by themselves until so many minutes past ten."""
    while world.clock.now_ms() < TEN_MS + minute * MINUTE_MS:
        world.advance(LOOK_S)
        world.services.housekeeping.round()
        world.work()
        for gate in gates:
            gate.front.sync.exchange_now()
            gate.front.sync.step()
            gate.front.sync.run_errands()
            while gate.front.kiosk.unlisted.step():
                pass


def found(gate: Gate, name: str) -> list[str]:
    return [one.name for one in gate.front.find(name)]


def test_a_ticket_sold_at_five_past_ten_is_found_by_name_after_eleven(world: WholeWorld) -> None:
    badge = world.badge()
    world.work()
    world.services.housekeeping.round()
    gate = world.gate()
    live_until(world, 5, gate)
    world.issue(Guest("Ema Nováková", plate="1AB 2345"))
    live_until(world, 59, gate)
    gate.sign_on(badge)
    assert found(gate, "novakova") == []
    assert gate.front.status().sync.unlisted == 1
    live_until(world, 65, gate)
    gate.sign_on(badge)
    assert found(gate, "novakova") == ["Ema Nováková"]
    assert found(gate, "1ab2345") == ["Ema Nováková"]
    assert gate.front.status().sync.unlisted == 0


def test_nobody_downloads_a_list_in_an_hour_in_which_nothing_was_sold(world: WholeWorld) -> None:
    world.issue(Guest("Jan Novák"))
    gate = world.gate()
    live_until(world, 30, gate)
    before = gate.front.status().sync.snapshot_built_ms
    live_until(world, 240, gate)
    assert gate.front.status().sync.snapshot_built_ms == before


def test_a_name_put_right_is_found_within_the_hour_though_nothing_was_sold(world: WholeWorld) -> None:
    """No statement tells of it: the new list has the entries of the one before, and kiosks said it brought nothing."""
    badge = world.badge()
    world.issue(Guest("Ema Nowaková"))
    gate = world.gate()
    live_until(world, 30, gate)
    with world.services.db.read() as tx:
        (ticket,) = tx.execute(select(holders.c.ticket)).scalars()
    with world.services.db.write() as tx:
        order_changes.rename_holder(tx, world.event.id, ticket, "Ema Nováková")
        note = NoteRow(NoteKind.NAME.value, "", ticket, world.clock.now_ms())
        order_changes.add_note(tx, world.event.id, 1, note)
    live_until(world, 150, gate)
    gate.sign_on(badge)
    assert found(gate, "novakova") == ["Ema Nováková"]
    before = gate.front.status().sync.snapshot_built_ms
    live_until(world, 300, gate)
    assert gate.front.status().sync.snapshot_built_ms == before
