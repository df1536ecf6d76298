"""Holders sealed here and in processes beside: the same bytes, and none missing when such a process dies."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from common.ids import EventUid, ProductNo, TicketId
from common.kept_answers import KeptAnswer
from common.sealing import open_holder
from common.snapshot_format import ticket_key
from common.ticket_code import derive_code
from syncserver.services.holder_sealing import CHUNK, HolderSealer, HolderSource, sealing

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


def processes() -> ProcessPoolExecutor:
    """One process beside."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which a process beside is worth its while."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_few_holders_are_sealed_here_by_ticket_and_their_pass_opens_them() -> None:
    with sealing(SEAL, holders(40), make_pool=pytest.fail) as few:
        rows = few.rows()
    assert [row[0] for row in rows] == sorted(ticket_key(ticket) for ticket, _, _ in holders(40))
    by_key = {row[0]: row for row in rows}
    for ticket, generation, data in holders(40):
        opened = open_holder(
            derive_code(CODE_KEY, ticket, generation), EVENT, ticket, generation, by_key[ticket_key(ticket)][2]
        )
        assert opened is not None
        assert (opened.name, opened.plate, opened.notes, opened.language, opened.attention, opened.answers) == data


def test_many_holders_sealed_beside_are_the_same_bytes() -> None:
    many = holders(CHUNK + 10)
    with sealing(SEAL, many, make_pool=processes, here_most=10) as beside:
        rows = beside.rows()
    assert rows == sorted(SEAL(many))


def test_what_a_process_that_was_killed_owes_is_sealed_here() -> None:
    many, made = holders(2 * CHUNK + 10), []

    def doomed() -> ProcessPoolExecutor:
        made.append(pool := processes())
        os.kill(pool.submit(os.getpid).result(), signal.SIGKILL)
        return pool

    with sealing(SEAL, many, make_pool=doomed, here_most=10) as beside:
        rows = beside.rows()
    assert len(made) == 1
    assert rows == sorted(SEAL(many))


def test_with_one_core_all_are_sealed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with sealing(SEAL, holders(60), make_pool=pytest.fail, here_most=10) as alone:
        assert alone.rows() == sorted(SEAL(holders(60)))
