"""What all benches of one run share: a copy of the kept data, a snapshot of it, and kiosks that hold that snapshot."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from common.exchange import Manifest
from common.ids import TicketId
from kiosk.store.enrolled import Enrolled, device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.store.snapshots import Snapshots, open_manifest
from kiosk.sync.download import fetch_snapshot
from kiosk.sync.errors import Refused
from kiosk.sync.transport import Part, Transport
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.services.issue_passes import passes_of
from syncserver.stores.events import EventRow
from syncserver.stores.snapshots import SnapshotRow
from tests.bench.figures import Figure
from tests.bench.pens import enrol_key
from tests.bench.site import Say, Site, Size, open_site, tickets_of
from tests.bench.soaking import Soaking

NOWHERE = "http://127.0.0.1:1"  # a kiosk whose server cannot be reached: the network is down
PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Built:
    """A snapshot as the server built it, and how long that took."""

    row: SnapshotRow
    manifest: Manifest
    took_s: float
    cpu_s: float


def build_of(services: Services, event: EventRow) -> Built:
    """A snapshot of an event by the server's builder, with what it cost."""
    began_s, cpu_s = time.monotonic(), time.process_time()
    row = services.snapshots.build(event.id)
    took_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    manifest = open_manifest(row.manifest, services.known.event(event.uid).ring.ring)
    if not isinstance(manifest, Manifest):
        raise TypeError(f"the snapshot just built has no manifest that verifies: {manifest}")
    return Built(row, manifest, took_s, cpu_s)


@dataclass
class Bench:
    """One run: sizes, where to work, and what was made so far. `work` is removed at the end by who made it."""

    cache: Path
    work: Path
    size: Size
    is_small: bool
    say: Say
    soaking: Soaking = field(default_factory=Soaking)

    def times(self, full: int, small: int) -> int:
        """How often to measure."""
        return small if self.is_small else full

    @cached_property
    def site(self) -> Site:
        """A copy of the kept server: a bench may change it."""
        kept = open_site(self.cache, self.size, self.say)
        kept.services.db.close()
        folder = self.work / "site"
        self.say(f"copying {kept.folder.name}")
        shutil.copytree(kept.folder, folder)
        return replace(kept, folder=folder, services=make_services(config_for(folder)))

    @cached_property
    def built(self) -> Built:
        """A snapshot of all of it, by the server's builder."""
        self.say("building the snapshot")
        return build_of(self.site.services, self.site.event)

    @cached_property
    def all_tickets(self) -> tuple[TicketId, ...]:
        """All tickets, used by a bench or not."""
        return tuple(tickets_of(self.site))

    @cached_property
    def tickets(self) -> list[TicketId]:
        """All tickets in random order; benches take from its end, so that none is used twice."""
        found = list(self.all_tickets)
        random.Random(7).shuffle(found)
        return found

    def passes(self, count: int) -> list[str]:
        """The QR texts of so many tickets that no other bench uses."""
        some = [self.tickets.pop() for _ in range(count)]
        with self.site.services.db.read() as tx:
            found = passes_of(tx, self.site.services.keys, self.site.event.id, some)
        return [one.digits for one in found]

    def make_kiosk(self, name: str, address: str = NOWHERE) -> Folder:
        """A kiosk that has joined at the main gate; it has no snapshot yet."""
        folder = Folder(self.work / name)
        folder.make()
        site, ring = self.site, self.site.known.ring
        certificate = enrol_key(site.services, site.event, device_key(folder).verify_key.raw, site.place.point)
        papers = Enrolled(site.event.uid, "Bench", address, certificate, ring.root, ring.body, site.place.point)
        write_enrolled(folder, papers)
        return folder

    def install(self, folder: Folder) -> float:
        """Fetch the snapshot into a kiosk's folder, verify and use it; the seconds it took."""
        built, site = self.built, self.site
        transport = SnapshotFolder(site.services.config.snapshots)
        began_s = time.monotonic()
        admission, holders = fetch_snapshot(built.manifest, folder, transport, wants_holders=True)
        snapshots = Snapshots(folder, site.known.ring.ring)
        snapshots.install(admission, holders, built.row.manifest)
        took_s = time.monotonic() - began_s
        snapshots.close()
        return took_s

    def kiosk_with_snapshot(self, name: str, address: str = NOWHERE) -> Folder:
        """A kiosk that can scan."""
        _ = self.built  # before it joins, so that the snapshot is the same for every kiosk of this run
        folder = self.make_kiosk(name, address)
        self.install(folder)
        return folder


@dataclass(frozen=True, slots=True)
class SnapshotFolder(Transport):
    """Hands out the server's snapshot files as they lie on disk: installing is measured without a network."""

    folder: Path

    def post(self, path: str, body: bytes) -> bytes:
        """Nobody asks this. Raises Refused."""
        raise Refused(f"{path}: only files are handed out here ({len(body)} bytes came)")

    def get(self, path: str, first: int) -> Part:
        """A file from byte `first` on."""
        return Part(first, self._pieces(self.folder / path.rpartition("/")[2], first))

    def put(self, path: str, body: bytes, headers: object) -> None:
        """Nobody asks this. Raises Refused."""
        raise Refused(f"{path}: only files are handed out here ({len(body)} bytes, {headers})")

    @staticmethod
    def _pieces(path: Path, first: int) -> Iterator[bytes]:
        with path.open("rb") as file:
            file.seek(first)
            while piece := file.read(PIECE_BYTES):
                yield piece


Measure = Callable[[Bench], list[Figure]]
