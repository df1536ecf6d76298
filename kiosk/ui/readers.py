"""What reads codes for the window: the camera with its two threads, and a serial scanner. No Kivy."""

from __future__ import annotations

from collections.abc import Callable

from common.clock import Clock
from kiosk.input.camera import CameraState, Grabber
from kiosk.input.capture import Cv2Source
from kiosk.input.decoder import Decoder
from kiosk.input.events import InputEvent
from kiosk.input.frames import NewestFrame, Preview, to_preview
from kiosk.input.serial_port import SerialPort
from kiosk.ui.launch import ScreenSettings


class Readers:
    """Opened and closed on the screen's thread; `on_input` and `on_state` are called from threads of their own."""

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
        self._grabber: Grabber | None = None
        self._decoder: Decoder | None = None
        self._scanner: SerialPort | None = None
        self._preview_number = 0

    def open_camera(self, camera: str) -> None:
        """Begin to read from this camera."""
        self._grabber = Grabber(Cv2Source(camera, self._clock), self.frames, self._clock, self._camera_changed)
        self._decoder = Decoder(self.frames, self._clock, self._on_input)
        self._grabber.start()
        self._decoder.start()

    def close_camera(self) -> None:
        """End its threads; what it last saw is gone."""
        for part in (self._decoder, self._grabber):
            if part is not None:
                part.stop()
        self._decoder = self._grabber = self.camera_state = None
        self.frames.clear()

    def open_scanner(self) -> None:
        """Begin to read from the serial scanner, where one is set up."""
        settings = self._settings
        if settings.serial:
            self._scanner = SerialPort(settings.serial, settings.baud, self._clock, self._on_input, settings.framing)
            self._scanner.start()

    def close(self) -> None:
        """End every thread; one left inside OpenCV would abort the program."""
        self.close_camera()
        if self._scanner is not None:
            self._scanner.stop()

    def forget(self) -> None:
        """The code just read may be read again at once."""
        if self._decoder is not None:
            self._decoder.forget()

    def has_picture(self) -> bool:
        """Whether the camera gives one."""
        return self.frames.peek() is not None

    def newer_preview(self) -> Preview | None:
        """The newest picture for the screen; None if it was given out before."""
        frame = self.frames.peek()
        if frame is None or frame.number == self._preview_number:
            return None
        self._preview_number = frame.number
        return to_preview(frame.image, mirrored=self._settings.mirrored)

    def _camera_changed(self, state: CameraState) -> None:
        """From the camera's thread."""
        self.camera_state = state
        self._on_state()
