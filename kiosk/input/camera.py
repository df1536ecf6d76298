"""The camera: a thread that always drains it, keeps only the newest picture, and gets it back when it is lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from common.clock import Clock
from kiosk.input.capture import CameraUnreadable, FrameSource
from kiosk.input.frames import Frame, NewestFrame

log = logging.getLogger(__name__)

RETRY_S_FIRST = 0.25
RETRY_S_MAX = 5.0
FAILED_READS_MAX = 3  # one torn picture is no lost camera
STOP_S_MAX = 6.0  # longer than the read timeout of a network camera


class Condition(StrEnum):
    """What the operator needs to know of the camera."""

    STARTING = "starting"
    OPEN = "open"
    UNREAD = "unread"  # pictures come, and nobody looks at them
    LOST = "lost"
    UNREADABLE = "unreadable"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class CameraState:
    """The camera's condition, which one it is (no credentials), and what to do in words for the log.

    Screens translate `condition`; `hint` is for headless, logs and support.
    """

    condition: Condition
    source: str
    hint: str = ""


OnCameraState = Callable[[CameraState], None]


class Grabber:
    """Reads a `FrameSource` in its own thread into a `NewestFrame`, reopening after loss with growing pauses.

    State changes are reported once each, from the grabber's thread. `stop` joins it: a thread left inside OpenCV
    when the interpreter ends aborts the process.
    """

    def __init__(self, source: FrameSource, newest: NewestFrame, clock: Clock, on_state: OnCameraState) -> None:
        self._source, self._newest, self._clock, self._on_state = source, newest, clock, on_state
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="camera", daemon=True)
        self._state: CameraState | None = None
        self._frames = 0

    @property
    def frames(self) -> int:
        """Pictures read since the start."""
        return self._frames

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and let the camera go. May be called twice, and without a start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)
        if self._thread.is_alive():
            log.warning("camera %s did not return from a read within %s s", self._source.name, STOP_S_MAX)

    def _run(self) -> None:
        self._report(Condition.STARTING)
        pause_s = RETRY_S_FIRST
        while not self._stopping.is_set():
            had_picture = self._session()
            pause_s = RETRY_S_FIRST if had_picture else min(RETRY_S_MAX, pause_s * 2)
            if not (had_picture and self._source.repeats):
                self._stopping.wait(pause_s)
        self._report(Condition.STOPPED)

    def _session(self) -> bool:
        """Open, read until it fails, close; True if there was at least one picture."""
        before = self._frames
        try:
            self._source.open()
            self._drain()
        except CameraUnreadable as trouble:
            self._report(self._gone(), trouble.hint)
        except Exception:  # the outermost loop of the thread: whatever a driver throws, the camera is tried again
            log.exception("camera %s failed", self._source.name)
            self._report(self._gone(), "the driver failed: see the log; it is tried again by itself")
        finally:
            self._source.close()
        return self._frames > before

    def _gone(self) -> Condition:
        return Condition.LOST if self._frames else Condition.UNREADABLE

    def _drain(self) -> None:
        failed, before = 0, self._frames
        while not self._stopping.is_set() and failed < FAILED_READS_MAX:
            image = self._source.read()
            failed = 0 if image is not None else failed + 1
            if image is not None:
                self._frames += 1
                self._newest.put(Frame(image, self._clock.monotonic_s(), self._frames))
                self._report(Condition.OPEN)
        self._ended(had_picture=self._frames > before)

    def _ended(self, *, had_picture: bool) -> None:
        if self._stopping.is_set() or (had_picture and self._source.repeats):
            return
        self._newest.clear()
        raise CameraUnreadable(self._source.name, "it opened but gives no picture: check the cable, then its power")

    def _report(self, condition: Condition, hint: str = "") -> None:
        state = CameraState(condition, self._source.name, hint)
        if state == self._state:
            return
        self._state = state
        log.info("camera %s: %s %s", state.source, condition, hint)
        self._on_state(state)
