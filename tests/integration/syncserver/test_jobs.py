from __future__ import annotations

import threading

import msgspec
import pytest

from common.clock import ManualClock
from common.errors import InvariantError
from syncserver.db.engine import Database
from syncserver.jobs.model import ATTEMPTS_MAX, LEASE_MS, GiveUp, JobContext, JobState
from syncserver.jobs.queue import enqueue
from syncserver.jobs.worker import LATE_MS, Worker
from syncserver.stores import jobs as store

NOW = 1_800_000_000_000
EVENT = 1


class Greeting(msgspec.Struct, frozen=True):
    word: str


def ask(db: Database, key: str, word: str = "hello") -> bool:
    with db.write() as tx:
        return enqueue(tx, "mail", "greet", Greeting(word), key, NOW, event_id=EVENT)


def dead(db: Database, event_id: int) -> tuple[store.ListedJob, ...]:
    with db.read() as tx:
        return store.listed(tx, event_id, JobState.DEAD, None, NOW, 10)


def counts(db: Database) -> dict[tuple[str, str], int]:
    with db.read() as tx:
        return store.counts(tx)


def test_the_same_name_and_key_is_one_job_and_done_once(db: Database) -> None:
    said: list[str] = []
    assert ask(db, "a")
    assert not ask(db, "a")
    worker = Worker(db, ManualClock(NOW), ["mail"], {"greet": lambda job: said.append(job.args(Greeting).word)})
    assert worker.run_all() == 1
    assert not ask(db, "a")
    assert worker.run_all() == 0
    assert said == ["hello"]


def test_a_job_waits_for_its_time(db: Database) -> None:
    clock = ManualClock(NOW - 1)
    ask(db, "a")
    worker = Worker(db, clock, ["mail"], {"greet": lambda _: None})
    assert not worker.run_one()
    clock.advance(0.001)
    assert worker.run_one()


def test_effect_and_done_are_one_transaction(db: Database) -> None:
    """A crash after the effect, before the commit, leaves neither: the next attempt does both once."""
    clock = ManualClock(NOW)
    crashes = [True]

    def handler(job: JobContext) -> None:
        with job.finishing() as tx:
            enqueue(tx, "effects", "effect", Greeting("done"), job.job.key, NOW)
            if crashes.pop() if crashes else False:
                raise OSError("the power went")

    ask(db, "a")
    worker = Worker(db, clock, ["mail"], {"greet": handler})
    worker.run_one()
    assert ("effects", "waiting") not in counts(db)
    clock.advance(5)
    worker.run_one()
    assert counts(db) == {("effects", "waiting"): 1, ("mail", "done"): 1}


def test_a_job_whose_worker_died_is_taken_over_and_the_dead_ones_effect_is_refused(db: Database) -> None:
    clock = ManualClock(NOW)
    ask(db, "a")

    def slow(job: JobContext) -> None:
        clock.advance(LEASE_MS / 1000 + 1)
        assert Worker(db, clock, ["mail"], {"greet": lambda _: None}).run_one()
        with job.finishing() as tx:
            enqueue(tx, "effects", "effect", Greeting("late"), job.job.key, NOW)

    Worker(db, clock, ["mail"], {"greet": slow}).run_one()
    assert counts(db) == {("mail", "done"): 1}


def test_a_failing_job_backs_off_then_is_dead_and_does_not_stop_the_others(db: Database) -> None:
    clock = ManualClock(NOW)
    said: list[str] = []

    def handler(job: JobContext) -> None:
        word = job.args(Greeting).word
        if word == "poison":
            raise ValueError(word)
        said.append(word)

    ask(db, "bad", "poison")
    ask(db, "good", "hello")
    worker = Worker(db, clock, ["mail"], {"greet": handler})
    assert worker.run_all() == 2
    assert said == ["hello"]
    for _ in range(ATTEMPTS_MAX):
        clock.advance(20 * 60)
        worker.run_all()
    assert counts(db) == {("mail", "dead"): 1, ("mail", "done"): 1}
    [given_up] = dead(db, EVENT)
    assert (given_up.name, given_up.attempts, given_up.last_error) == ("greet", ATTEMPTS_MAX, "ValueError")
    assert dead(db, EVENT + 1) == ()
    with db.write() as tx:
        assert not store.revive(tx, EVENT + 1, given_up.id, clock.now_ms())
        assert store.revive(tx, EVENT, given_up.id, clock.now_ms())
    assert worker.run_one()


def test_no_handler_and_wrong_arguments_are_dead_at_once(db: Database) -> None:
    class Other(msgspec.Struct, frozen=True):
        number: int

    def handler(job: JobContext) -> None:
        job.args(Other)

    ask(db, "a")
    Worker(db, ManualClock(NOW), ["mail"], {"greet": handler}).run_one()
    with db.write() as tx:
        enqueue(tx, "mail", "unheard", Greeting("x"), "b", NOW)
    Worker(db, ManualClock(NOW), ["mail"], {}).run_one()
    assert counts(db) == {("mail", "dead"): 2}


def test_giving_up_needs_no_further_attempt(db: Database) -> None:
    def handler(_: JobContext) -> None:
        raise GiveUp("the address does not exist: ask the buyer")

    ask(db, "a")
    Worker(db, ManualClock(NOW), ["mail"], {"greet": handler}).run_one()
    assert dead(db, EVENT)[0].last_error == "the address does not exist: ask the buyer"


def test_workers_side_by_side_do_each_job_once(db: Database) -> None:
    done: list[str] = []
    for n in range(40):
        ask(db, f"k{n}")
    workers = [
        Worker(db, ManualClock(NOW), ["mail"], {"greet": lambda job: done.append(job.job.key)}) for _ in range(4)
    ]
    threads = [threading.Thread(target=worker.run_all) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == sorted(f"k{n}" for n in range(40))


def test_a_transaction_inside_another_is_a_broken_program(db: Database) -> None:
    with db.write(), pytest.raises(InvariantError), db.write():
        pass


def test_what_a_failed_block_wrote_is_gone(db: Database) -> None:
    def broken() -> None:
        with db.write() as tx:
            enqueue(tx, "mail", "greet", Greeting("x"), "a", NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert counts(db) == {}


def test_before_each_job_a_worker_may_have_to_give_way_until_its_work_is_late(db: Database) -> None:
    clock, done, stop = ManualClock(NOW), list[str](), threading.Event()
    for key in ("a", "b", "c", "d"):
        ask(db, key)

    def give_way() -> None:
        done.append("gave way")

    def handler(job: JobContext) -> None:
        done.append(job.job.key)
        if job.job.key == "b":  # from here on what waits has waited for more than a minute
            clock.advance(LATE_MS / 1000 + 1)
        if job.job.key == "d":
            stop.set()

    Worker(db, clock, ["mail"], {"greet": handler}, give_way=give_way).run(stop)
    assert done == ["gave way", "a", "gave way", "b", "gave way", "c", "d"]
