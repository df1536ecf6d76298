"""The LAN of the venue: who reaches whom, by which address, in what weather, and since when nothing went wrong.

A call from kiosk to kiosk goes through the callee's real listener: its request handler runs on a connection of ours.
Announcements (mDNS) are modelled as what they come to: an address is found, or said goodbye to.
"""

from __future__ import annotations

import io
import random
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Final, cast

import requests

from common import cbor
from common.exchange import MESSAGE_BYTES_MAX, ExchangeAnswer, ExchangeRequest
from kiosk.sync.peer_desk import PeerDesk
from kiosk.sync.peer_server import BYTES_BURST, BYTES_PER_S, Buckets, PeerServer, _Handler
from tests.simulation.faults import PowerCut
from tests.simulation.network import Asked, Reply, Way, answer_in, arrive_late

if TYPE_CHECKING:
    from tests.simulation.device import Device
    from tests.simulation.venue import Venue

PORT: Final = 7443


@dataclass
class Place:
    """Where a device is on the LAN. `segment`: those of one number reach each other; None: its cable is out."""

    address: str
    segment: int | None = 0
    weather: str = "calm"
    listens: bool = True  # else it only calls


class Lan:
    """All segments of one venue."""

    def __init__(self, venue: Venue, rng: random.Random) -> None:
        self._venue, self._rng = venue, rng
        self._ways: dict[tuple[str, str], Way] = {}
        self._since_s: dict[frozenset[str], float] = {}
        self._addresses = 0

    def new_address(self) -> str:
        """An address nobody had before."""
        self._addresses += 1
        return f"http://192.0.2.{self._addresses}:{PORT}"

    def members(self) -> list[Device]:
        """The devices with a place on the LAN."""
        return [one for one in self._venue.devices if one.place is not None]

    def announce(self, new: Device) -> None:
        """A program has started, or has another address: all it reaches hear of it, and it of them."""
        for one in self.members():
            if one is not new:
                self._finds(one, new)
                self._finds(new, one)

    def meet(self) -> None:
        """Segments have changed: who was never heard of before is found. Known names are not announced anew."""
        for one in self.members():
            for other in self.members():
                if one is not other and not one.calls(other.address):
                    self._finds(one, other)

    def _finds(self, one: Device, other: Device) -> None:
        if one.peers is not None and self.reaches(one, other):
            one.peers.found(other.address)

    def goodbye(self, gone: Device) -> None:
        """A program is closed by people and says so."""
        for one in self.members():
            if one is not gone and one.peers is not None and self.reaches(one, gone):
                one.peers.lost(gone.address)

    def reaches(self, one: Device, other: Device) -> bool:
        """Whether a call from one arrives at the other."""
        here, there = one.place, other.place
        return (
            here is not None
            and there is not None
            and there.listens
            and here.segment is not None
            and (here.segment == there.segment)
        )

    def at(self, address: str) -> Device | None:
        """Who has an address now."""
        return next((one for one in self.members() if one.address == address), None)

    def way(self, caller: Device, address: str) -> Way:
        """The way from a caller to an address, always the same one."""
        name = (caller.name, address)
        if name not in self._ways:
            rng = random.Random(self._rng.getrandbits(32))
            self._ways[name] = Way(Door(self, caller, address), _Watcher(self._venue, self, caller, address), rng=rng)
        return self._ways[name]

    def set_weather(self, caller: Device, address: str) -> None:
        """Before a call: whether there is a line, and its weather."""
        way, callee = self.way(caller, address), self.at(address)
        way.is_up = callee is not None and self.reaches(caller, callee)
        places = [one.place.weather for one in (caller, callee) if one is not None and one.place is not None]
        way.weather = next((weather for weather in places if weather != "calm"), "calm")

    def reseed(self, salt: int) -> None:
        """What happens on the ways during a step follows from the step, so that leaving out others changes nothing."""
        for caller, address in self._ways:
            self._ways[caller, address].rng = random.Random(f"{salt} {caller} {address}")

    def arrive_late(self) -> int:
        """What floats between kiosks arrives; how many requests it were."""
        return sum(arrive_late(way) for way in self._ways.values())

    # --- how long it has been good ----------------------------------------------------------------

    def troubled(self, one: Device, other: Device | None) -> None:
        """Something went wrong between two, or between one and everybody."""
        for partner in self.members() if other is None else (other,):
            self._since_s[_pair(one, partner)] = self._venue.now_s

    def open_since_s(self, writer: Device, reader: Device) -> float | None:
        """Since when what one writes could be pushed to the other without trouble; None: it could not."""
        if not self.reaches(writer, reader) or not self.reaches(reader, reader):
            return None
        if writer.device_id == reader.device_id or {writer.device_id, reader.device_id} & self._venue.truth.revoked:
            return None  # a clone takes the other for itself; revoked devices are shut out
        if any(one.place is None or one.place.weather != "calm" or one.disk.is_full for one in (writer, reader)):
            return None
        if not writer.calls(reader.address):
            return None
        return max(self._since_s.get(_pair(writer, reader), 0.0), writer.well_since_s, reader.well_since_s)


def _pair(one: Device, other: Device) -> frozenset[str]:
    return frozenset((one.name, other.name))


@dataclass
class _Watcher:
    """Looks at what goes from one kiosk to an address."""

    venue: Venue
    lan: Lan
    caller: Device
    address: str

    def asks(self, request: ExchangeRequest) -> None:
        """A kiosk asks another; a request that floated may be of one that is lost by now."""
        if self.caller in self.venue.devices:
            self.venue.asks(self.caller, request)

    def answered(self, request: ExchangeRequest, body: bytes) -> None:
        """Another kiosk has answered."""
        answer, callee = _peer_answer_in(body), self.lan.at(self.address)
        if callee is None:
            return
        if request.entries:
            self.venue.report.peer_calls += 1
        if request.entries or callee.disk.has_kept_unsaid:
            callee.heard |= callee.held()
        if answer is not None:
            self.caller.arrived(answer)
            self.venue.checkers.vector_of_peer(self.venue, callee, answer)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self.venue.passes(seconds)

    def troubled(self, fault: str) -> None:
        """A fault was injected on the way."""
        self.venue.report.faults[f"lan: {fault}"] += 1
        callee = self.lan.at(self.address)
        if callee is not None and fault not in {"comes twice", "comes again"}:
            self.lan.troubled(self.caller, callee)


def _peer_answer_in(body: bytes) -> ExchangeAnswer | None:
    match cbor.decode(body, MESSAGE_BYTES_MAX):
        case [bytes(), bytes(raw)]:
            return answer_in(raw)
        case _:
            return None


# --- the callee's listener ---------------------------------------------------------------------------


@dataclass
class Listening:
    """As much of the kiosk's peer server as its handler uses: the desk, and the bound on bytes."""

    desk: PeerDesk
    bytes: Buckets

    def extend(self, connection: object, seconds: float) -> None:
        """A file may take longer: here nothing takes time."""


@dataclass
class Door:
    """Whoever listens at an address, as one caller reaches it."""

    lan: Lan
    caller: Device | None  # None: a thief's laptop
    address: str

    def answer(self, asked: Asked) -> Reply:
        """What its real handler says. Raises requests.ConnectionError where nobody listens, or its power fails."""
        callee = self.lan.at(self.address)
        is_there = callee is not None and (self.caller is None or self.lan.reaches(self.caller, callee))
        if callee is None or callee.peers is None or not is_there:
            raise requests.ConnectionError("nobody there")
        venue = self.lan._venue
        try:
            with venue.disks.used_by(callee.disk):
                return _handled(callee, self.caller.address if self.caller else "laptop", asked)
        except PowerCut:
            if callee is self.caller:
                raise
            venue.power_cut(callee)
            raise requests.ConnectionError("connection reset") from None


def listening(device: Device) -> Listening | None:
    """A device's listener, from its start on."""
    if device.peers is None:
        return None
    return Listening(device.peers.desk, Buckets(device.clock, BYTES_PER_S, BYTES_BURST))


class _Connection:
    """What the handler takes for a socket."""

    def __init__(self, asked: Asked) -> None:
        lines = [f"{asked.method} {asked.path} HTTP/1.1", f"Content-Length: {len(asked.body)}"]
        lines += [f"{name}: {value}" for name, value in asked.headers.items()]
        self._asked = io.BytesIO("\r\n".join((*lines, "", "")).encode() + asked.body)
        self.said = bytearray()

    def makefile(self, *_: object) -> io.BytesIO:
        """To be read from."""
        return self._asked

    def sendall(self, data: bytes) -> None:
        """Keep what is said."""
        self.said += data

    def settimeout(self, _seconds: float | None) -> None:
        """Nothing is waited for here."""


class _Said:
    """What http.client takes for a socket."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def makefile(self, *_: object) -> io.BytesIO:
        """To be read from."""
        return io.BytesIO(self._said)


def _handled(callee: Device, address: str, asked: Asked) -> Reply:
    connection = _Connection(asked)
    _Handler(cast("object", connection), (address, 0), cast("PeerServer", callee.listening))  # type: ignore[arg-type]
    response = HTTPResponse(_Said(bytes(connection.said)))  # type: ignore[arg-type]
    response.begin()
    return Reply(response.status, dict(response.getheaders()), response.read())
