"""What reads codes for the window: the camera with its two threads, and a serial scanner. No Kivy."""

from __future__ import annotations

import logging
from collections.abc import Callable

from common.clock import Clock
from common.scan_text import is_whole
from kiosk.input.camera import CameraState, Condition, Grabber
from kiosk.input.capture import Cv2Source
from kiosk.input.decoder import Decoder
from kiosk.input.events import InputEvent
from kiosk.input.frames import NewestFrame, Preview, to_preview
from kiosk.input.serial_port import ScannerState, SerialPort
from kiosk.input.watch import ReadingWatch
from kiosk.ui.launch import ScreenSettings

log = logging.getLogger(__name__)


class Readers:
    """Opened, watched and closed on the screen's thread; `on_input` is called from threads of its own."""

    def __init__(
        self,
        settings: ScreenSettings,
        clock: Clock,
        on_input: Callable[[InputEvent], None],
        on_state: Callable[[], None],
    ) -> None:
        self._settings, self._clock, self._on_input, self._on_state = settings, clock, on_input, on_state
        self.frames = NewestFrame()
        self.camera_state: CameraState | None = None
        self._reported: CameraState | None = None  # what the camera says of itself
        self._watch = ReadingWatch(0.0)
        self._grabber: Grabber | None = None
        self._decoder: Decoder | None = None
        self._scanner: SerialPort | None = None
        self._preview_number = 0

    def open_camera(self, camera: str) -> None:
        """Begin to read from this camera; raises CameraUnreadable for what can be none."""
        self.close_camera()
        # A slot of its own: what is still on its way from the camera before is never taken for a picture of this one.
        self.frames = frames = NewestFrame()
        self._watch, self._preview_number = ReadingWatch(self._clock.monotonic_s()), 0
        source = Cv2Source(camera, self._clock)
        self._grabber = Grabber(source, frames, self._clock, lambda state: self._camera_changed(frames, state))
        self._decoder = Decoder(frames, self._clock, self._on_input)
        self._grabber.start()
        self._decoder.start()

    def close_camera(self) -> None:
        """End its threads; what it last saw is gone."""
        for part in (self._decoder, self._grabber):
            if part is not None:
                part.stop()
        self._decoder = self._grabber = self._reported = self.camera_state = None
        self.frames.clear()

    def watch(self) -> None:
        """Look whether the camera's pictures are read; often, on the screen's thread."""
        reported, decoder = self._reported, self._decoder
        if reported is None or decoder is None:
            return
        state = self._watch.judge(reported, decoder.counts.pictures, self._clock.monotonic_s())
        if state != self.camera_state:
            log.info("camera %s: shown as %s %s", state.source, state.condition, state.hint)
            self.camera_state = state
            self._on_state()

    def open_scanner(self, path: str, baud: int) -> None:
        """Read from the serial scanner behind this line, from none if it is empty; no more from the one before."""
        self._close_scanner()
        if path:
            self._scanner = SerialPort(path, baud, self._clock, self._on_input, self._settings.framing, is_whole)
            self._scanner.start()

    def _close_scanner(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            scanner.stop()

    @property
    def scanner_state(self) -> ScannerState | None:
        """How the serial scanner stands; None where none is set up, as with one that sends keys."""
        return None if self._scanner is None else self._scanner.state

    def close(self) -> None:
        """End every thread; one left inside OpenCV would abort the program."""
        self.close_camera()
        self._close_scanner()

    def forget(self) -> None:
        """The code just read may be read again at once."""
        if self._decoder is not None:
            self._decoder.forget()

    def has_picture(self) -> bool:
        """Whether the camera gives one that is read, too: whoever sees a picture holds passes before it."""
        state = self.camera_state
        is_unread = state is not None and state.condition is Condition.UNREAD
        return self.frames.peek() is not None and not is_unread

    def newer_preview(self) -> Preview | None:
        """The newest picture for the screen; None if it was given out before."""
        frame = self.frames.peek()
        if frame is None or frame.number == self._preview_number:
            return None
        self._preview_number = frame.number
        return to_preview(frame.image, mirrored=self._settings.mirrored)

    def _camera_changed(self, frames: NewestFrame, state: CameraState) -> None:
        """From a camera's thread; what one that was closed says as it ends is about nothing that is shown."""
        if frames is self.frames and self._grabber is not None:
            self._reported = state
