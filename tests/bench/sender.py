"""A process that plays many kiosks: signs exchange requests with entries it was given and sends them over HTTP.

Each kiosk keeps its own cursor and takes what comes back, as a real one does, but stores nothing.
"""

from __future__ import annotations

import http.client
import os
import secrets
import threading
import time
from dataclasses import dataclass, field

from common.envelope import EnvelopeFault, Typ, open_unverified, sign
from common.errors import BadInput, require
from common.exchange import (
    MESSAGE_BYTES_MAX,
    PROTOCOL,
    SCHEMA,
    Cursor,
    ExchangeAnswer,
    ExchangeRequest,
    MessageFault,
    VersionVector,
    from_payload,
    to_payload,
)
from common.ids import EventUid
from common.signing import SigningKey

PATH = "/api/sync/v1/exchange"
HEADERS = {"Content-Type": "application/cose"}
TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Load:
    """What to send: per kiosk its secret seed and its entries; `batch` of them in a message."""

    port: int
    event: EventUid
    kiosks: tuple[tuple[bytes, tuple[bytes, ...]], ...]
    batch: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How it went: wall seconds, CPU seconds of this process, and seconds of each round trip."""

    wall_s: float
    cpu_s: float
    trips_s: tuple[float, ...]
    entries: int
    broken: int  # connections that ended without an answer; the message was sent again, as a kiosk does


@dataclass
class _Kiosk:
    """One connection with its cursor. Only one thread uses it."""

    load: Load
    key: SigningKey
    raws: tuple[bytes, ...]
    trips_s: list[float] = field(default_factory=list)
    cursor: Cursor | None = None
    fault: Exception | None = None
    broken: int = 0

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.load.port, timeout=TIMEOUT_S)

    def join(self) -> None:
        """Take a cursor behind everything there is: claim to hold all that the server says it holds."""
        vector = self._ask(()).vector
        self._ask((), vector)

    def run(self) -> None:
        """Send all; what goes wrong is kept for whoever waits."""
        try:
            for at in range(0, len(self.raws), self.load.batch):
                self._deliver(self.raws[at : at + self.load.batch])
        except (OSError, http.client.HTTPException, BadInput) as fault:
            self.fault = fault
        finally:
            self.line.close()

    def _deliver(self, some: tuple[bytes, ...]) -> None:
        began_s = time.perf_counter()
        answer = self._ask(some)
        self.trips_s.append(time.perf_counter() - began_s)
        if answer.taken != len(some) or answer.rejected:
            raise BadInput(f"{answer.taken} of {len(some)} entries were taken, {len(answer.rejected)} rejected")

    def _ask(self, entries: tuple[bytes, ...], vector: VersionVector | None = None) -> ExchangeAnswer:
        nonce = secrets.token_bytes(16)
        request = ExchangeRequest(
            PROTOCOL, SCHEMA, self.load.event, nonce, None, entries, self.cursor, vector, None, (), 1
        )
        body = sign(to_payload(request), self.key.as_device(), Typ.EXCHANGE, MESSAGE_BYTES_MAX)
        answer = opened(self._answer_to(body))
        self.cursor = answer.cursor or self.cursor
        return answer

    def _answer_to(self, body: bytes) -> bytes:
        try:
            return self._post(body)
        except http.client.RemoteDisconnected:
            self.broken += 1
            return self._post(body)

    def _post(self, body: bytes) -> bytes:
        self.line.request("POST", PATH, body, HEADERS)
        response = self.line.getresponse()
        raw = response.read()
        if response.status != 200:
            raise BadInput(f"the server answered {response.status}: {raw[:300]!r}")
        return raw


def opened(raw: bytes) -> ExchangeAnswer:
    """The answer; its signature is not checked, to keep this process's share of the machine small."""
    loose = open_unverified(raw, Typ.ANSWER, MESSAGE_BYTES_MAX)
    answer = loose if isinstance(loose, EnvelopeFault) else from_payload(loose.payload, ExchangeAnswer)
    if isinstance(answer, EnvelopeFault | MessageFault):
        raise BadInput(f"the answer cannot be read: {answer}")
    return answer


def send(load: Load) -> Sent:
    """Send everything, one thread and connection per kiosk. Raises what went wrong first."""
    kiosks = [_Kiosk(load, SigningKey.from_seed(seed), raws) for seed, raws in load.kiosks]
    for kiosk in kiosks:
        kiosk.join()
    threads = [threading.Thread(target=kiosk.run) for kiosk in kiosks]
    began_s, cpu_s = time.monotonic(), _cpu_s()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s, used_s = time.monotonic() - began_s, _cpu_s() - cpu_s
    for kiosk in kiosks:
        if kiosk.fault is not None:
            raise kiosk.fault
    trips = tuple(trip for kiosk in kiosks for trip in kiosk.trips_s)
    require(len(trips) > 0, "nothing was sent")
    broken = sum(kiosk.broken for kiosk in kiosks)
    return Sent(took_s, used_s, trips, sum(len(raws) for _, raws in load.kiosks), broken)


def _cpu_s() -> float:
    times = os.times()
    return times.user + times.system
