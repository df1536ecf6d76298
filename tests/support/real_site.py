"""The real server program on SQLite, and real headless kiosks that reach it over wires of ours."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from common.bodies import Redeem
from common.entries import Entry, stored_entry
from common.ids import DeviceId, PointNo
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.services import statements
from syncserver.stores import devices as device_store
from syncserver.stores import entries as entry_store
from syncserver.stores import events as event_store
from syncserver.stores import tickets as ticket_store
from syncserver.stores.events import EventRow
from tests.bench.served import Served, free_port, serving
from tests.bench.site import manage
from tests.support.faulty_wire import Wire
from tests.support.headless_process import HeadlessProcess
from tests.support.small_event import TOML

SECOND_GATE = """
[points.side_gate]
kind = "gate"
name = "Side gate"
area = "grounds"
products = ["four_days", "one_day"]
"""
PASSES = 40
WITHIN_S = 60.0


@dataclass
class RealKiosk:
    """A kiosk's folder with the program that runs on it."""

    name: str
    folder: Path
    wire: Wire
    process: HeadlessProcess

    def admits(self, text: str) -> bool:
        """Whether a pass is let in now."""
        answer = self.process.line(text)
        assert answer["answer"] == "verdict", answer
        return bool(answer["outcome"] == "admit")

    def reason(self, text: str) -> str:
        """Why."""
        return str(self.process.line(text).get("reason"))

    def hear(self) -> None:
        """Exchange now; what the server held before is known afterwards."""
        until(lambda: self.process.ask(do="exchange")["connected"] is True, f"{self.name} has exchanged")

    def start(self) -> None:
        """Start the program."""
        self.process = HeadlessProcess(self.folder, self.folder.with_suffix(".log"))


@dataclass
class RealSite:
    """The server's folder, its program, and the passes nobody has used yet."""

    folder: Path
    services: Services
    event: EventRow
    served: Served
    passes: list[str]
    kiosks: list[RealKiosk] = field(default_factory=list)
    made: int = 0

    def kiosk(self, wire: Wire, point: str = "main_gate") -> RealKiosk:
        """A kiosk that joins over a wire and has the snapshot."""
        self.made += 1
        name = f"kiosk{self.made}"
        told = manage(self.folder, "enrolment-code", name, "--point", point, RALLYGATE_PUBLIC_URL=wire.address)
        text = next(line.split()[1] for line in told.splitlines() if line.startswith("qr:"))
        folder = self.folder.parent / name
        kiosk = RealKiosk(name, folder, wire, HeadlessProcess(folder, folder.with_suffix(".log")))
        answer = kiosk.process.ask(do="enrol", text=text)
        assert answer["answer"] == "enrolled", answer
        self.kiosks.append(kiosk)
        until(lambda: has_snapshot(kiosk), f"{name} has a snapshot")
        return kiosk

    def device(self, kiosk: RealKiosk) -> DeviceId:
        """Its id, as the server knows it."""
        return self._device_of(kiosk.name)

    def _device_of(self, name: str) -> DeviceId:
        with self.services.db.read() as tx:
            rows = device_store.all_devices(tx, self.event.id)
        return next(DeviceId(row.device) for row in rows if row.name == name)

    def written(self, kiosk: RealKiosk) -> list[Entry]:
        """What the server holds of a kiosk, each entry as often as it is there."""
        return self.written_by(kiosk.name)

    def written_by(self, name: str) -> list[Entry]:
        """What the server holds of the kiosk of a name, each entry as often as it is there."""
        device = self._device_of(name)
        with self.services.db.read() as tx:
            stored = entry_store.after(tx, self.event.id, 0, 1_000_000)
        entries = (stored_entry(one.raw, self.event.uid) for one in stored)
        return [one for one in entries if isinstance(one, Entry) and one.ref.identity.device == device]

    def states(self, kiosk: RealKiosk) -> list[str]:
        """How the projector counts each use that a kiosk wrote."""
        written = self.written(kiosk)
        tickets = [one.body.ticket for one in written if isinstance(one.body, Redeem)]
        with self.services.db.read() as tx:
            found = ticket_store.use_states(tx, self.event.id, tickets)
        return [found[one.ref.digest][0] for one in written if one.ref.digest in found]

    def move(self, kiosk: RealKiosk, point_key: str) -> PointNo:
        """The office states that a kiosk stands elsewhere."""
        device = self.device(kiosk)
        with self.services.db.write() as tx:
            known = device_store.by_id(tx, self.event.id, device)
            point = event_store.point_no(tx, self.event.id, point_key)
            assert known is not None
            assert point is not None
            desk = self.services.scribe.open(tx, self.event.id)
            statements.device(desk, secrets.token_bytes(8), device, known.certificate, known.name, PointNo(point))
        return PointNo(point)


def has_snapshot(kiosk: RealKiosk) -> bool:
    """Whether its files are there."""
    return any((kiosk.folder / "snapshots").glob("snapshot-*.sqlite"))


def until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    end_s = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end_s, f"not so in {WITHIN_S:.0f} s: {what}"
        time.sleep(0.1)


Serve = Callable[[Path, str], AbstractContextManager[Served]]


def on_loopback(data: Path, database_url: str) -> AbstractContextManager[Served]:
    """The server on this machine, for this machine."""
    return serving(data, database_url, free_port())


@contextmanager
def real_site(folder: Path, serve: Serve = on_loopback) -> Iterator[RealSite]:
    """A server that runs, with passes good once."""
    data, listed = folder / "server", folder / "passes.txt"
    data.mkdir()
    (folder / "event.toml").write_text(TOML + SECOND_GATE)
    manage(data, "init")
    manage(data, "import-event", str(folder / "event.toml"), "--starts-on", "today")
    manage(data, "issue-passes", "--count", str(PASSES), "--product", "one_day", "--out", str(listed))
    manage(data, "build-snapshot")
    passes = [line.split()[0] for line in listed.read_text().splitlines() if not line.startswith("#")]
    config = config_for(data)
    services = make_services(config)
    with services.db.read() as tx:
        [event] = event_store.all_events(tx)
    with serve(data, config.database_url) as served:
        site = RealSite(data, services, event, served, passes)
        try:
            yield site
        finally:
            for kiosk in site.kiosks:
                kiosk.process.close()
            services.db.close()
