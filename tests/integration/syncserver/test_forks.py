"""A device whose journal goes on from one entry in two ways is found, whichever way came first."""

from __future__ import annotations

import copy
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from common.bodies import KioskBody, Note
from common.certificates import issue_certificate
from common.entries import Entry
from common.ids import EventUid
from syncserver.db.engine import Database
from syncserver.services import statements
from syncserver.services.forks import Forks
from syncserver.stores import conflicts as conflict_store
from syncserver.stores import devices as device_store
from tests.support.server_world import GATE, Pen, Server, hear, make_server


@pytest.fixture
def server(db: Database, tmp_path: Path) -> Server:
    return make_server(db, tmp_path)


def join(server: Server) -> Pen:
    pen, uid = Pen(server), EventUid(server.event.uid)
    with server.db.write() as tx:
        desk = server.scribe.open(tx, server.event.id)
        certificate = issue_certificate(desk.keys.scribe, uid, pen.key.verify_key.raw, "Gate", 0)
        statements.device(desk, secrets.token_bytes(8), pen.device, certificate, "Gate", GATE)
    return pen


def note() -> KioskBody:
    return Note(None, b"sealed")


def is_forked(server: Server, pen: Pen) -> bool:
    with server.db.read() as tx:
        found = device_store.by_id(tx, server.event.id, pen.device)
    assert found is not None
    return found.is_forked


def started_twice(pen: Pen) -> tuple[Pen, Pen]:
    """Two copies of its image, each with a run of its own."""
    first, second = copy.copy(pen), copy.copy(pen)
    first.new_run()
    second.new_run()
    return first, second


Story = Callable[[Server, Pen], None]
hear_now = hear


def _copied(server: Server, pen: Pen) -> None:
    hear_now(server, pen.write(note()))
    first, second = started_twice(pen)
    hear_now(server, first.write(note()))
    hear_now(server, second.write(note()))


def _copied_while_it_ran(server: Server, pen: Pen) -> None:
    hear_now(server, pen.write(note()))
    _, clone = started_twice(pen)
    hear_now(server, clone.write(note()))
    hear_now(server, pen.write(note()))


def _put_back(server: Server, pen: Pen) -> None:
    hear_now(server, pen.write(note()))
    _, older = started_twice(pen)
    hear_now(server, pen.write(note()), pen.write(note()))
    hear_now(server, older.write(note()))


@pytest.mark.parametrize("story", [_copied, _copied_while_it_ran, _put_back])
def test_a_journal_with_two_ends_marks_its_device(server: Server, story: Story) -> None:
    pen, other, forks = join(server), join(server), Forks(server.db)
    hear(server, other.write(note()))
    story(server, pen)
    assert forks.step(server.event.id) == 1
    assert (is_forked(server, pen), is_forked(server, other)) == (True, False)
    assert forks.step(server.event.id) == 0


@pytest.mark.parametrize("story", [_copied, _copied_while_it_ran, _put_back])
def test_it_is_found_as_well_by_looking_after_each_entry(
    server: Server, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    pen, forks = join(server), Forks(server.db)

    def heard(at: Server, *entries: Entry) -> None:
        for entry in entries:
            hear(at, entry)
            forks.step(at.event.id)

    monkeypatch.setattr(sys.modules[__name__], "hear_now", heard)
    story(server, pen)
    assert is_forked(server, pen)


def test_starts_in_a_row_and_gaps_mark_nobody(server: Server) -> None:
    pen, forks = join(server), Forks(server.db)
    for _ in range(3):
        first, lost, last = pen.write(note()), pen.write(note()), pen.write(note())
        hear_now(server, first, last)
        assert first.ref.identity.number + 2 == lost.ref.identity.number + 1 == last.ref.identity.number
        pen.new_run()
        hear_now(server, pen.write(note()))
        assert forks.step(server.event.id) == 0
    assert not is_forked(server, pen)


def test_many_runs_are_looked_at_in_parts(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[Forks.__module__], "RUNS_AT_ONCE", 2)
    pen, straight, forks = join(server), join(server), Forks(server.db)
    for _ in range(5):
        for one in (pen, straight):
            hear(server, one.write(note()))
            one.new_run()
    _copied(server, pen)
    assert forks.step(server.event.id) == 1
    assert (is_forked(server, pen), is_forked(server, straight)) == (True, False)


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_numbers_used_twice_are_found_whether_few_runs_are_forked_or_more_than_are_read_at_once(
    server: Server, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conflict_store, "FORKED_AT_ONCE", at_once)
    pens = [join(server) for _ in range(4)]
    for pen in pens[:3]:
        clone = copy.copy(pen)
        hear(server, *(pen.write(Note(None, b"here")) for _ in range(3)))
        hear(server, *(clone.write(Note(None, b"there")) for _ in range(2)))
        one_more = copy.copy(pen)
        one_more.new_run()
        hear(server, one_more.write(note()))
    hear(server, pens[3].write(note()))
    runs = {(pen.device, pen.run) for pen in pens}
    twice = {(pen.device, pen.run, number) for pen in pens[:3] for number in (1, 2)}
    event = server.event.id
    with server.db.read() as tx:
        assert conflict_store.doubled(tx, event, runs) == twice == conflict_store.doubled_anywhere(tx, event)
        first = pens[0]
        of_first = {one for one in twice if one[0] == first.device}
        assert conflict_store.doubled(tx, event, [(first.device, first.run)]) == of_first
        assert conflict_store.doubled(tx, event, [(pens[3].device, pens[3].run)]) == set()
        assert conflict_store.doubled(tx, event, []) == set()
