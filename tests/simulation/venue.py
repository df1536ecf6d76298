"""The venue: time, devices, office and truth together, and the steps of a story done one after the other."""

from __future__ import annotations

import hashlib
import random
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from common.clock import ManualClock
from common.decimal_text import to_decimal
from common.decision import Fault, Request, Verdict
from common.exchange import ExchangeAnswer, ExchangeRequest
from common.ids import Digest, EventUid, PointNo, ProductNo, TicketId
from common.passes import Pass, sign_pass
from common.ticket_code import derive_code
from kiosk.shown import Shown
from kiosk.store.folder import Folder
from tests.simulation import doings, paths
from tests.simulation.breakage import listened
from tests.simulation.device import Device
from tests.simulation.disks import Disk, Disks, as_found_after
from tests.simulation.faults import PowerCut
from tests.simulation.lan import Lan
from tests.simulation.network import Way, answer_in
from tests.simulation.office import Ground, Office
from tests.simulation.sticks import Sticks
from tests.simulation.story import Step, Story
from tests.simulation.truth import OFFICE, Holder, Made, Truth
from tests.support.server_world import NOW_MS

if TYPE_CHECKING:
    from tests.simulation.watch import Watch

DRIFT_MAX: Final = 0.005
WORK_EVERY_S: Final = 2.0
IDLE_WORK_EVERY_S: Final = 8.0
HEAL_S: Final = (4.5, 2.0, 2.0)  # after each all ask for the truth: what comes back by one is told by the next
PASS_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Scan:
    """A pass shown at a gate, and what came of it. `heard`: what the device had heard before."""

    device: Device
    holder: Holder
    generation: int
    items: dict[ProductNo, int]
    request: Request
    answer: Verdict | Fault
    shown: Shown
    heard: set[Digest]
    day: int


@dataclass
class Report:
    """What happened in one venue, in numbers."""

    steps: int = 0
    scans: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    prevented: int = 0  # a pass that had been used was refused
    found: int = 0  # a double that could not be prevented was listed
    entries: int = 0
    lost: int = 0  # entries that went down with the only device that held them
    peer_calls: int = 0  # messages with entries that kiosks brought each other
    carries: int = 0  # of sticks, to kiosks and to the office
    seconds: float = 0.0  # of true time in the venue


class Venue:
    """One venue, from its story. `url` puts the server on another database, `processes` makes it several."""

    def __init__(
        self, story: Story, ground: Ground, folder: Path, checkers: Watch, url: str | None = None, processes: int = 1
    ) -> None:
        self.story, self.folder, self.checkers = story, folder, checkers
        self.report, self.truth, self.disks = Report(), Truth(), Disks()
        self.now_s = 0.0
        self.trace = hashlib.sha256()
        self.verdicts: list[str] = []
        self.office_clock = ManualClock(NOW_MS)
        self.office = Office(ground, folder / "server", self.office_clock, url, processes)
        self.office_since_s = 0.0
        self.snapshots: dict[bytes, frozenset[Digest]] = {}
        self.devices: list[Device] = []
        self.lost: list[Device] = []
        self.holders: list[Holder] = []
        self.lied: set[str] = set()  # devices whose disk once lost what it had promised
        self.office_holds: dict[Digest, float] = {}  # and since when: a restore takes, a kiosk or a stick gives back
        self.office_ever: set[Digest] = set()  # what it held at any time, restores or not
        self.lan = Lan(self, random.Random(f"lan {story.seed}")) if "peers" in story.moods else None
        self.sticks = Sticks(self) if "carry" in story.moods else None
        self._passes: dict[tuple[TicketId, int, tuple[tuple[int, int], ...]], str] = {}
        self._worked_s = 0.0
        self._position = 0
        self._has_news = True  # since the server last did its work beside the web

    # --- a whole life -----------------------------------------------------------------------------

    def live(self) -> Report:
        """Open, do every step, let everything heal, look at everything. Raises Violation."""
        with self.disks.installed(), listened() as self.breakage:
            try:
                doings.open_venue(self)
                for number, step in enumerate(self.story.steps):
                    self.report.steps = number + 1
                    self.do(step)
                self.heal()
                self.checkers.healed(self)
            finally:
                self.close()
        return self.report

    def do(self, step: Step) -> None:
        """One step: time passes, then it happens."""
        self.advance(step.dt_ms / 1000)
        for device in self.devices:
            device.way.rng = random.Random(step.salt ^ len(device.name))
        if self.lan is not None:
            self.lan.reseed(step.salt)
        doings.DOINGS[step.kind](self, step, random.Random(step.salt))
        self.look()

    def close(self) -> None:
        """Close all files and remove them."""
        for device in self.devices:
            device.disk.is_full = False
            device.close()
        for process in self.office.processes:
            process.db.close()
        shutil.rmtree(self.folder)

    # --- time -------------------------------------------------------------------------------------

    def advance(self, seconds: float) -> None:
        """Let time pass; whoever has something to do meanwhile does it, in order of time."""
        end_s = self.now_s + seconds
        while (due := min(self.devices, key=lambda one: one.next_s, default=None)) and due.next_s <= end_s:
            self._to(due.next_s)
            self.run(due)
        self._to(end_s)

    def _to(self, true_s: float) -> None:
        self.passes(max(0.0, true_s - self.now_s))
        idle_s = self.now_s - self._worked_s
        if idle_s >= IDLE_WORK_EVERY_S or (idle_s >= WORK_EVERY_S and self._has_news):
            self.work()

    def passes(self, seconds: float) -> None:
        """All clocks go on, each at its own rate."""
        if seconds <= 0:
            return
        self.now_s += seconds
        self.office_clock.advance(seconds)
        for device in self.devices:
            device.clock.advance(seconds * (1 + device.drift))

    def work(self) -> None:
        """The server's work beside the web; a snapshot it built is remembered with what it knows."""
        self._worked_s, self._has_news = self.now_s, False
        self.office.work()
        self.look()
        self.note_snapshot()

    def note_snapshot(self) -> None:
        """Remember what the newest snapshot knows, right after it was built."""
        manifest = self.office.newest_manifest() if self.office.is_up else None
        if manifest is not None and manifest not in self.snapshots:
            self.snapshots[manifest] = frozenset(self.office.folded())

    def run(self, device: Device) -> None:
        """A device's sync does what is due."""
        try:
            wait_s = device.step()
        except PowerCut:
            self.power_cut(device)
            return
        if self.breakage.found:
            raise self.breakage.found[0]
        device.next_s = self.now_s + wait_s / (1 + device.drift)
        self.collect(device)

    # --- devices ----------------------------------------------------------------------------------

    def add_device(self, point: PointNo, rng: random.Random, join: paths.Joins) -> Device:
        """A new kiosk joins."""
        name = f"kiosk{len(self.devices) + len(self.lost)}"
        clock = ManualClock(self.office_clock.now_ms() + doings.skew_ms(self.story, rng))
        way_rng = random.Random(rng.getrandbits(32))
        folder = Folder(self.folder / f"{name}-0")
        device = Device(name, point, folder, clock, self.disks, rng.uniform(-DRIFT_MAX, DRIFT_MAX))
        device.way = Way(self.office, Uplink(self, device), rng=way_rng)
        code = self.office.process.enrol.make_code(self.office.event.id, name, int(point))
        paths.settle(self, device)
        join(self, device, code.text, rng.randbytes(32))
        self._comes(device)
        self.look()
        return device

    def add_clone(self, source: Device, rng: random.Random, *, is_resumed: bool) -> Device:
        """A copy of a device's folder starts elsewhere; with `is_resumed` in the midst of its run."""
        name = f"{source.name}'{len(self.devices) + len(self.lost)}"
        folder = Folder(self.folder / f"{name}-0")
        disk = Disk()
        as_found_after(source.folder.path, folder.path, source.disk, None, lies=False)
        clock = ManualClock(source.clock.now_ms())
        clone = Device(name, source.point, folder, clock, self.disks, source.drift, disk)
        clone.way = Way(self.office, Uplink(self, clone), rng=random.Random(rng.getrandbits(32)))
        self.disks.put(folder.path, disk)
        paths.settle(self, clone)
        clone.open()
        if is_resumed:
            clone.kiosk.stores.journal._tail = source.kiosk.stores.journal._tail
        clone.heard = clone.held() | self.of_snapshots(clone)
        self._comes(clone)
        self.report.faults["cloned device"] += 1
        return clone

    def _comes(self, device: Device) -> None:
        device.next_s = device.open_since_s = device.well_since_s = self.now_s
        device.way.is_up = device.has_uplink
        self.devices.append(device)
        if self.lan is not None:
            self.lan.announce(device)

    def gates(self, point: PointNo | None = None) -> list[Device]:
        """Kiosks people can go to; all of them, or those at a point."""
        return [one for one in self.devices if point is None or one.point == point]

    def power_cut(self, device: Device, rng: random.Random | None = None, *, lies: bool = False) -> None:
        """The program of a device ended; it starts again from what its files hold."""
        if lies:
            self.lied.add(device.name)
        device.end(rng, lies=lies)
        device.disk.writes_left, device.disk.fails_after_commit = None, False
        self.reopen(device)

    def reopen(self, device: Device) -> None:
        """A device starts; what it has heard is what it still holds."""
        device.open()
        device.open_since_s = device.well_since_s = device.next_s = self.now_s
        if self.lan is not None:
            self.lan.announce(device)
        self.collect(device)
        device.heard = device.held() | self.of_snapshots(device)

    def collect(self, device: Device) -> None:
        """Note the entries a device has written, and what its snapshots tell it."""
        for entry in device.new_entries():
            if entry.ref.digest not in self.truth.made:
                self.truth.note(Made(entry, device.name, self.now_s))
                self.tell(f"{device.name} {entry.raw.hex()}")
                device.next_s = min(device.next_s, self.now_s)
            device.heard.add(entry.ref.digest)
        device.heard |= self.of_snapshots(device)

    def of_snapshots(self, device: Device) -> set[Digest]:
        """What the snapshots a device uses tell it."""
        return {digest for one in device.manifests() for digest in self.snapshots.get(one, ())}

    # --- the office and the wire ------------------------------------------------------------------

    def look(self) -> None:
        """Note statements the office has made and entries that have arrived."""
        if not self.office.is_up:
            return
        found = self.office.news(self._position)
        for position, entry in found:
            self._position = position
            if entry.ref.identity.device == self.office.event_keys.server:
                self.truth.note(Made(entry, OFFICE, self.now_s))
            self.office_holds.setdefault(entry.ref.digest, self.now_s)
            self.office_ever.add(entry.ref.digest)
            self._has_news = True

    def office_troubled(self, fault: str) -> None:
        """Something was done to the server."""
        self.report.faults[fault] += 1
        self.office_since_s = self.now_s

    def restored(self) -> None:
        """The server is an older one now."""
        self._position, self.office_holds = 0, {}
        self.office_troubled("restore")
        self.look()

    def asks(self, device: Device, request: ExchangeRequest) -> None:
        """A kiosk shows its vector."""
        self.collect(device)
        self.checkers.vector_of_kiosk(self, device, request)

    def answered(self, device: Device, answer: ExchangeAnswer) -> None:
        """The server has answered."""
        device.arrived(answer)
        self.checkers.vector_of_server(self, answer)

    def troubled(self, device: Device, fault: str) -> None:
        """A fault was injected in the device."""
        device.well_since_s = self.now_s
        self.way_troubled(device, fault)

    def way_troubled(self, device: Device, fault: str) -> None:
        """A fault was injected on a device's way to the server."""
        self.report.faults[fault] += 1
        if fault not in {"comes twice", "comes again"}:
            device.open_since_s = self.now_s
        if fault in {"full disk", "commit that told an error"}:
            device.had_disk_trouble = True
        if fault in {"too large", "broken", "proxy 502"}:
            device.had_odd_answers = True

    # --- people -----------------------------------------------------------------------------------

    def pass_of(self, holder: Holder, generation: int) -> str:
        """The text of a holder's pass as handed out now."""
        items = tuple(sorted((int(p), n) for p, n in holder.items.items()))
        name = (holder.ticket, generation, items)
        if name not in self._passes:
            keys, now_s = self.office.event_keys, self.office_clock.now_ms() // 1000
            code = derive_code(keys.code, holder.ticket, generation)
            listed = tuple((ProductNo(product), count) for product, count in items)
            expires_s = NOW_MS // 1000 + PASS_DAYS * 86_400
            pass_ = Pass(
                EventUid(self.office.event.uid), holder.ticket, code, generation, now_s, expires_s, None,
                holder.product, listed, keys.pass_.kid,
            )  # fmt: skip
            self._passes[name] = to_decimal(sign_pass(pass_, keys.pass_))
        return self._passes[name]

    def show(self, device: Device, holder: Holder, generation: int, request: Request) -> Scan | None:
        """A holder shows a pass; None if the device's power failed meanwhile."""
        self.collect(device)
        heard = set(device.heard)
        text = self.pass_of(holder, generation)
        try:
            shown = device.scan(text, request)
        except PowerCut:
            self.power_cut(device)
            self.tell(f"{device.name} went dark")
            return None
        assert isinstance(shown, Shown)
        day = doings.day_at(device)
        scan = Scan(device, holder, generation, dict(holder.items), request, shown.verdict, shown, heard, day)
        self._count(scan)
        self.checkers.scanned(self, scan)
        self.collect(device)
        return scan

    def _count(self, scan: Scan) -> None:
        answer = scan.answer
        said = f"fault {answer.code}" if isinstance(answer, Fault) else f"{answer.outcome} {answer.reason}"
        self.report.scans += 1
        self.report.outcomes[said] += 1
        self.verdicts.append(f"step {self.report.steps}: {scan.device.name} {said}")
        self.tell(f"{scan.device.name} {scan.holder.ticket.hex()} {said}")

    def tell(self, line: str) -> None:
        """A line of the trace that must be the same each time."""
        self.trace.update(line.encode() + b"\n")

    # --- the end ----------------------------------------------------------------------------------

    def heal(self) -> None:
        """Every fault ends, and there is time for everything to be told to everyone."""
        if not self.office.is_up:
            self.office.start()
        self.office_since_s = self.now_s
        paths.plug_in(self)
        for device in self.devices:
            device.way.is_up, device.way.weather = device.has_uplink, "calm"
            device.disk.is_full, device.disk.writes_left, device.disk.fails_after_commit = False, None, False
            device.open_since_s = device.well_since_s = self.now_s
        doings.sell_the_rest(self)
        for seconds in HEAL_S:
            self.advance(seconds)
            self.work()
            for device in self.devices:
                device.sync.exchange_now()
                device.next_s = self.now_s
        self.exchange_all()
        self.work()
        paths.gather(self)
        self.report.seconds = self.now_s
        self.report.entries = len(self.truth.made)

    def exchange_all(self) -> None:
        """All ask for the truth, three times: what one brings the next is told."""
        for device in self.devices * 3:
            device.sync.exchange_now()
            self.run(device)


@dataclass
class Uplink:
    """Looks at what goes from a device to the server."""

    venue: Venue
    device: Device

    def asks(self, request: ExchangeRequest) -> None:
        """It asks the server."""
        self.venue.asks(self.device, request)

    def answered(self, request: ExchangeRequest, body: bytes) -> None:
        """The server has answered."""
        if (answer := answer_in(body)) is not None:
            self.venue.answered(self.device, answer)

    def passes(self, seconds: float) -> None:
        """Time goes by."""
        self.venue.passes(seconds)

    def troubled(self, fault: str) -> None:
        """Something goes wrong on the way."""
        self.venue.way_troubled(self.device, fault)
