"""The gateway's own work between requests: late yeses, and webhooks delivered until someone says thank you."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import msgspec
import requests
import structlog

from common.clock import Clock
from syncserver.integrations.sandbox.book import Book, Delivery
from syncserver.integrations.sandbox.wire import SIGNATURE_HEADER, WebhookBody, sign
from syncserver.services.payment_provider import PaymentState

ROUND_S = 0.1
TIMEOUT_S = 3.0
RETRY_S = (
    0.5,
    1,
    2,
    5,
    10,
    30,
    60,
    300,
    900,
    3600,
)  # then the webhook is given up; the shop's poller finds the payment

log = structlog.get_logger("sandbox")


@dataclass(slots=True)
class _Try:
    count: int = 0
    not_before_s: float = 0.0


class Bank:
    """A thread that settles late payments and delivers webhooks. `stop()` ends it and may be called twice."""

    def __init__(self, book: Book, secret: bytes, clock: Clock) -> None:
        self._book = book
        self._secret = secret
        self._clock = clock
        self._tries: dict[str, _Try] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-bank", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the round under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def round(self) -> None:
        """One look at what is due."""
        for payment in self._book.due(self._clock.now_ms()):
            self._book.settle(payment.id, PaymentState.PAID, payment.webhooks)
        for slot, delivery in self._book.deliveries():
            self._deliver(slot, delivery)

    def _run(self) -> None:
        while not self._stopping.wait(ROUND_S):
            try:
                self.round()
            except Exception:  # the thread's outermost loop: the next round tries again
                log.exception("sandbox.round_failed")

    def _deliver(self, slot: str, delivery: Delivery) -> None:
        attempt = self._tries.setdefault(slot, _Try())
        if self._clock.monotonic_s() < attempt.not_before_s:
            return
        if self._post(delivery) or attempt.count >= len(RETRY_S):
            self._book.delivered(slot)
            self._tries.pop(slot, None)
            return
        attempt.not_before_s = self._clock.monotonic_s() + RETRY_S[attempt.count]
        attempt.count += 1

    def _post(self, delivery: Delivery) -> bool:
        body = msgspec.json.encode(WebhookBody(id=delivery.event_id, payment=delivery.payment))
        header = sign(self._secret, self._clock.now_ms() // 1000, body)
        headers = {SIGNATURE_HEADER: header, "Content-Type": "application/json"}
        try:
            reply = requests.post(delivery.url, data=body, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            log.info("sandbox.webhook_failed", event_id=delivery.event_id, why=type(error).__name__)
            return False
        return 200 <= reply.status_code < 300
