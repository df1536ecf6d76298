"""Holders sealed here and in processes beside: the same bytes, and none missing when such a process dies."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field

import pytest

from common.ids import EventUid, ProductNo, TicketId
from common.kept_answers import KeptAnswer
from common.sealing import open_holder
from common.snapshot_format import HolderRow, ticket_key
from common.ticket_code import derive_code
from syncserver.services.holder_sealing import CHUNK, Beside, HolderSealer, HolderSource, sealing

EVENT = EventUid(b"\x01\x02\x03\x04")
CODE_KEY = bytes(range(32))
SEAL = HolderSealer(CODE_KEY, EVENT)
ANSWERS = (KeptAnswer(ProductNo(3), 1, "dish", "meat"), KeptAnswer(ProductNo(3), 2, "dish", "Bez masa"))


def holders(count: int) -> list[HolderSource]:
    """So many holders, not in their tickets' order."""
    tickets = (TicketId((at * 7919 % 65_536).to_bytes(8, "big")) for at in range(count))
    return [
        (ticket, at % 3, (f"Žofie {at}", None, "", "cs", at % 5 == 0, ANSWERS[: at % 3]))
        for at, ticket in enumerate(tickets)
    ]


@dataclass
class Dying:
    """Seals once; then its process is killed, as by a machine without memory."""

    seal: HolderSealer
    sealed: list[int] = field(default_factory=list)

    def __call__(self, sources: list[HolderSource]) -> list[HolderRow]:
        if self.sealed:
            os.kill(os.getpid(), signal.SIGKILL)
        self.sealed.append(len(sources))
        return self.seal(sources)


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which a process beside is worth its while."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def nobody(_seal: object) -> Beside:
    """No process is needed."""
    pytest.fail("a process was begun")


def test_few_holders_are_sealed_here_by_ticket_and_their_pass_opens_them() -> None:
    with sealing(SEAL, holders(40), begin=nobody) as few:
        rows = few.rows()
    assert [row[0] for row in rows] == sorted(ticket_key(ticket) for ticket, _, _ in holders(40))
    by_key = {row[0]: row for row in rows}
    for ticket, generation, data in holders(40):
        opened = open_holder(
            derive_code(CODE_KEY, ticket, generation), EVENT, ticket, generation, by_key[ticket_key(ticket)][2]
        )
        assert opened is not None
        assert (opened.name, opened.plate, opened.notes, opened.language, opened.attention) == data[:5]


def test_many_holders_sealed_beside_are_the_same_bytes() -> None:
    many = holders(CHUNK + 10)
    with sealing(SEAL, many, here_most=10) as beside:
        rows = beside.rows()
    assert rows == sorted(SEAL(many))


def test_what_a_process_that_was_killed_owes_is_sealed_here() -> None:
    many, begun = holders(2 * CHUNK + 10), []

    def doomed(seal: object) -> Beside:
        begun.append(beside := Beside(Dying(SEAL)))
        return beside

    with sealing(SEAL, many, begin=doomed, here_most=10) as beside:
        rows = beside.rows()
    assert len(begun) == 1
    assert rows == sorted(SEAL(many))


def test_a_process_that_is_dead_from_the_start_costs_nothing_but_time() -> None:
    def dead(seal: object) -> Beside:
        beside = Beside(SEAL)
        beside.process.kill()
        beside.process.join()
        return beside

    many = holders(CHUNK + 10)
    with sealing(SEAL, many, begin=dead, here_most=10) as beside:
        assert beside.rows() == sorted(SEAL(many))


def test_with_one_core_all_are_sealed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with sealing(SEAL, holders(60), begin=nobody, here_most=10) as alone:
        assert alone.rows() == sorted(SEAL(holders(60)))
