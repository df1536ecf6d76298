"""Ten hours at a gate in less time: the real window, camera and server running, and whether anything grows.

`packaging/bench soak`. Each simulated hour the kiosk scans its share of codes, most of them fresh passes, and as many
admissions at another gate reach it through the server. It ends by itself: when all is scanned, or at a hard stop.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from common.errors import BadInput
from common.ticket_code import derive_code
from tests.bench.bench import Bench
from tests.bench.figures import Figure, megabytes, millis, percentile
from tests.bench.memory import memory_of
from tests.bench.pens import Guest, Shift, Written, enrol_pens, write_shift
from tests.bench.sender import Load, send
from tests.bench.served import free_port, serving
from tests.bench.soaking import Soaking
from tests.bench.stamped_window import StampReader, Stamps
from tests.bench.window import IDLE_HEX, START_S_MAX, kiosk_window, stamps_of
from tests.support.camera_stand import CameraStand, draw_code, scene_with
from tests.support.virtual_screen import VirtualScreen

USED_EVERY = 6  # every sixth code is a pass that was let in before
USED_BEHIND = 30  # codes ago, so that it is no double of the moment
ANSWER_S_MAX = 10.0
MISSED_MAX = 20
GROWS_MB_PER_HOUR, GROWS_SHARE = 0.5, 0.02  # memory grows if it does both over all hours but the first
GROWS_TIMES = 1.5  # so does a p99 that is so many times what it was
RETIRED_FILES = 2  # a snapshot that was replaced stays open until the next one is: a scan may be reading it


@dataclass(frozen=True, slots=True)
class Hour:
    """What one simulated hour showed; times in milliseconds."""

    picture_ms: tuple[float, ...]  # from the code before the camera to the frame with its verdict
    verdict_ms: tuple[float, ...]  # from the text to the durable verdict
    memory: int  # PSS in bytes
    own: int  # of it what the program itself asked for: no pages of programs and files
    files: int
    threads: int
    missed: int


def measure_soak(bench: Bench) -> list[Figure]:
    """Scan hour after hour, and look at the process after each."""
    soaking = Soaking(3, 20, 900) if bench.is_small and bench.soaking == Soaking() else bench.soaking
    port = free_port()
    folder = bench.kiosk_with_snapshot("soak", f"http://127.0.0.1:{port}")
    codes = _codes(bench, soaking)
    others = _others(bench, soaking)
    site = bench.site
    site.services.db.close()
    total = soaking.hours * soaking.scans_per_hour
    bench.say(f"{total:,} codes, {soaking.pace_s * 1000:.0f} ms apart or slower; {soaking.stop_s:.0f} s at most")
    began_s = time.monotonic()
    with (
        serving(site.folder, site.services.config.database_url, port),
        VirtualScreen() as screen,
        CameraStand() as stand,
        kiosk_window(folder, stand.url, screen.name) as process,
    ):
        screen.wait_for(IDLE_HEX, START_S_MAX)
        stand.clear()
        gate = Gate(stand, stamps_of(folder), process, began_s + soaking.stop_s)
        hours = []
        for at in range(soaking.hours):
            elsewhere = threading.Thread(target=send, args=(Load(port, site.event.uid, others[at : at + 1], 20),))
            elsewhere.start()
            hours.append(gate.scan_hour(codes[at], soaking.pace_s))
            elsewhere.join()
            bench.say(f"hour {at + 1}: {_told(hours[-1])}")
            if gate.is_over:
                break
    return [*_rows(hours), _growth(hours, soaking, time.monotonic() - began_s)]


class Gate:
    """Holds codes before the camera of a stamped window, and looks at what it stamped."""

    def __init__(self, stand: CameraStand, stamps: Path, process: subprocess.Popen[bytes], stop_s: float) -> None:
        self._stand, self._stamps, self._process, self._stop_s = stand, StampReader(stamps), process, stop_s
        self._missed_in_a_row = 0

    @property
    def is_over(self) -> bool:
        """Whether the hard stop has come, or the window answers no more."""
        is_lost = self._missed_in_a_row >= MISSED_MAX or self._process.poll() is not None
        return is_lost or time.monotonic() >= self._stop_s

    def scan_hour(self, codes: Sequence[str], pace_s: float) -> Hour:
        """One simulated hour. Raises BadInput if the window never answered."""
        picture_ms: list[float] = []
        verdict_ms: list[float] = []
        missed = 0
        for text in codes:
            if self.is_over:
                break
            due_s = time.monotonic() + pace_s
            self._stand.show(scene_with([draw_code(text)]))  # returns when the next picture will be this one
            shown_s = time.monotonic()
            stamps = self._wait(shown_s)
            missed += stamps is None
            if stamps is not None:
                picture_ms.append((stamps["drawn"] - shown_s) * 1000)
                verdict_ms.append((stamps["decided"] - stamps["begun"]) * 1000)
            time.sleep(max(0.0, due_s - time.monotonic()))
        if not picture_ms or self._process.poll() is not None:
            raise BadInput(f"the window is gone or answers no more, after {len(picture_ms)} of {len(codes)} codes")
        pid = self._process.pid
        files, threads = (sum(1 for _ in Path(f"/proc/{pid}/{part}").iterdir()) for part in ("fd", "task"))
        memory = memory_of(pid)
        return Hour(tuple(picture_ms), tuple(verdict_ms), memory["Pss"], memory["Pss_Anon"], files, threads, missed)

    def _wait(self, shown_s: float) -> Stamps | None:
        """The stamps of the code shown then; None if it was not answered in time."""
        end_s = time.monotonic() + ANSWER_S_MAX
        while time.monotonic() < end_s and self._process.poll() is None:
            found = [one for one in self._stamps.fresh() if one["read"] >= shown_s]
            if found:
                self._missed_in_a_row = 0
                return found[-1]
            time.sleep(0.005)
        self._missed_in_a_row += 1
        return None


def _codes(bench: Bench, soaking: Soaking) -> list[list[str]]:
    """Per hour the texts to scan: fresh passes, and now and then one of a while ago."""
    total = soaking.hours * soaking.scans_per_hour
    fresh = iter(bench.passes(total))
    texts: list[str] = []
    for at in range(total):
        is_used = at % USED_EVERY == 0 and at >= USED_BEHIND
        texts.append(texts[at - USED_BEHIND + 1] if is_used else next(fresh))
    return [texts[at : at + soaking.scans_per_hour] for at in range(0, total, soaking.scans_per_hour)]


def _others(bench: Bench, soaking: Soaking) -> tuple[tuple[bytes, tuple[bytes, ...]], ...]:
    """Per hour another gate's key and what it writes, signed before anything is measured."""
    site, count = bench.site, min(soaking.scans_per_hour, len(bench.tickets) // 2 // soaking.hours)
    code_key = site.services.keys.of(site.event.uid).code
    written = []
    for pen in enrol_pens(site.services, site.event, soaking.hours, site.place.point):
        tickets = [bench.tickets.pop() for _ in range(count)]
        guests = tuple(Guest(ticket, derive_code(code_key, ticket, 0)) for ticket in tickets)
        done: Written = write_shift(Shift(pen, site.place, guests))
        written.append((pen.seed, done.raws))
    return tuple(written)


def _told(hour: Hour) -> str:
    colour = f"picture → colour {_pair(hour.picture_ms)}"
    memory = f"{megabytes(hour.memory)}, {megabytes(hour.own)} its own"
    return f"{memory}, {colour}, {hour.files} files, {hour.threads} threads"


def _pair(values_ms: Sequence[float]) -> str:
    return f"{millis(percentile(values_ms, 50))} / {millis(percentile(values_ms, 99))}"


def _rows(hours: Sequence[Hour]) -> Iterator[Figure]:
    for at, hour in enumerate(hours, start=1):
        note = f"its own {megabytes(hour.own)}; text → durable verdict {_pair(hour.verdict_ms)}"
        note += f"; {hour.files} files, {hour.threads} threads"
        note += f"; {len(hour.picture_ms)} codes answered, {hour.missed} not"
        what = f"soak, hour {at}: memory (PSS); picture → colour"
        yield Figure(what, "", megabytes(hour.memory), f"{_pair(hour.picture_ms)} p99", note)


def growth_of(hours: Sequence[Hour]) -> tuple[float, tuple[str, ...]]:
    """MB of the program's own memory an hour, and what grows. The first hour is left out: caches fill in it."""
    kept = hours[1:] if len(hours) > 2 else hours
    memory = [hour.own / 1e6 for hour in kept]
    slope = float(np.polyfit(range(len(kept)), memory, 1)[0]) if len(kept) > 1 else 0.0
    grows: list[str] = []
    if slope > GROWS_MB_PER_HOUR and slope * (len(kept) - 1) > memory[0] * GROWS_SHARE:
        grows.append("memory")
    for name, values in (("picture → colour", "picture_ms"), ("text → verdict", "verdict_ms")):
        early, late = (_p99(part, values) for part in (kept[: len(kept) // 2], kept[len(kept) // 2 :]))
        if early and late > early * GROWS_TIMES:
            grows.append(f"p99 of {name}")
    if kept[-1].files > kept[0].files + RETIRED_FILES:
        grows.append("files")
    if kept[-1].threads > kept[0].threads:
        grows.append("threads")
    return slope, tuple(grows)


def _p99(hours: Sequence[Hour], name: str) -> float:
    values = [value for hour in hours for value in getattr(hour, name)]
    return percentile(values, 99) if values else 0.0


def _growth(hours: Sequence[Hour], soaking: Soaking, took_s: float) -> Figure:
    slope, grows = growth_of(hours)
    first, last = hours[0], hours[-1]
    p99s = [millis(percentile(hour.picture_ms, 99)) for hour in (first, last)]
    kept = f"files {first.files} → {last.files}, threads {first.threads} → {last.threads}"
    note = f"{len(hours)} of {soaking.hours} hours at {soaking.scans_per_hour} codes in {took_s / 60:.0f} minutes; "
    note += f"p99 {p99s[0]} in the first, {p99s[1]} in the last; {kept}"
    said = f"grows: {', '.join(grows)}" if grows else "nothing grows"
    return Figure("soak: growth of its own memory an hour", "none", f"{slope:+.2f} MB", said, note)
