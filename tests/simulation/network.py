"""The network between kiosks and server: each kiosk's way there, with its weather.

The kiosk's own HTTP transport runs on a session of ours, so portals, redirects, cut bodies and odd statuses meet the
code that has to survive them. A request or an answer is lost, delayed, repeated or overtaken as a whole.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol, Self

import requests

from common.envelope import EnvelopeFault, Typ, open_unverified
from common.exchange import MESSAGE_BYTES_MAX, ExchangeAnswer, ExchangeRequest, MessageFault, from_payload
from kiosk.sync.transport import COSE

if TYPE_CHECKING:
    from tests.simulation.device import Device

ADDRESS: Final = "http://venue.example"
PORTAL: Final = b"<html><title>Free WiFi</title>Please accept our terms.</html>"
WEATHERS: Final = ("lossy", "portal", "slow", "tearing", "proxy", "mixed")


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
    """Whoever looks at what goes over the wire."""

    def asks(self, device: Device, request: ExchangeRequest) -> None:
        """A kiosk asks."""
        ...

    def answered(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        """The server has answered; whether it arrives is another matter."""
        ...

    def passes(self, seconds: float) -> None:
        """Time goes by on the way."""
        ...

    def troubled(self, device: Device, fault: str) -> None:
        """A fault was injected between this device and the server."""
        ...


@dataclass
class Way:
    """One kiosk's way to the server. `floating`: requests that will arrive once more, later."""

    server: Server
    watcher: Watcher
    is_up: bool = True
    weather: str = "calm"
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    floating: list[Asked] = field(default_factory=list)
    last_reply: Reply | None = None


class Session:
    """What the kiosk's transport takes for a session of the requests library."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self.trust_env = True
        self.headers: dict[str, str] = {}

    def request(self, method: str, url: str, *, data: bytes | None, headers: dict[str, str], **_: object) -> Response:
        """One request over the device's way."""
        return Response(_carry(self._device, Asked(method, url.removeprefix(ADDRESS), headers, data or b"")))

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


def _carry(device: Device, asked: Asked) -> Reply:
    way = device.way
    if not way.is_up:
        way.watcher.troubled(device, "cut off")
        raise requests.ConnectionError("no route")
    fault = _FAULTS[way.weather](way.rng)
    if fault != "none":
        way.watcher.troubled(device, fault)  # before: what the fault delays is excused from here on
    return _WITH.get(fault, _plainly)(device, asked)


def _plainly(device: Device, asked: Asked) -> Reply:
    return _at_server(device, asked)


def _at_server(device: Device, asked: Asked) -> Reply:
    """The server gets the request; those who watch see what both said."""
    request = _request_in(asked)
    if request is not None:
        device.way.watcher.asks(device, request)
    reply = device.way.server.answer(asked)
    if request is not None and reply.status == 200:
        answer = _answer_in(reply.body)
        if answer is not None:
            device.way.watcher.answered(device, request, answer)
    device.way.last_reply = reply
    return reply


def _request_in(asked: Asked) -> ExchangeRequest | None:
    if not asked.path.endswith("/exchange"):
        return None
    signed = open_unverified(asked.body, Typ.EXCHANGE, MESSAGE_BYTES_MAX)
    found = (
        MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeRequest)
    )
    return found if isinstance(found, ExchangeRequest) else None


def _answer_in(body: bytes) -> ExchangeAnswer | None:
    signed = open_unverified(body, Typ.ANSWER, MESSAGE_BYTES_MAX)
    found = MessageFault.NOT_CBOR if isinstance(signed, EnvelopeFault) else from_payload(signed.payload, ExchangeAnswer)
    return found if isinstance(found, ExchangeAnswer) else None


# --- what may happen on the way --------------------------------------------------------------------


def _lose_request(_device: Device, _asked: Asked) -> Reply:
    raise requests.ConnectionError("the request was lost")


def _lose_answer(device: Device, asked: Asked) -> Reply:
    _at_server(device, asked)
    raise requests.ConnectionError("the answer was lost")


def _come_later(device: Device, asked: Asked) -> Reply:
    """The caller gives up; the request arrives after others that are sent later."""
    device.way.floating.append(asked)
    raise requests.ConnectionError("timed out")


def _come_twice(device: Device, asked: Asked) -> Reply:
    reply = _at_server(device, asked)
    _at_server(device, asked)
    return reply


def _come_again_later(device: Device, asked: Asked) -> Reply:
    device.way.floating.append(asked)
    return _at_server(device, asked)


def _older_answer(device: Device, asked: Asked) -> Reply:
    """The answer to another question comes back in this one's place."""
    before = device.way.last_reply
    reply = _at_server(device, asked)
    return before or reply


def _take_time(device: Device, asked: Asked) -> Reply:
    device.way.watcher.passes(device.way.rng.uniform(0.05, 0.4))
    reply = _at_server(device, asked)
    device.way.watcher.passes(device.way.rng.uniform(0.05, 0.4))
    return reply


def _torn(device: Device, asked: Asked) -> Reply:
    reply = _at_server(device, asked)
    return Reply(reply.status, reply.headers, reply.body[: device.way.rng.randint(0, len(reply.body))])


def _damaged(device: Device, asked: Asked) -> Reply:
    reply = _at_server(device, asked)
    at = device.way.rng.randrange(len(reply.body)) if reply.body else 0
    body = reply.body[:at] + bytes([reply.body[at] ^ 1]) + reply.body[at + 1 :] if reply.body else b""
    return Reply(reply.status, reply.headers, body)


def _page(status: int, body: bytes = PORTAL, **headers: str) -> Callable[[Device, Asked], Reply]:
    given = {"Content-Type": "text/html", **headers}
    return lambda _device, _asked: Reply(status, given, body)


def _lying_portal(_device: Device, _asked: Asked) -> Reply:
    return Reply(200, {"Content-Type": COSE}, PORTAL)


_WITH: Final[dict[str, Callable[[Device, Asked], Reply]]] = {
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


def arrive_late(device: Device) -> int:
    """What floats arrives at the server, in any order; how many requests it were. Nobody waits for the answers."""
    way = device.way
    waiting, way.floating = way.floating, []
    way.rng.shuffle(waiting)
    for asked in waiting:
        _at_server(device, asked)
    return len(waiting)
