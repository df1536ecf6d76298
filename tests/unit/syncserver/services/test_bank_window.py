from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from common.clock import ManualClock
from syncserver.cli.run_commands import THREADS
from syncserver.services.bank_window import LOOKS, RUNNING_PER_SEAT, STARTS, WEBHOOKS, BankWindow, NoAnswerYet, Terms
from syncserver.services.payment_provider import ProviderRefused, ProviderUnreachable

QUICK = replace(LOOKS, wait_s=0.05, for_seat_s=0.0)
PATIENT_S = 30.0


class Bank:
    """Answers once it may; counts how often it was asked."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self._lock = threading.Lock()
        self.asked = 0

    def answer(self) -> str:
        with self._lock:
            self.asked += 1
        assert self.may.wait(PATIENT_S)
        return "paid"


@pytest.fixture
def bank() -> Iterator[Bank]:
    made = Bank()
    yield made
    made.may.set()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0)


def window(clock: ManualClock, terms: Terms = QUICK) -> BankWindow[str]:
    return BankWindow(clock, terms)


def fails(fault: Exception) -> Callable[[], str]:
    def call() -> str:
        raise fault

    return call


def test_a_page_that_waits_at_the_bank_is_there_within_two_seconds_and_leaves_a_thread_to_others() -> None:
    assert max(STARTS.wait_s, LOOKS.wait_s) <= 1.5
    assert STARTS.seats + LOOKS.seats + WEBHOOKS.seats < THREADS


def test_an_answer_in_time_is_the_answer(clock: ManualClock) -> None:
    assert window(clock, LOOKS).ask("bank", "p1", lambda: "paid") == "paid"


@pytest.mark.parametrize("fault", [ProviderRefused("no"), ProviderUnreachable("down"), ValueError("a bug")])
def test_what_goes_wrong_is_told_as_it_is(clock: ManualClock, fault: Exception) -> None:
    with pytest.raises(type(fault)):
        window(clock, LOOKS).ask("bank", "p1", fails(fault))


def test_a_bank_that_hangs_is_waited_for_so_long_and_then_left_alone(clock: ManualClock, bank: Bank) -> None:
    looks = window(clock)
    for payment in ("p1", "p2", "p1"):
        with pytest.raises(NoAnswerYet):
            looks.ask("bank", payment, bank.answer)
    assert bank.asked == 1
    clock.advance(QUICK.rest_s + 0.1)
    with pytest.raises(NoAnswerYet):  # another page tries it
        looks.ask("bank", "p2", bank.answer)
    assert bank.asked == 2


@pytest.mark.parametrize(
    ("terms", "asked", "asked_after_rest"),
    [
        pytest.param(LOOKS, 1, 2, id="waiting pages let the bank rest, and this payment longer"),
        pytest.param(STARTS, 3, 4, id="whoever presses the button is not told no for another's error"),
    ],
)
def test_after_an_error_that_came_at_once(clock: ManualClock, terms: Terms, asked: int, asked_after_rest: int) -> None:
    one, count = window(clock, terms), [0]

    def down() -> str:
        count[0] += 1
        raise ProviderUnreachable("500")

    for payment in ("p1", "p1", "p2"):
        with pytest.raises(ProviderUnreachable):
            one.ask("bank", payment, down)
    assert count == [asked]
    clock.advance(LOOKS.rest_s + 0.1)
    if terms is LOOKS:
        with pytest.raises(NoAnswerYet):
            one.ask("bank", "p1", down)
    with pytest.raises(ProviderUnreachable):
        one.ask("bank", "p2", down)
    assert count == [asked_after_rest]


def test_another_provider_is_not_laid_to_rest(clock: ManualClock) -> None:
    looks = window(clock, LOOKS)
    with pytest.raises(ProviderUnreachable):
        looks.ask("bank", "p1", fails(ProviderUnreachable("down")))
    assert looks.ask("other bank", "p2", lambda: "paid") == "paid"


def test_a_late_answer_still_counts_and_ends_the_rest(clock: ManualClock, bank: Bank) -> None:
    looks, heard = window(clock), threading.Event()

    def late() -> str:
        answer = bank.answer()
        heard.set()
        return answer

    with pytest.raises(NoAnswerYet):
        looks.ask("bank", "p1", late)
    bank.may.set()
    assert heard.wait(PATIENT_S)
    until(lambda: is_answered(looks))


def is_answered(looks: BankWindow[str]) -> bool:
    try:
        return looks.ask("bank", "p1", lambda: "paid") == "paid"
    except NoAnswerYet:
        return False


def until(is_so: Callable[[], bool]) -> None:
    pause = threading.Event()
    assert any(is_so() or pause.wait(0.05) for _ in range(round(PATIENT_S / 0.05)))


def test_two_who_ask_about_one_payment_share_the_answer(clock: ManualClock, bank: Bank) -> None:
    starts, answers = window(clock, replace(STARTS, wait_s=PATIENT_S)), []
    threads = [threading.Thread(target=lambda: answers.append(starts.ask("bank", "p1", bank.answer))) for _ in range(2)]
    for one in threads:
        one.start()
    bank.may.set()
    for one in threads:
        one.join(PATIENT_S)
    assert answers == ["paid", "paid"]
    assert bank.asked in {1, 2}  # 2: the first was answered before the second came


def test_of_many_who_wait_few_take_a_thread(clock: ManualClock, bank: Bank) -> None:
    looks, sat = window(clock, replace(LOOKS, wait_s=PATIENT_S, for_seat_s=0.0)), threading.Barrier(LOOKS.seats + 1)
    answers: list[str] = []

    def sit(name: str) -> None:
        def call() -> str:
            sat.wait(PATIENT_S)
            return bank.answer()

        answers.append(looks.ask("bank", name, call))

    threads = [threading.Thread(target=sit, args=(f"p{n}",)) for n in range(LOOKS.seats)]
    for one in threads:
        one.start()
    sat.wait(PATIENT_S)
    for number in range(60):
        with pytest.raises(NoAnswerYet, match="already"):
            looks.ask("bank", f"other {number}", bank.answer)
    bank.may.set()
    for one in threads:
        one.join(PATIENT_S)
    assert answers == ["paid"] * LOOKS.seats


def test_a_crowd_that_pays_at_a_bank_that_answers_is_answered_each_in_turn(clock: ManualClock) -> None:
    starts, answers = window(clock, replace(STARTS, for_seat_s=PATIENT_S)), []
    asking, asking_most, lock = [0], [0], threading.Lock()

    def call() -> str:
        with lock:
            asking[0] += 1
            asking_most[0] = max(asking_most[0], asking[0])
        time.sleep(0.01)
        with lock:
            asking[0] -= 1
        return "paid"

    threads = [
        threading.Thread(target=lambda name=f"p{n}": answers.append(starts.ask("bank", name, call))) for n in range(24)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENT_S)
    assert answers == ["paid"] * 24
    assert asking_most[0] <= STARTS.seats * RUNNING_PER_SEAT


def test_whoever_waits_for_a_seat_at_a_bank_that_hangs_is_told_as_soon_as_that_is_known(
    clock: ManualClock, bank: Bank
) -> None:
    starts = window(clock, replace(STARTS, wait_s=QUICK.wait_s, for_seat_s=PATIENT_S))
    told: list[str] = []

    def pay(name: str) -> None:
        try:
            starts.ask("bank", name, bank.answer)
        except NoAnswerYet as error:
            told.append(str(error))

    threads = [threading.Thread(target=pay, args=(f"p{n}",)) for n in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENT_S)
    assert len(told) == 12
    assert bank.asked <= STARTS.seats
    assert sum("just failed" in one for one in told) >= 12 - STARTS.seats


def test_calls_that_never_end_are_few(clock: ManualClock, bank: Bank) -> None:
    """A provider whose calls have no bound of their own does not fill the process with threads."""
    looks = window(clock)
    for number in range(20):
        clock.advance(60)
        with pytest.raises(NoAnswerYet):
            looks.ask("bank", f"p{number}", bank.answer)
    assert bank.asked == QUICK.seats * RUNNING_PER_SEAT
