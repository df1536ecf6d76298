"""Where pictures come from: whatever OpenCV opens (device number, file, network address), or a source for tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Protocol

import cv2
import numpy as np

from common.clock import Clock
from common.errors import UserFacing
from kiosk.config import without_credentials
from kiosk.input.frames import Image

WIDTH: Final = 1280
HEIGHT: Final = 720
OPEN_TIMEOUT_MS: Final = 4000  # OpenCV's own is 30 s, too long for a hostess who waits
READ_TIMEOUT_MS: Final = 3000
FILE_FRAME_S: Final = 1 / 30  # files come as fast as they are read; live sources pace themselves
SOURCE_CHARS_MAX: Final = 1000

_URL = re.compile(r"\A(?:https?|rtsps?)://", re.IGNORECASE)

_HINT_DEVICE = "plug the camera in, close other programs that use it, or choose another camera number"
_HINT_FILE = "check the path and that the file is a video or picture OpenCV can read"
_HINT_URL = "check the address in a browser, the camera's power and the network cable"


class CameraUnreadable(UserFacing):
    """No picture comes from the source; it makes sense to try again later. `hint` says what a person can do."""

    def __init__(self, source: str, hint: str) -> None:
        """Name the source (without credentials) and the remedy."""
        super().__init__(f"camera {source} cannot be read: {hint}")
        self.hint = hint


class FrameSource(Protocol):
    """A camera as the grabber sees it. All calls come from one thread."""

    @property
    def name(self) -> str:
        """What the operator calls it; never with a password."""
        ...

    @property
    def repeats(self) -> bool:
        """True if it ends and begins anew by nature (a file), which is no loss."""
        ...

    def open(self) -> None:
        """Get ready to read; raises CameraUnreadable. After `close` it may be opened again."""
        ...

    def read(self) -> Image | None:
        """The next picture, waiting for it as long as the device takes; None if there is none."""
        ...

    def close(self) -> None:
        """Let the device go; also when it is not open."""
        ...


class Cv2Source:
    """A device number ("0"), the path of a video, or an http/rtsp address, read by OpenCV."""

    def __init__(self, source: str, clock: Clock) -> None:
        self._source, self._clock = _checked(source), clock
        self._capture: cv2.VideoCapture | None = None
        self._due_s = 0.0

    @property
    def name(self) -> str:
        """The source as configured, without user name and password."""
        return shown_source(self._source)

    @property
    def repeats(self) -> bool:
        """Files start again at their end."""
        return not (self._source.isdigit() or _URL.match(self._source))

    def open(self) -> None:
        """Open it at 1280x720 where it can choose; raises CameraUnreadable."""
        # OpenCV's own warnings name no remedy and may show an address with its password.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
        if self.repeats and not Path(self._source).exists():
            raise CameraUnreadable(self.name, f"there is no such file; {_HINT_FILE}")
        self._capture = _capture(self._source)
        if not self._capture.isOpened():
            raise CameraUnreadable(self.name, self._hint())

    def read(self) -> Image | None:
        """The next picture; None at the end of a file or when the device fails."""
        if self._capture is None:
            return None
        if self.repeats:
            self._wait_until_due()
        got, image = self._capture.read()
        return np.asarray(image, dtype=np.uint8) if got else None

    def close(self) -> None:
        """Release the device."""
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()

    def _wait_until_due(self) -> None:
        now_s = self._clock.monotonic_s()
        self._clock.sleep(max(0.0, self._due_s - now_s))
        self._due_s = max(now_s, self._due_s) + FILE_FRAME_S

    def _hint(self) -> str:
        if self._source.isdigit():
            return _HINT_DEVICE
        return _HINT_URL if _URL.match(self._source) else _HINT_FILE


def shown_source(source: str) -> str:
    """A source as it may be shown and logged: network addresses lose user name, password and query."""
    return without_credentials(source)


def _checked(source: str) -> str:
    if not source.strip() or len(source) > SOURCE_CHARS_MAX or "\0" in source:
        raise CameraUnreadable(
            shown_source(source[:80]), f"give a number, a path or an address of at most {SOURCE_CHARS_MAX} characters"
        )
    return source.strip()


def _capture(source: str) -> cv2.VideoCapture:
    if source.isdigit():
        device = cv2.VideoCapture(int(source))
        # The camera may ignore any of these; a buffer of one keeps V4L2 from handing out pictures of a second ago.
        device.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        device.set(cv2.CAP_PROP_FRAME_WIDTH, WIDTH)
        device.set(cv2.CAP_PROP_FRAME_HEIGHT, HEIGHT)
        return device
    if _URL.match(source):
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, OPEN_TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, READ_TIMEOUT_MS]
        # One decoding thread: with more, FFmpeg hands out each picture only after as many more have come.
        return cv2.VideoCapture(source, cv2.CAP_FFMPEG, [*timeouts, cv2.CAP_PROP_N_THREADS, 1])
    return cv2.VideoCapture(source)
