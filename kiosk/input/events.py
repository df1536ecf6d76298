"""What input devices tell the station: finished values, nothing of the device itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """Where a scanned text came from."""

    CAMERA = "camera"
    WEDGE = "wedge"
    SERIAL = "serial"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Scanned:
    """One code was read.

    `text` has markers and line ends removed and is not judged otherwise: it may be a foreign code of any content.
    `frame_age_ms` is the time from the picture (camera) or the last key or byte (scanners) to this event.
    """

    text: str
    source: Source
    at_monotonic_s: float
    frame_age_ms: int = 0


@dataclass(frozen=True, slots=True)
class SameAgain:
    """A code taken a moment ago is still, or again, before the camera: a neutral cue, no new scan."""

    text: str
    at_monotonic_s: float


@dataclass(frozen=True, slots=True)
class TwoCodes:
    """Two different codes in one picture: none was taken. The hostess asks for one at a time."""

    at_monotonic_s: float


@dataclass(frozen=True, slots=True)
class Torn:
    """A scanner stopped in the middle of a code: nothing was read. The hostess scans it once more."""

    at_monotonic_s: float


InputEvent = Scanned | SameAgain | TwoCodes | Torn
OnInput = Callable[[InputEvent], None]
