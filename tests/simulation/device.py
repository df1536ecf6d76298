"""One kiosk of the venue: the real program on real files, its clock, its disk, its way to the server."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from common.clock import ManualClock
from common.decision import Request
from common.enrolment import Enrolment, parse_enrolment
from common.entries import Entry
from common.exchange import ExchangeAnswer
from common.ids import Digest, PointNo
from common.signing import SigningKey
from kiosk.input.events import Scanned, Source
from kiosk.root import Kiosk, Options, open_kiosk
from kiosk.shown import Answer
from kiosk.store.enrolled import device_key, write_enrolled
from kiosk.store.folder import Folder
from kiosk.sync.joining import join
from kiosk.sync.transport import HttpTransport
from kiosk.sync.worker import Sync
from tests.simulation.disks import Disk, Disks, as_found_after
from tests.simulation.network import ADDRESS, Session, Way

STEPS_AT_ONCE_MAX: Final = 60
REST_S_MIN: Final = 0.001


@dataclass
class Device:
    """A kiosk. `name` is the story's; a clone has the same key and another name."""

    name: str
    point: PointNo
    folder: Folder
    clock: ManualClock
    way: Way
    disks: Disks
    drift: float = 0.0
    disk: Disk = field(default_factory=Disk)
    is_alive: bool = True
    had_disk_trouble: bool = False
    had_odd_answers: bool = False  # something between it and the server said 413 or 5xx
    heard: set[Digest] = field(default_factory=set)
    next_s: float = 0.0  # true time of its next step
    open_since_s: float = 0.0  # true time since when nothing went wrong between it and the server
    _noted: int = 0
    _taken: list[ExchangeAnswer] = field(default_factory=list)
    _folders: int = 0

    def enrol(self, code: str, key: bytes) -> None:
        """Join the event as a person does who scans the code in the office."""
        self.folder.make()
        self.disks.put(self.folder.path, self.disk)
        SigningKey.from_seed(key).to_pem(self.folder.device_key)
        enrolment = parse_enrolment(code)
        assert isinstance(enrolment, Enrolment)
        write_enrolled(self.folder, join(enrolment, device_key(self.folder), self.name, self._transport()).enrolled)
        self.open()

    def open(self) -> None:
        """Start the program."""
        with self.disks.used_by(self.disk):
            self.kiosk: Kiosk = open_kiosk(self.folder, Options(self.clock))
            self.sync = Sync(self.kiosk, self._transport())
        self._noted = 0

    def _transport(self) -> HttpTransport:
        return HttpTransport(ADDRESS, self.clock, Session(self))  # type: ignore[arg-type]

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
        """Exchange as long as something is due; seconds until the next step, on this device's clock."""
        with self.disks.used_by(self.disk):
            for _ in range(STEPS_AT_ONCE_MAX):
                wait_s = self.sync.step()
                self._take_in()
                self.sync.run_errands()
                if wait_s > 0:
                    return max(wait_s, REST_S_MIN)
        return REST_S_MIN

    def arrived(self, answer: ExchangeAnswer) -> None:
        """An answer came from the server; whether the kiosk could keep it shows when its step is over."""
        self._taken.append(answer)

    def _take_in(self) -> None:
        if not self._taken:
            return
        answers, self._taken = self._taken, []
        if any(answer.entries for answer in answers):
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


def _rows(path: Path, text: str) -> list[tuple[Digest, bytes]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return connection.execute(text).fetchall()
