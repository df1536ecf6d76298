"""A bank on the loopback that makes one wait: it hangs, drips, breaks off or answers late, as a test says."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from syncserver.integrations.sandbox.wire import PaymentOut
from syncserver.services.payment_provider import PaymentState

DRIP_S = 0.2


class Manner(Enum):
    """How it answers."""

    AT_ONCE = auto()
    HANGS = auto()  # hears the question and says nothing
    DRIPS_HEAD = auto()  # a byte now and then, before the answer's body
    DRIPS_BODY = auto()
    BREAKS_OFF = auto()
    FAILS = auto()  # 500
    SENDS_ELSEWHERE = auto()  # to the same payment once more


class SlowBank:
    """What it has been asked and how it answers; for many threads."""

    def __init__(self) -> None:
        self.url = ""
        self.manner = Manner.AT_ONCE
        self.late_s = 0.0
        self.state = PaymentState.CREATED
        self.is_over = threading.Event()  # what hangs ends with the test
        self._lock = threading.Lock()
        self._asked: list[str] = []
        self._made: dict[str, PaymentOut] = {}

    def asked(self, method: str) -> int:
        """How many questions of a kind came."""
        with self._lock:
            return self._asked.count(method)

    def hear(self, method: str) -> None:
        with self._lock:
            self._asked.append(method)

    def make(self, key: str, amount_minor: int) -> PaymentOut:
        """The payment of a key, made once."""
        with self._lock:
            ref = f"ref{len(self._made) + 1}"
            new = PaymentOut(
                id=ref, key=key, order_code="X", state=self.state, amount_minor=amount_minor, currency="CZK",
                refunded_minor=0, created_ms=0, url=f"{self.url}/pay/{ref}",
            )  # fmt: skip
            return self._made.setdefault(key, new)

    def payment(self, ref: str) -> PaymentOut:
        """One that was made, as it is now."""
        with self._lock:
            found = next(one for one in self._made.values() if one.id == ref)
            return msgspec.structs.replace(found, state=self.state)


@contextmanager
def slow_bank() -> Iterator[SlowBank]:
    """It listens until the end of the block."""
    bank = SlowBank()

    class Handler(_Handler):
        of = bank

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    bank.url = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    try:
        yield bank
    finally:
        bank.is_over.set()
        server.shutdown()
        serving.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    of: SlowBank

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.of.hear("POST")
        key = self.headers["Idempotency-Key"]
        self._answer(self.of.make(key, msgspec.json.decode(body)["amount_minor"]))

    def do_GET(self) -> None:
        self.of.hear("GET")
        self._answer(self.of.payment(self.path.rpartition("/")[2]))

    def log_message(self, *args: object) -> None:
        """Nothing on the terminal."""

    def _answer(self, payment: PaymentOut) -> None:
        body = msgspec.json.encode(payment)
        head = f"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with suppress(OSError):  # whoever asked has gone
            self._write(self.of.manner, head, body)

    def _write(self, manner: Manner, head: bytes, body: bytes) -> None:
        match manner:
            case Manner.HANGS:
                self.of.is_over.wait()
            case Manner.DRIPS_HEAD:
                self._drip(head + body)
            case Manner.DRIPS_BODY:
                self.wfile.write(head)
                self._drip(body)
            case Manner.BREAKS_OFF:
                self.wfile.write(head + body[:5])
            case Manner.FAILS:
                self.send_error(500)
            case Manner.SENDS_ELSEWHERE:
                self.wfile.write(
                    f"HTTP/1.0 307 Elsewhere\r\nLocation: {self.path}\r\nContent-Length: 0\r\n\r\n".encode()
                )
            case Manner.AT_ONCE:
                self.of.is_over.wait(self.of.late_s)
                self.wfile.write(head + body)

    def _drip(self, data: bytes) -> None:
        for byte in data:
            self.wfile.write(bytes([byte]))
            if self.of.is_over.wait(DRIP_S):
                return
