"""From a picture to a text, from a text to a verdict, and to a verdict that is safe on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from common.decision import Outcome, Request
from common.errors import require
from kiosk.front import Front, open_front
from kiosk.input.events import Scanned, Source
from kiosk.input.frames import to_grey
from kiosk.input.reading import FrameReader, load_pyzbar
from kiosk.pauses import settle
from kiosk.root import Kiosk, Options
from kiosk.shown import Shown
from kiosk.store.folder import Folder
from tests.bench.bench import Bench
from tests.bench.figures import Figure, Spread, spread
from tests.bench.site import ROOT
from tests.support.camera_stand import as_jpeg, draw_code, scene_with

WARM_UP = 50


def measure_frames(bench: Bench) -> list[Figure]:
    """Read pass codes in 1280x720 colour pictures as a camera gives them, each another code."""
    texts = bench.passes(bench.times(300, 20))
    pictures = [cv2.imdecode(np.frombuffer(as_jpeg(scene_with([draw_code(text)])), np.uint8), 1) for text in texts]
    reader = FrameReader(load_pyzbar())
    took_s, hits = [], 0
    for picture, text in zip(pictures, texts, strict=True):
        began_s = time.perf_counter()
        found = reader.read(to_grey(np.asarray(picture, np.uint8)))
        took_s.append(time.perf_counter() - began_s)
        hits += found == (text,)
    times = spread(took_s)
    note = f"{hits} of {len(texts)} pictures read, each a pass of {len(texts[0])} digits"
    return [Figure("1280x720 frame → text", "4 ms median", times.median, times.high, note)]


def measure_scans(bench: Bench) -> list[Figure]:
    """Scan passes never seen before, one after the other, at a kiosk that holds everything."""
    folder = bench.kiosk_with_snapshot("scanning")
    front = open_settled(folder)
    try:
        total_s, commit_ms = scan_all(front.kiosk, bench.passes(WARM_UP + bench.times(2000, 50)))
    finally:
        front.close()
    total, commit = spread(total_s[WARM_UP:]), Spread(tuple(commit_ms[WARM_UP:]))
    verdict = Spread(tuple(all_ - disk for all_, disk in zip(total.values_ms, commit.values_ms, strict=True)))
    note = f"{bench.size}; {len(total.values_ms):,} passes, all admitted"
    first = Spread(tuple(one.verdict_ms for one in starts(bench, folder.path.name, bench.passes(bench.times(20, 2)))))
    return [
        Figure("text → verdict, warm", "p99 1 ms", verdict.median, verdict.high, note),
        Figure("text → verdict, first after start", "p99 50 ms", first.median, first.high, _first_note(first)),
        Figure("text → durable verdict", "p99 10 ms", total.median, total.high, "the same scans with their commit"),
        Figure(
            "commit of one entry",
            "printed",
            commit.median,
            commit.high,
            "waiting for the writer and the disk; what is shown is made meanwhile",
        ),
    ]


def open_settled(folder: Folder) -> Front:
    """A kiosk opened as `rallygate-kiosk` opens it, its sync not started."""
    front = open_front(folder, Options())
    settle()
    return front


def _first_note(first: Spread) -> str:
    return f"{len(first.values_ms)} starts, a new process each; the system's file cache is warm"


def scan_all(kiosk: Kiosk, texts: list[str]) -> tuple[list[float], list[float]]:
    """Seconds of each whole scan, and milliseconds of its commit."""
    total_s: list[float] = []
    commit_ms: list[float] = []
    for text in texts:
        took_s, disk_ms = admit(kiosk, text)
        total_s.append(took_s)
        commit_ms.append(disk_ms)
    return total_s, commit_ms


def admit(kiosk: Kiosk, text: str) -> tuple[float, float]:
    """Scan a pass that must be admitted: seconds in all, and milliseconds of them for the commit."""
    began_s = time.perf_counter()
    shown = kiosk.station.scan(Scanned(text, Source.CAMERA, kiosk.clock.monotonic_s()), Request())
    took_s = time.perf_counter() - began_s
    outcome = getattr(shown.verdict, "outcome", None) if isinstance(shown, Shown) else None
    require(outcome is Outcome.ADMIT, f"a pass that should be admitted: {shown}")
    if isinstance(shown, Shown) and shown.entry is not None:
        kiosk.station.was_shown(shown.entry)
    return took_s, kiosk.station.commit_ms[-1]


@dataclass(frozen=True, slots=True)
class Start:
    """A kiosk just started: to its verdict without the commit, until its files were open, and bytes of memory (PSS)."""

    verdict_ms: float
    open_ms: float
    memory: int


def starts(bench: Bench, name: str, texts: Sequence[str]) -> list[Start]:
    """A process each that opens the kiosk, scans one pass and ends."""
    command = [sys.executable, "-m", "tests.bench.first_scan", str(bench.work / name)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found = []
    for text in texts:
        done = subprocess.run([*command, text], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        verdict_ms, open_ms, memory = done.stdout.split()
        found.append(Start(float(verdict_ms), float(open_ms), int(memory)))
    return found
