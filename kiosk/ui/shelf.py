"""Pictures of products, decoded beside the screen's thread. No Kivy.

A file that is damaged, huge or of a kind not known here is no picture, and never more than that.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

log = logging.getLogger(__name__)

SIDE_MAX: Final = 480  # as large as any screen draws it
SOURCE_SIDE_MAX: Final = 4096  # a small file can claim gigabytes of pixels
KEPT_MAX: Final = 40
STOP_S_MAX: Final = 5.0


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture ready to be drawn: rows of three bytes a pixel, top row first."""

    width: int
    height: int
    rgb: bytes


Use = Callable[[Pixels | None], None]


class Shelf:
    """Hands out pictures by digest. `want` is called on the screen's thread, and so is whoever wanted one."""

    def __init__(self, find: Callable[[str], Path | None], deliver: Callable[[Callable[[], None]], None]) -> None:
        self._find, self._deliver = find, deliver
        self._kept: OrderedDict[str, Pixels] = OrderedDict()
        self._wanted: queue.Queue[tuple[str, Use] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)

    def start(self) -> None:
        """Begin to decode."""
        self._thread.start()

    def stop(self) -> None:
        """End. May be called twice, and without a start."""
        self._wanted.put(None)
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)

    def want(self, digest: str, use: Use) -> None:
        """Use the picture at once if it is here, else as soon as it is decoded; None if there is none."""
        kept = self._kept.get(digest)
        if kept is None:
            self._wanted.put((digest, use))
        else:
            self._kept.move_to_end(digest)
            use(kept)

    def _run(self) -> None:
        while (wanted := self._wanted.get()) is not None:
            digest, use = wanted
            try:
                path = self._find(digest)
                pixels = None if path is None else read_picture(path)
            except Exception:  # the outermost loop of the thread: the next picture may be whole
                log.exception("the picture %s cannot be drawn", digest[:8])
                pixels = None
            self._deliver(self._delivery(digest, pixels, use))

    def _delivery(self, digest: str, pixels: Pixels | None, use: Use) -> Callable[[], None]:
        def deliver() -> None:
            if pixels is not None:
                self._kept[digest] = pixels
                while len(self._kept) > KEPT_MAX:
                    self._kept.popitem(last=False)
            use(pixels)

        return deliver


def read_picture(path: Path) -> Pixels | None:
    """The picture in a file, made small enough to draw; None if there is none that can be drawn."""
    raw = path.read_bytes()
    size = size_of(raw)
    if size is None or not 0 < max(size) <= SOURCE_SIDE_MAX or min(size) < 1:
        return None
    try:
        decoded: Any = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    return None if decoded is None else _drawable(decoded)


def size_of(raw: bytes) -> tuple[int, int] | None:
    """Width and height that a PNG, JPEG or WebP claims, read without decoding it; None for anything else."""
    if raw[:8] == b"\x89PNG\r\n\x1a\n" and len(raw) >= 24:
        return int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])
    if raw[:2] == b"\xff\xd8":
        return _jpeg_size(raw)
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP" and len(raw) >= 30:
        return _webp_size(raw)
    return None


def _jpeg_size(raw: bytes) -> tuple[int, int] | None:
    """The size in the frame header, found by walking over the segments before it."""
    at = 2
    while at + 9 <= len(raw) and raw[at] == 0xFF:
        marker, length = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            return int.from_bytes(raw[at + 7 : at + 9]), int.from_bytes(raw[at + 5 : at + 7])
        at += 2 + length
    return None


def _webp_size(raw: bytes) -> tuple[int, int] | None:
    kind = raw[12:16]
    if kind == b"VP8X":
        return int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(raw[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return int.from_bytes(raw[26:28], "little") & 0x3FFF, int.from_bytes(raw[28:30], "little") & 0x3FFF
    return None


def _drawable(decoded: Any) -> Pixels:  # noqa: ANN401 - an array of OpenCV, whose types say less
    """In eight bits and three colours, on white where it is transparent, no side above SIDE_MAX."""
    if decoded.dtype == np.uint16:
        decoded = (decoded >> 8).astype(np.uint8)
    if decoded.ndim == 2:
        decoded = cv2.cvtColor(decoded, cv2.COLOR_GRAY2BGR)
    height, width = decoded.shape[:2]
    share = min(1.0, SIDE_MAX / max(width, height))
    small = (max(1, round(width * share)), max(1, round(height * share)))
    scaled = cv2.resize(decoded, small, interpolation=cv2.INTER_AREA) if share < 1 else decoded
    if scaled.shape[2] == 4:
        opaque = scaled[:, :, 3:4].astype(np.uint16)
        scaled = ((scaled[:, :, :3] * opaque + 255 * (255 - opaque)) // 255).astype(np.uint8)
    rgb = np.ascontiguousarray(scaled[:, :, ::-1])
    return Pixels(small[0], small[1], rgb.tobytes())
