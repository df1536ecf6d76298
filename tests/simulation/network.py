"""The network: each kiosk's way to the server, and from kiosk to kiosk, with its weather.

The kiosk's own HTTP transport runs on a session of ours, so portals, redirects, cut bodies and odd statuses meet the
code that has to survive them. A request or an answer is lost, delayed, repeated or overtaken as a whole.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, Self

import requests

from common.envelope import EnvelopeFault, Typ, open_unverified
from common.exchange import MESSAGE_BYTES_MAX, ExchangeAnswer, ExchangeRequest, MessageFault, from_payload
from kiosk.sync.transport import COSE

ADDRESS: Final = "http://venue.example"
PORTAL: Final = b"<html><title>Free WiFi</title>Please accept our terms.</html>"
WEATHERS: Final = ("lossy", "portal", "slow", "tearing", "proxy", "mixed")
LAN_WEATHERS: Final = ("lossy", "slow", "tearing", "mixed")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """An HTTP request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


class Server(Protocol):
    """Whoever answers requests."""

    def answer(self, asked: Asked) -> Reply:
        """The answer. Raises requests.ConnectionError while it is down."""
        ...


class Watcher(Protocol):
    """Whoever looks at what goes over one way."""

    def asks(self, request: ExchangeRequest) -> None:
        """The caller asks."""
        ...

    def answered(self, request: ExchangeRequest, body: bytes) -> None:
        """It was answered with success; whether that arrives is another matter."""
        ...

    def passes(self, seconds: float) -> None:
        """Time goes by on the way."""
        ...

    def troubled(self, fault: str) -> None:
        """A fault was injected on this way."""
        ...


@dataclass
class Way:
    """A way from one kiosk to whoever answers it. `floating`: requests that will arrive once more, later."""

    server: Server
    watcher: Watcher
    is_up: bool = True
    weather: str = "calm"
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    floating: list[Asked] = field(default_factory=list)
    last_reply: Reply | None = None


class Session:
    """What the kiosk's transport takes for a session of the requests library."""

    def __init__(self, way: Way, address: str = ADDRESS) -> None:
        self._way, self._address = way, address
        self.trust_env = True
        self.headers: dict[str, str] = {}

    def request(self, method: str, url: str, *, data: bytes | None, headers: dict[str, str], **_: object) -> Response:
        """One request over the way."""
        return Response(_carry(self._way, Asked(method, url.removeprefix(self._address), headers, data or b"")))

    def close(self) -> None:
        """Nothing is kept."""


class _Body(io.BytesIO):
    """A body as the requests library reads it."""


class Response:
    """As much of a response as the kiosk's transport looks at."""

    def __init__(self, reply: Reply) -> None:
        self.status_code = reply.status
        self.headers = requests.structures.CaseInsensitiveDict(reply.headers)
        self.raw = _Body(reply.body)

    def close(self) -> None:
        """Nothing is kept."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is kept."""


def _carry(way: Way, asked: Asked) -> Reply:
    if not way.is_up:
        way.watcher.troubled("cut off")
        raise requests.ConnectionError("no route")
    request = _request_in(asked)
    if request is not None:
        way.watcher.asks(request)  # now: what floats and arrives late claims what was true when it was sent
    fault = _FAULTS[way.weather](way.rng)
    if fault != "none":
        way.watcher.troubled(fault)  # before: what the fault delays is excused from here on
    return _WITH.get(fault, _plainly)(way, asked)


def _plainly(way: Way, asked: Asked) -> Reply:
    return _at_server(way, asked)


def _at_server(way: Way, asked: Asked) -> Reply:
    """Whoever answers gets the request; those who watch see what both said."""
    request = _request_in(asked)
    reply = way.server.answer(asked)
    if request is not None and reply.status == 200:
        way.watcher.answered(request, reply.body)
    way.last_reply = reply
    return reply


def _request_in(asked: Asked) -> ExchangeRequest | None:
    if not asked.path.endswith("/exchange"):
        return None
    signed = open_unverified(asked.body, Typ.EXCHANGE, MESSAGE_BYTES_MAX)
    found = (
        MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeRequest)
    )
    return found if isinstance(found, ExchangeRequest) else None


def answer_in(body: bytes) -> ExchangeAnswer | None:
    """The exchange's answer in a body, if it is one."""
    signed = open_unverified(body, Typ.ANSWER, MESSAGE_BYTES_MAX)
    found = MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeAnswer)
    return found if isinstance(found, ExchangeAnswer) else None


# --- what may happen on the way --------------------------------------------------------------------


def _lose_request(_way: Way, _asked: Asked) -> Reply:
    raise requests.ConnectionError("the request was lost")


def _lose_answer(way: Way, asked: Asked) -> Reply:
    _at_server(way, asked)
    raise requests.ConnectionError("the answer was lost")


def _come_later(way: Way, asked: Asked) -> Reply:
    """The caller gives up; the request arrives after others that are sent later."""
    way.floating.append(asked)
    raise requests.ConnectionError("timed out")


def _come_twice(way: Way, asked: Asked) -> Reply:
    reply = _at_server(way, asked)
    _at_server(way, asked)
    return reply


def _come_again_later(way: Way, asked: Asked) -> Reply:
    way.floating.append(asked)
    return _at_server(way, asked)


def _older_answer(way: Way, asked: Asked) -> Reply:
    """The answer to another question comes back in this one's place."""
    before = way.last_reply
    reply = _at_server(way, asked)
    return before or reply


def _take_time(way: Way, asked: Asked) -> Reply:
    way.watcher.passes(way.rng.uniform(0.05, 0.4))
    reply = _at_server(way, asked)
    way.watcher.passes(way.rng.uniform(0.05, 0.4))
    return reply


def _torn(way: Way, asked: Asked) -> Reply:
    reply = _at_server(way, asked)
    return Reply(reply.status, reply.headers, reply.body[: way.rng.randint(0, len(reply.body))])


def _damaged(way: Way, asked: Asked) -> Reply:
    reply = _at_server(way, asked)
    at = way.rng.randrange(len(reply.body)) if reply.body else 0
    body = reply.body[:at] + bytes([reply.body[at] ^ 1]) + reply.body[at + 1 :] if reply.body else b""
    return Reply(reply.status, reply.headers, body)


def _page(status: int, body: bytes = PORTAL, **headers: str) -> Callable[[Way, Asked], Reply]:
    given = {"Content-Type": "text/html", **headers}
    return lambda _way, _asked: Reply(status, given, body)


def _lying_portal(_way: Way, _asked: Asked) -> Reply:
    return Reply(200, {"Content-Type": COSE}, PORTAL)


_WITH: Final[dict[str, Callable[[Way, Asked], Reply]]] = {
    "none": _plainly,
    "request lost": _lose_request,
    "answer lost": _lose_answer,
    "comes later": _come_later,
    "comes twice": _come_twice,
    "comes again": _come_again_later,
    "older answer": _older_answer,
    "delayed": _take_time,
    "torn": _torn,
    "damaged": _damaged,
    "portal": _page(200),
    "lying portal": _lying_portal,
    "redirect": _page(302, Location="http://portal.example/"),
    "proxy 404": _page(404),
    "proxy 502": _page(502),
    "proxy 401": _page(401),
    "too large": _page(413),
    "broken": _page(500),
}
_LOSSES: Final = ("request lost", "answer lost", "comes later", "comes twice", "comes again", "older answer")
_PORTALS: Final = ("portal", "lying portal", "redirect")
_PROXIES: Final = ("proxy 404", "proxy 502", "proxy 401", "too large", "broken")


def _one_of(faults: tuple[str, ...], share: float) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(faults) if rng.random() < share else "none"


_FAULTS: Final[dict[str, Callable[[random.Random], str]]] = {
    "calm": lambda _rng: "none",
    "lossy": _one_of(_LOSSES, 0.4),
    "portal": _one_of(_PORTALS, 1.0),
    "slow": _one_of(("delayed",), 0.8),
    "tearing": _one_of(("torn", "damaged"), 0.5),
    "proxy": _one_of(_PROXIES, 0.7),
    "mixed": _one_of((*_LOSSES, *_PORTALS, *_PROXIES, "delayed", "torn", "damaged"), 0.5),
}


def arrive_late(way: Way) -> int:
    """What floats arrives, in any order; how many requests it were. Nobody waits for the answers."""
    waiting, way.floating = way.floating, []
    way.rng.shuffle(waiting)
    for asked in waiting:
        with suppress(requests.ConnectionError):
            _at_server(way, asked)
    return len(waiting)
