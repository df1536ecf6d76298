"""Kiosks of one LAN on loopback: real listeners, real calls, and a server in memory that some of them reach."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from common.bodies import DeviceStated, Revoke
from common.clock import SystemClock
from common.decision import Request, Verdict
from common.ids import Cause, DeviceId
from common.signing import device_id
from kiosk.front import Front
from kiosk.input.events import Scanned, Source
from kiosk.root import Options, open_kiosk
from kiosk.shown import Shown
from kiosk.store.enrolled import device_key
from kiosk.store.folder import Folder
from kiosk.sync.errors import Retry
from kiosk.sync.peer_settings import PeerSettings
from kiosk.sync.transport import Transport
from tests.support.fake_server import FakeServer
from tests.support.kiosk_world import GATE, LUNCH, Contents, Event, Sold, build_snapshot, enrol, put_snapshot
from tests.support.stick_world import NoNetwork

LOOPBACK = "127.0.0.1"
WITHIN_S = 20.0


@dataclass
class LanKiosk:
    """One kiosk with its listener."""

    folder: Folder
    front: Front

    @property
    def address(self) -> str:
        """Where others call it."""
        return f"http://{LOOPBACK}:{self.front.peers.state.port}"

    @property
    def device(self) -> DeviceId:
        """Its id."""
        return self.front.kiosk.stores.journal.device

    def verdict(self, text: str) -> Verdict:
        """What a scan is answered."""
        shown = self.front.scan(Scanned(text, Source.CAMERA, 0.0), Request())
        assert isinstance(shown, Shown), shown
        assert isinstance(shown.verdict, Verdict), shown.verdict
        return shown.verdict

    def knows(self, digest: bytes) -> bool:
        """Whether an entry of another has arrived."""
        return self.front.kiosk.stores.learnt.raw_of(digest) is not None  # type: ignore[arg-type]


@dataclass
class LanWorld:
    """The event, its server, the kiosks."""

    path: Path
    event: Event = field(default_factory=lambda: Event(now_ms=SystemClock().now_ms()))
    kiosks: list[LanKiosk] = field(default_factory=list)
    sold: list[Sold] = field(default_factory=list)

    def __post_init__(self) -> None:
        """A server with some tickets and a snapshot of them."""
        self.server = FakeServer(self.event, now_ms=self.event.now_ms)
        self.server.weather = self._weather
        self.is_server_up = True
        self.sell(5)

    def sell(self, count: int) -> list[Sold]:
        """Tickets the server knows, and a snapshot that has them."""
        new = [self.event.make_ticket((LUNCH, 3)) for _ in range(count)]
        self.server.say(self.event.issue(*new))
        self.sold += new
        contents = Contents(self.server.entries, build_ms=self.event.now_ms)
        self.server.snapshots.append(build_snapshot(self.event, contents, self.path))
        return new

    def kiosk(self, *partners: LanKiosk, uplink: bool = True, listens: bool = True, snapshot: bool = True) -> LanKiosk:
        """A kiosk that is running; it knows these partners, and they are told of it."""
        folder = enrol(self.event, self.path / f"kiosk{len(self.kiosks)}", GATE)
        key = device_key(folder)
        device = device_id(key.verify_key.raw)
        self.server.keys[device] = key.as_device().verify_key
        name, certificate = f"Gate {len(self.kiosks)}", self.event.certificate(key)
        self.server.say(self.event.say(DeviceStated(Cause(device), device, certificate, name, GATE, ())))
        if snapshot:
            put_snapshot(folder, self.event, self.server.snapshots[-1])
        addresses = tuple(partner.address for partner in partners)
        settings = PeerSettings((LOOPBACK, 0) if listens else None, addresses)
        front = Front(open_kiosk(folder, Options(SystemClock())), self._line(uplink=uplink), peers=settings)
        front.start()
        kiosk = LanKiosk(folder, front)
        self.kiosks.append(kiosk)
        if listens:
            for partner in partners:
                partner.front.peers.found(kiosk.address)
        return kiosk

    def revoke(self, kiosk: LanKiosk) -> None:
        """The server revokes a kiosk."""
        self.server.say(self.event.say(Revoke(Cause(os.urandom(16)), kiosk.device, (), "stolen")))

    def close(self) -> None:
        """Stop all."""
        for kiosk in self.kiosks:
            kiosk.front.close()

    def _line(self, *, uplink: bool) -> Transport:
        return self.server if uplink else NoNetwork()

    def _weather(self, _path: str) -> None:
        if not self.is_server_up:
            raise Retry("the server is gone")


def within(claim: Callable[[], bool], seconds: float = WITHIN_S) -> bool:
    """Whether a claim comes true in time."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        if claim():
            return True
        time.sleep(0.01)
    return claim()
