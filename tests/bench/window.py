"""The whole kiosk as a person sees it: codes before the camera, colours on the screen, memory of the process."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.root import open_kiosk
from kiosk.store.folder import Folder
from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.bench.bench import Bench
from tests.bench.figures import Figure, megabytes, spread
from tests.bench.memory import memory_of
from tests.bench.scanning import admit
from tests.bench.site import ROOT
from tests.support.camera_stand import CameraStand, draw_code, scene_with
from tests.support.virtual_screen import VirtualScreen

IDLE_HEX = "#0d1117"
START_S_MAX, COLOUR_S_MAX = 60.0, 5.0
PAUSE_S = (0.25, 0.6)  # between two codes, any number of frames and a part of one


def measure_window(bench: Bench) -> list[Figure]:
    """Fresh passes (green) and passes used before (red) in turn, each code another one."""
    swaps = bench.times(240, 6)
    folder = bench.kiosk_with_snapshot("window")
    used, fresh = bench.passes(swaps // 2), bench.passes(swaps // 2)
    _use_up(folder, used)
    with VirtualScreen() as screen, CameraStand() as stand, _kiosk_window(folder, stand.url, screen.name) as process:
        screen.wait_for(IDLE_HEX, START_S_MAX)
        stand.clear()
        time.sleep(2.0)
        greens, reds = ((text, Colour.GREEN) for text in fresh), ((text, Colour.RED) for text in used)
        turns = [turn for pair in zip(greens, reds, strict=True) for turn in pair]
        took_s = list(_swaps(stand, screen, turns))
        memory = memory_of(process.pid)
    times = spread(took_s)
    note = f"{len(took_s)} codes, real window under Xvfb (software drawing), 30 pictures/s over HTTP"
    return [
        Figure("picture before the camera → colour", "p99 150 ms", times.median, times.high, note),
        Figure("memory of the app, private (PSS)", "300 MB", megabytes(memory["Pss"]), "", f"{bench.size}"),
        Figure("memory of the app, resident (RSS)", "", megabytes(memory["Rss"]), "", "with libraries others share"),
    ]


def _use_up(folder: Folder, texts: list[str]) -> None:
    kiosk = open_kiosk(folder)
    try:
        for text in texts:
            admit(kiosk, text)
    finally:
        kiosk.close()


def _swaps(stand: CameraStand, screen: VirtualScreen, turns: list[tuple[str, Colour]]) -> Iterator[float]:
    pauses = random.Random(3)
    for text, colour in turns:
        scene = scene_with([draw_code(text)])
        stand.show(scene)  # returns when the next picture of the stream will be this one
        began_s = time.monotonic()
        screen.wait_for(VERDICT_HEX[colour], COLOUR_S_MAX)
        yield time.monotonic() - began_s
        time.sleep(pauses.uniform(*PAUSE_S))


@contextmanager
def _kiosk_window(folder: Folder, camera: str, display: str) -> Iterator[subprocess.Popen[bytes]]:
    program = str(Path(sys.executable).parent / "rallygate-kiosk")
    settings = {
        "DISPLAY": display,
        "SDL_AUDIODRIVER": "dummy",
        "HOME": str(folder.path.parent),
        "PYTHONPATH": str(ROOT),
    }
    environment = {name: value for name, value in os.environ.items() if name != "SDL_VIDEODRIVER"} | settings
    log = (folder.path.parent / "window.log").open("wb")
    command = [program, "--folder", str(folder.path), "run", "--camera", camera]
    with log, subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)
