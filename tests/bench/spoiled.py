"""Codes in pictures that hands, weather and cheap cameras spoiled: ours beside zxing-cpp alone and pyzbar alone."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from common.errors import require
from kiosk.input.frames import Image
from kiosk.input.reading import SECOND_OPINION_AFTER, FrameReader, ReadCodes, load_pyzbar, read_zxing
from tests.bench.bench import Bench
from tests.bench.figures import Figure, spread
from tests.support.degraded_frames import Kind, frames

DIGITS = 308  # a pass without items


@dataclass
class Reader:
    """A way of reading: how often it read, and how long each picture took."""

    read: Callable[[Image], tuple[str, ...]]
    took_s: list[float] = field(default_factory=list)
    hits: dict[Kind, int] = field(default_factory=dict)
    wrong: int = 0

    def look(self, kind: Kind, text: str, picture: Image) -> None:
        """Read one picture."""
        found = self.read(picture)
        self.hits[kind] = self.hits.get(kind, 0) + (text in found)
        self.wrong += bool(set(found) - {text})


def measure_input(bench: Bench) -> list[Figure]:
    """Read pictures of each kind; ours may look at each for as long as a code is held still for a third of a second."""
    pyzbar = load_pyzbar()
    require(pyzbar is not None, "pyzbar cannot be loaded: install libzbar0")
    count = bench.times(40, 2)
    ours, zxing, zbar = Reader(lambda _: ()), Reader(lambda _: ()), Reader(lambda _: ())
    ours.read = lambda picture: _held(ours, FrameReader(pyzbar), picture)
    zxing.read = lambda picture: _timed(zxing, read_zxing, picture)
    zbar.read = lambda picture: _timed(zbar, pyzbar or read_zxing, picture)
    for kind in Kind:
        for text, picture in frames(_pass_text, kind, count):
            for reader in (ours, zxing, zbar):
                reader.look(kind, text, picture)
    rows = [_row(kind, count, ours, zxing, zbar) for kind in Kind]
    return [*rows, *(_times(name, one) for name, one in (("ours", ours), ("zxing-cpp", zxing), ("pyzbar", zbar)))]


def _row(kind: Kind, count: int, ours: Reader, zxing: Reader, zbar: Reader) -> Figure:
    share = [f"{100 * reader.hits[kind] / count:.0f} %" for reader in (ours, zxing, zbar)]
    note = f"zxing-cpp alone {share[1]}, pyzbar alone {share[2]}; {count} pictures of passes of {DIGITS} digits"
    return Figure(f"spoiled pictures read: {kind}", "printed", share[0], "", note)


def _times(name: str, reader: Reader) -> Figure:
    times = spread(reader.took_s)
    note = f"{len(reader.took_s):,} looks at all of these, misses included; {reader.wrong} wrong texts"
    return Figure(f"spoiled picture → text, {name}", "4 ms median", times.median, times.high, note)


def _timed(reader: Reader, read: ReadCodes, picture: Image) -> tuple[str, ...]:
    began_s = time.perf_counter()
    found = read(picture)
    reader.took_s.append(time.perf_counter() - began_s)
    return found


def _held(reader: Reader, frame_reader: FrameReader, picture: Image) -> tuple[str, ...]:
    for _ in range(SECOND_OPINION_AFTER):
        if found := _timed(reader, frame_reader.read, picture):
            return found
    return ()


def _pass_text(seed: int) -> str:
    rng = random.Random(seed)
    return "1" + "".join(rng.choice("0123456789") for _ in range(DIGITS - 1))
