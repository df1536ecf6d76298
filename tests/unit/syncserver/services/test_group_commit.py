from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from syncserver.services.group_commit import GroupCommit


def test_works_that_wait_together_are_written_together_and_each_gets_its_own_result() -> None:
    groups: list[int] = []
    first_is_in, go_on = threading.Event(), threading.Event()

    def write(works: Sequence[int]) -> list[int]:
        groups.append(len(works))
        first_is_in.set()
        go_on.wait(10)
        return [work * 10 for work in works]

    commit = GroupCommit(write)
    results: dict[int, int] = {}

    def do(work: int) -> None:
        results[work] = commit.do(work)

    threads = [threading.Thread(target=do, args=(0,))]
    threads[0].start()
    assert first_is_in.wait(10)
    for work in range(1, 9):
        threads.append(threading.Thread(target=do, args=(work,)))
        threads[-1].start()
    while len(commit._pending) < 8:
        threading.Event().wait(0.005)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert groups == [1, 8]
    assert results == {work: work * 10 for work in range(9)}


def test_a_failure_is_told_to_all_it_went_with_and_to_none_after() -> None:
    def write(works: Sequence[int]) -> list[int]:
        if 0 in works:
            raise OSError("the disk is full")
        return list(works)

    commit = GroupCommit(write)
    with pytest.raises(OSError, match="full"):
        commit.do(0)
    assert commit.do(1) == 1


def test_who_is_done_goes_while_the_next_group_is_being_written() -> None:
    entered = threading.Semaphore(0)
    let_go = threading.Semaphore(0)

    def write(works: Sequence[int]) -> list[int]:
        entered.release()
        assert let_go.acquire(timeout=10)
        return list(works)

    commit = GroupCommit(write, works_max=2)
    done = threading.Semaphore(0)

    def do(work: int) -> None:
        commit.do(work)
        done.release()

    threads = [threading.Thread(target=do, args=(work,)) for work in range(5)]
    for thread in threads:
        thread.start()
    assert entered.acquire(timeout=10)
    while len(commit._pending) < 4:
        threading.Event().wait(0.005)
    for written in (1, 2, 2):
        let_go.release()
        for _ in range(written):  # all of this group, though the next one is not written yet
            assert done.acquire(timeout=10)
    for thread in threads:
        thread.join(10)
