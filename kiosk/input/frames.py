"""Pictures on their way from the camera: one slot that only ever holds the newest."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]  # (height, width) grey or (height, width, 3) blue-green-red
else:
    Image = Any

PREVIEW_WIDTH_MAX = 640  # uploading 640x360 to the screen takes 1.0 ms, measured


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture, and when it arrived. The picture must not be written to: several threads read it."""

    image: Image
    at_monotonic_s: float
    number: int

    def age_s(self, now_s: float) -> float:
        """How long ago the picture arrived."""
        return now_s - self.at_monotonic_s


@dataclass(frozen=True, slots=True)
class Preview:
    """A small picture for the screen: rows from top to bottom, three bytes (red, green, blue) a pixel."""

    width: int
    height: int
    rgb: bytes


class NewestFrame:
    """A slot of size one between the grabber and its readers; an unread picture is overwritten, never queued.

    A single read-and-decode thread built up 2 s of lag in trials, because pictures queued up in the camera.
    """

    def __init__(self) -> None:
        self._frame: Frame | None = None
        self._taken: Frame | None = None
        self._changed = threading.Condition()

    def put(self, frame: Frame) -> None:
        """Replace what is there and wake the reader."""
        with self._changed:
            self._frame = frame
            self._changed.notify_all()

    def take(self, timeout_s: float) -> Frame | None:
        """The newest picture not yet taken; waits for one, None if none comes in time."""
        with self._changed:
            self._changed.wait_for(self._has_news, timeout_s)
            if not self._has_news() or self._frame is None:
                return None
            self._taken = self._frame
            return self._frame

    def peek(self) -> Frame | None:
        """The newest picture, taken or not; for the preview."""
        with self._changed:
            return self._frame

    def clear(self) -> None:
        """Forget the picture: the camera is gone, and what it last saw must not stay on the screen."""
        with self._changed:
            self._frame = None

    def _has_news(self) -> bool:
        # The picture itself, not its number: every camera that is opened counts from one again.
        return self._frame is not None and self._frame is not self._taken


def to_grey(image: Image) -> Image:
    """The picture with one byte a pixel, as the decoders want it."""
    return image if image.ndim == 2 else _as_bytes(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def to_preview(image: Image, width_max: int = PREVIEW_WIDTH_MAX, *, mirrored: bool = False) -> Preview:
    """A copy for the screen, at most `width_max` wide. Takes about 1 ms for 1280x720.

    A camera that faces the guest is shown mirrored, since people move a code the wrong way otherwise.
    """
    small = _shrink(image, width_max)
    colour = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB if small.ndim == 2 else cv2.COLOR_BGR2RGB)
    shown = cv2.flip(colour, 1) if mirrored else colour
    height, width = shown.shape[:2]
    return Preview(width, height, shown.tobytes())


def _shrink(image: Image, width_max: int) -> Image:
    height, width = image.shape[:2]
    if width <= width_max:
        return image
    size = (width_max, max(1, round(height * width_max / width)))
    return _as_bytes(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR))


def _as_bytes(image: Any) -> Image:  # noqa: ANN401 - OpenCV types every array as "some number"
    return np.asarray(image, dtype=np.uint8)
