from __future__ import annotations

import threading

from syncserver.db.engine import WriterQueue


def test_a_loop_that_takes_it_again_and_again_lets_each_waiter_go_first() -> None:
    queue, order = WriterQueue(), []
    assert queue.acquire(1)

    def wait(name: str) -> None:
        assert queue.acquire(10)
        order.append(name)
        queue.release()

    threads = []
    for at, name in enumerate("abc", start=1):
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        while len(queue._waiting) < at:
            threading.Event().wait(0.002)
    queue.release()
    assert queue.acquire(10)
    order.append("loop")
    queue.release()
    for thread in threads:
        thread.join(10)
    assert order == ["a", "b", "c", "loop"]


def test_whoever_waits_too_long_is_told_and_leaves_the_line() -> None:
    queue = WriterQueue()
    assert queue.acquire(1)
    assert not queue.acquire(0.01)
    queue.release()
    assert queue.acquire(0.01)
