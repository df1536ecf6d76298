"""The whole kiosk as a person sees it: codes before the camera, colours on the screen, memory of the process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kiosk.root import open_kiosk
from kiosk.store.folder import Folder
from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.bench.bench import Bench
from tests.bench.figures import Figure, megabytes, millis, percentile, spread
from tests.bench.memory import memory_of
from tests.bench.scanning import admit
from tests.bench.site import ROOT
from tests.bench.stamped_window import StampReader, Stamps
from tests.support.camera_stand import CameraStand, draw_code, scene_with
from tests.support.virtual_screen import VirtualScreen

IDLE_HEX = "#0d1117"
START_S_MAX, COLOUR_S_MAX = 120.0, 5.0
STAGES = (
    ("until the picture is here", "before", "picture"),
    ("until it is read", "picture", "read"),
    ("until the station has it", "read", "begun"),
    ("until it is decided and durable", "begun", "decided"),
    ("until the screen has it", "decided", "shown"),
    ("until it is drawn", "shown", "drawn"),
)
PAUSE_S = (0.25, 0.6)  # between two codes, any number of frames and a part of one


def measure_window(bench: Bench) -> list[Figure]:
    """Fresh passes (green) and passes used before (red) in turn, each code another one."""
    swaps = bench.times(240, 6)
    folder = bench.kiosk_with_snapshot("window")
    used, fresh = bench.passes(swaps // 2), bench.passes(swaps // 2)
    _use_up(folder, used)
    starts = spread([_start_s(folder) for _ in range(bench.times(5, 1))])
    with VirtualScreen() as screen, CameraStand() as stand, kiosk_window(folder, stand.url, screen.name) as process:
        screen.wait_for(IDLE_HEX, START_S_MAX)
        stand.clear()
        time.sleep(2.0)
        greens, reds = ((text, Colour.GREEN) for text in fresh), ((text, Colour.RED) for text in used)
        turns = [turn for pair in zip(greens, reds, strict=True) for turn in pair]
        swaps_s = list(_swaps(stand, screen, turns))
        memory = memory_of(process.pid)
        stamps = StampReader(stamps_of(folder)).fresh()
    took_s = [after_s - before_s for before_s, after_s in swaps_s]
    times = spread(took_s)
    note = f"{len(took_s)} codes, real window under Xvfb (software drawing), 30 pictures/s over HTTP"
    of_starts = f"{len(starts.values_ms)} starts, a new process each, from source; packaging/bundle prints the bundle's"
    return [
        Figure("start → the window's first picture", "", starts.median, starts.high, of_starts),
        Figure("picture before the camera → colour", "p99 150 ms", times.median, times.high, note),
        *_stages([before_s for before_s, _ in swaps_s], stamps),
        Figure("memory of the app, private (PSS)", "300 MB", megabytes(memory["Pss"]), "", f"{bench.size}"),
        Figure("memory of the app, resident (RSS)", "", megabytes(memory["Rss"]), "", "with libraries others share"),
    ]


def _start_s(folder: Folder) -> float:
    """From the start of the program to the scan screen, files checked and all; without a camera, which opens beside."""
    with VirtualScreen() as screen:
        began_s = time.monotonic()
        with kiosk_window(folder, "", screen.name):
            screen.wait_for(IDLE_HEX, START_S_MAX)
            return time.monotonic() - began_s


def _use_up(folder: Folder, texts: list[str]) -> None:
    kiosk = open_kiosk(folder)
    try:
        for text in texts:
            admit(kiosk, text)
    finally:
        kiosk.close()


def _stages(shown_s: Sequence[float], stamps: Sequence[Stamps]) -> Iterator[Figure]:
    """Where the time goes, and where it goes with the slowest tenth. Nothing where a scan was not stamped."""
    if len(shown_s) != len(stamps):
        return
    whole = [{"before": before_s, **one} for before_s, one in zip(shown_s, stamps, strict=True)]
    whole.sort(key=lambda one: one["drawn"] - one["before"])
    slowest = whole[-max(1, len(whole) // 10) :]
    for name, begin, end in STAGES:
        of_all, of_slow = (
            millis(percentile([(one[end] - one[begin]) * 1000 for one in some], 50)) for some in (whole, slowest)
        )
        high = millis(percentile([(one[end] - one[begin]) * 1000 for one in whole], 99))
        yield Figure(f"… of it {name}", "", of_all, high, f"median of the slowest tenth {of_slow}")


def _swaps(stand: CameraStand, screen: VirtualScreen, turns: list[tuple[str, Colour]]) -> Iterator[tuple[float, float]]:
    """When each code was before the camera, and when its colour was on the screen."""
    pauses = random.Random(3)
    for text, colour in turns:
        scene = scene_with([draw_code(text)])
        stand.show(scene)  # returns when the next picture of the stream will be this one
        began_s = time.monotonic()
        screen.wait_for(VERDICT_HEX[colour], COLOUR_S_MAX)
        yield began_s, time.monotonic()
        time.sleep(pauses.uniform(*PAUSE_S))


def stamps_of(folder: Folder) -> Path:
    """Where the window of this folder writes its stamps."""
    return folder.path.with_suffix(".stamps")


@contextmanager
def kiosk_window(folder: Folder, camera: str, display: str) -> Iterator[subprocess.Popen[bytes]]:
    """The real program with its stamps; ended at the end."""
    settings = {
        "DISPLAY": display,
        "SDL_AUDIODRIVER": "dummy",
        "HOME": str(folder.path.parent),
        "PYTHONPATH": str(ROOT),
    }
    environment = {name: value for name, value in os.environ.items() if name != "SDL_VIDEODRIVER"} | settings
    command = [sys.executable, "-m", "tests.bench.stamped_window", str(stamps_of(folder))]
    command += ["--folder", str(folder.path), "run", "--camera", camera]
    log = folder.path.with_suffix(".log").open("wb")
    with log, subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
