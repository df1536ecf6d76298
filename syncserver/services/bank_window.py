"""How long a web thread waits for a payment provider, and how many wait at once: a slow bank must not make us slow.

A call runs in a thread of its own and goes on when nobody waits for it any more, so an answer that comes late still
counts. Whoever would wait in vain is told so at once: while a provider rests after a fault, and beyond the seats, where
a kind of call lets nobody wait for one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog

from common.clock import Clock
from syncserver.services.payment_provider import ProviderUnreachable

RUNNING_PER_SEAT = 3  # calls that nobody waits for any more included; the provider's own bound ends them
RESTS_MAX = 10_000

log = structlog.get_logger(__name__)

Answer = TypeVar("Answer")


class NoAnswerYet(ProviderUnreachable):
    """The provider was not asked, or did not answer within the time that a page has."""


@dataclass(frozen=True, slots=True)
class Terms:
    """For one kind of call: how long one waits, how many do, and how long nobody asks after a fault."""

    name: str
    wait_s: float
    seats: int
    rest_s: float  # of the provider, after it hung
    for_seat_s: float = 0.0  # how long one waits for a seat: with a bank that answers they are soon free
    attempt_rest_s: float = 0.0  # of that payment, after any fault; 0: its next press asks again
    rests_after_error: bool = False  # of the provider too: an error that comes at once holds no thread up


# Together fewer than the web threads of a process (8), so that one is left for whoever wants nothing of the bank.
# A page has 2 s: what is left of them is for the page itself. Whoever presses the button to pay waits for a seat too:
# in a crowd a bank that answers in 0.3 s is no reason to be sent away. One that hangs rests, which ends every wait.
STARTS = Terms("start", wait_s=1.2, seats=3, rest_s=5.0, for_seat_s=0.5)
LOOKS = Terms("look", wait_s=1.2, seats=2, rest_s=5.0, for_seat_s=0.3, attempt_rest_s=10.0, rests_after_error=True)
WEBHOOKS = Terms("webhook", wait_s=5.0, seats=2, rest_s=5.0, for_seat_s=0.5)


class BankWindow(Generic[Answer]):
    """One kind of call to providers, for the threads of one process."""

    def __init__(self, clock: Clock, terms: Terms) -> None:
        self._clock, self._terms = clock, terms
        self._lock = threading.Lock()
        self._news = threading.Condition(self._lock)  # a seat is free, or a rest has begun
        self._waiting = 0
        self._running = 0
        self._awaited: dict[str, Future[Answer]] = {}  # by payment; what nobody waits for any more is not among them
        self._rests: dict[str, float] = {}  # until when, by provider and by payment

    def ask(self, provider: str, payment: str, call: Callable[[], Answer]) -> Answer:
        """What `call` returns or raises, if that is within the time. Raises NoAnswerYet.

        `payment` names it among all providers' payments: who asks about the same one meanwhile shares the answer.
        """
        answer = self._sit_down(provider, payment, call)
        try:
            wait([answer], self._terms.wait_s)
            if not answer.done():
                self._give_up(answer, provider, payment)
                raise NoAnswerYet(f"{self._terms.name}: {provider} has not answered in {self._terms.wait_s} s")
        finally:
            with self._lock:
                self._waiting -= 1
                self._news.notify_all()
        return answer.result()

    def _sit_down(self, provider: str, payment: str, call: Callable[[], Answer]) -> Future[Answer]:
        terms = self._terms
        with self._lock:
            if terms.for_seat_s:
                self._news.wait_for(
                    lambda: not self._is_full(payment) or self._rests_now(provider, payment), terms.for_seat_s
                )
            if self._rests_now(provider, payment):
                raise NoAnswerYet(f"{terms.name}: {provider} has just failed, and is not asked for a few seconds")
            if self._is_full(payment):
                raise NoAnswerYet(f"{terms.name}: {self._waiting} wait for {provider} already")
            found = self._awaited.get(payment)
            self._waiting += 1
            if found is not None:
                return found
            self._running += 1
            answer = self._awaited[payment] = Future[Answer]()
        self._begin(answer, provider, payment, call)
        return answer

    def _rests_now(self, provider: str, payment: str) -> bool:
        now_s = self._clock.monotonic_s()
        return any(self._rests.get(name, now_s) > now_s for name in (provider, payment))

    def _is_full(self, payment: str) -> bool:
        seats = self._terms.seats
        is_new = payment not in self._awaited
        return self._waiting >= seats or (is_new and self._running >= seats * RUNNING_PER_SEAT)

    def _begin(self, answer: Future[Answer], provider: str, payment: str, call: Callable[[], Answer]) -> None:
        context = copy_context()  # the number of the request stands in the lines of the log
        args = (self._run, answer, provider, payment, call)
        threading.Thread(target=context.run, args=args, name=f"bank-{self._terms.name}", daemon=True).start()

    def _run(self, answer: Future[Answer], provider: str, payment: str, call: Callable[[], Answer]) -> None:
        try:
            value = call()
        except BaseException as fault:  # noqa: BLE001 - the outermost of its thread: whoever waits gets it
            self._failed(answer, provider, payment, fault)
            return
        with self._lock:
            self._over(answer, payment)
            for name in (provider, payment):  # it answers again
                self._rests.pop(name, None)
        answer.set_result(value)

    def _failed(self, answer: Future[Answer], provider: str, payment: str, fault: BaseException) -> None:
        log.info("bank_call_failed", kind=self._terms.name, provider=provider, error=repr(fault))
        if isinstance(fault, ProviderUnreachable):
            self._rest(provider if self._terms.rests_after_error else None, payment)
        with self._lock:
            self._over(answer, payment)
        answer.set_exception(fault)

    def _over(self, answer: Future[Answer], payment: str) -> None:
        self._running -= 1
        self._news.notify_all()
        self._forget(answer, payment)

    def _forget(self, answer: Future[Answer], payment: str) -> None:
        if self._awaited.get(payment) is answer:
            del self._awaited[payment]

    def _give_up(self, answer: Future[Answer], provider: str, payment: str) -> None:
        """Whoever asks after the rest asks anew: this line to the bank may be dead while the bank is not."""
        with self._lock:
            self._forget(answer, payment)
        self._rest(provider, payment)

    def _rest(self, provider: str | None, payment: str) -> None:
        terms = self._terms
        with self._lock:
            now_s = self._clock.monotonic_s()
            if len(self._rests) >= RESTS_MAX:
                self._rests = {name: until_s for name, until_s in self._rests.items() if until_s > now_s}
            if provider is not None:
                self._rests[provider] = now_s + terms.rest_s
            if terms.attempt_rest_s:
                self._rests[payment] = now_s + terms.attempt_rest_s
            self._news.notify_all()
