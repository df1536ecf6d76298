"""One kiosk of the venue: the real program on real files, its clock, its disk, its ways to the server and to others."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.clock import Clock, ManualClock
from common.decision import Request
from common.enrolment import Enrolment, parse_enrolment
from common.entries import Entry
from common.exchange import ExchangeAnswer
from common.ids import DeviceId, Digest, PointNo
from common.signing import SigningKey, device_id
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Answer
from kiosk.store.enrolled import device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.sync.carry import Carried
from kiosk.sync.joining import join
from kiosk.sync.joining_by_file import answer_in, ask_in
from kiosk.sync.peer_settings import PeerSettings
from kiosk.sync.peers import Peers
from kiosk.sync.transport import HttpTransport
from kiosk.sync.worker import Sync
from tests.simulation.disks import Disk, Disks, as_found_after
from tests.simulation.faults import Violation
from tests.simulation.lan import Lan, Listening, Place, listening
from tests.simulation.network import ADDRESS, Response, Session, Way

STEPS_AT_ONCE_MAX: Final = 60
REST_S_MIN: Final = 0.001
RESTLESS_MAX: Final = 100  # so often that many steps on end, and time stands nearly still: it would never end


@dataclass
class Device:
    """A kiosk. `name` is the story's; a clone has the same key and another name."""

    name: str
    point: PointNo
    folder: Folder
    clock: ManualClock
    disks: Disks
    drift: float = 0.0
    disk: Disk = field(default_factory=Disk)
    way: Way = field(init=False)
    has_uplink: bool = True  # else its way to the server is never up
    lan: Lan | None = None
    place: Place | None = None  # on the LAN
    is_alive: bool = True
    had_disk_trouble: bool = False
    had_odd_answers: bool = False  # something between it and the server said 413 or 5xx
    heard: set[Digest] = field(default_factory=set)
    next_s: float = 0.0  # true time of its next step
    open_since_s: float = 0.0  # true time since when nothing went wrong between it and the server
    well_since_s: float = 0.0  # true time since when nothing went wrong in itself
    peers: Peers | None = None
    listening: Listening | None = None
    _noted: int = 0
    _taken: list[ExchangeAnswer] = field(default_factory=list)
    _folders: int = 0
    _restless: Counter[str] = field(default_factory=Counter)

    @property
    def address(self) -> str:
        """Where it listens on the LAN."""
        return self.place.address if self.place else ""

    @property
    def device_id(self) -> DeviceId:
        """By its key: a clone has its source's."""
        return DeviceId(device_id(device_key(self.folder).verify_key.raw))

    def enrol(self, code: str, key: bytes) -> None:
        """Join the event as a person does who scans the code in the office."""
        enrolment = self._begin(code, key)
        write_enrolled(self.folder, join(enrolment, device_key(self.folder), self.name, self._transport()).enrolled)
        self.open()

    def enrol_by_file(self, code: str, key: bytes, stick: Path, take_to_office: Callable[[], object]) -> None:
        """Join the event by a stick that goes to the office and comes back."""
        enrolment, signing = self._begin(code, key), device_key(self.folder)
        ask_in(stick, self.folder, enrolment, signing, self.name)
        take_to_office()
        joined = answer_in(stick, self.folder, enrolment, signing)
        assert joined is not None
        write_enrolled(self.folder, joined.enrolled)
        self.open()

    def _begin(self, code: str, key: bytes) -> Enrolment:
        self.folder.make()
        self.disks.put(self.folder.path, self.disk)
        SigningKey.from_seed(key).to_pem(self.folder.device_key)
        enrolment = parse_enrolment(code)
        assert isinstance(enrolment, Enrolment)
        return enrolment

    def open(self) -> None:
        """Start the program."""
        with self.disks.used_by(self.disk):
            self.kiosk: Kiosk = open_kiosk(self.folder, Options(self.clock))
            self.sync = Sync(self.kiosk, self._transport())
            if self.place is not None:
                self.peers = Peers(self.kiosk, self.sync, PeerSettings(), make_transport=self._peer_transport)
            self.listening = listening(self)
        self._noted = 0

    def _transport(self) -> HttpTransport:
        return HttpTransport(ADDRESS, self.clock, Session(self.way))  # type: ignore[arg-type]

    def _peer_transport(self, address: str, clock: Clock) -> HttpTransport:
        assert self.lan is not None
        return HttpTransport(address, clock, LanSession(self, self.lan, address))  # type: ignore[arg-type]

    def calls(self, address: str) -> bool:
        """Whether it has heard of a partner at this address."""
        return self.peers is not None and address in self.peers._plan.partners

    # --- what it does -----------------------------------------------------------------------------

    def scan(self, text: str, request: Request) -> Answer:
        """A pass is shown here."""
        with self.disks.used_by(self.disk):
            answer = self.kiosk.station.scan(Scanned(text, Source.CAMERA, 0.0), request)
            entry = getattr(answer, "entry", None)
            if entry is not None:
                self.kiosk.station.was_shown(entry)
        return answer

    def step(self) -> float:
        """Exchange and call as long as something is due; seconds until the next step, on this device's clock."""
        with self.disks.used_by(self.disk):
            waits = [self._repeat(self.sync.step)]
            if self.peers is not None:
                waits.append(self._repeat(self.peers.step))
        return max(min(waits), REST_S_MIN)

    def _repeat(self, step: Callable[[], float]) -> float:
        for _ in range(STEPS_AT_ONCE_MAX):
            wait_s = step()
            self._take_in()
            self.sync.run_errands()
            if wait_s > 0:
                self._restless[step.__qualname__] = 0
                return wait_s
        self._restless[step.__qualname__] += 1
        if self._restless[step.__qualname__] > RESTLESS_MAX:
            raise Violation("at-rest", f"{self.name} goes on and on without a pause: {step.__qualname__}")
        return REST_S_MIN

    def carry(self, stick: Path) -> Carried:
        """A person brings a stick. Raises BadInput, StoreTrouble, SyncError."""
        with self.disks.used_by(self.disk):
            return self.sync.carry(stick)

    def arrived(self, answer: ExchangeAnswer) -> None:
        """An answer came from the server or a peer; whether the kiosk could keep it shows when its step is over."""
        self._taken.append(answer)

    def _take_in(self) -> None:
        if not self._taken:
            return
        answers, self._taken = self._taken, []
        if self.disk.has_kept_unsaid or any(answer.entries for answer in answers):
            self.heard |= self.held()

    def new_entries(self) -> tuple[Entry, ...]:
        """Own entries written since the last look."""
        rows = self.kiosk.stores.journal.after(self._noted, 1000)
        if rows:
            self._noted = rows[-1].position
        return self.kiosk.stores.journal.entries_of(rows)

    # --- what it holds, by its files --------------------------------------------------------------

    def held(self) -> set[Digest]:
        """Digests of the entries in its files, read past its program."""
        return self._digests(self.folder.journal) | self._digests(self.folder.learnt)

    def journal_raws(self) -> dict[Digest, bytes]:
        """Its own entries, read past its program."""
        return dict(_rows(self.folder.journal, "SELECT digest, raw FROM entries"))

    @staticmethod
    def _digests(path: Path) -> set[Digest]:
        return {digest for digest, _ in _rows(path, "SELECT digest, 0 FROM entries")}

    def manifests(self) -> tuple[bytes, ...]:
        """Signed manifests of the snapshots in use."""
        return tuple(one.signed_manifest for one in self.kiosk.stores.snapshots.in_use)

    # --- its troubles -----------------------------------------------------------------------------

    def end(self, rng: random.Random | None, *, lies: bool = False) -> None:
        """The program ends without a word, with `rng` by a power cut; what its files hold is in a new folder."""
        self._folders += 1
        target = self.folder.path.with_name(f"{self.name}-{self._folders}")
        as_found_after(self.folder.path, target, self.disk, rng, lies=lies)
        self._abandon()
        self.folder = Folder(target)
        self.disks.put(target, self.disk)
        self._taken = []

    def _abandon(self) -> None:
        """Let go of the old program's files without letting it write."""
        with suppress(sqlite3.Error):
            self.kiosk.stores.journal.close()
            self.kiosk.stores.learnt.close()
        self.kiosk.stores.snapshots.close()
        self.kiosk.lock.release()
        shutil.rmtree(self.folder.path)

    def restart(self) -> None:
        """A person closes the program and starts it again."""
        with self.disks.used_by(self.disk):
            self.kiosk.close()
        self.open()

    def close(self) -> None:
        """The end of the story."""
        if self.is_alive:
            self.kiosk.close()


class LanSession(Session):
    """A session to a kiosk of the LAN; whether there is a line is looked up at each request."""

    def __init__(self, caller: Device, lan: Lan, address: str) -> None:
        super().__init__(lan.way(caller, address), address)
        self._caller, self._lan = caller, lan

    def request(
        self, method: str, url: str, *, data: bytes | None, headers: dict[str, str], **more: object
    ) -> Response:
        """One request."""
        self._lan.set_weather(self._caller, self._address)
        return super().request(method, url, data=data, headers=headers, **more)


def _rows(path: Path, text: str) -> list[tuple[Digest, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(text).fetchall()
