"""The decoder thread: newest picture in, scan events out."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass

from common.clock import Clock
from kiosk.input.duplicates import DuplicateGate
from kiosk.input.events import OnInput
from kiosk.input.frames import Frame, NewestFrame, to_grey
from kiosk.input.reading import FrameReader, load_pyzbar

log = logging.getLogger(__name__)

FRAME_AGE_MS_MAX = 200  # an older picture shows a hand that is gone already
WAIT_S = 0.1
STOP_S_MAX = 3.0


@dataclass(frozen=True, slots=True)
class DecoderCounts:
    """For the status screen: pictures read, too old to read, with a code, and failures of the decoder itself."""

    pictures: int = 0
    dropped: int = 0
    with_code: int = 0
    failures: int = 0


class Decoder:
    """Takes the newest picture, reads it, and hands events to `on_event` (called from this thread).

    `on_event` should return at once; while it works, pictures are overwritten, not queued.
    """

    def __init__(self, newest: NewestFrame, clock: Clock, on_event: OnInput, reader: FrameReader | None = None) -> None:
        self._newest, self._clock, self._on_event = newest, clock, on_event
        self._reader = reader or FrameReader(load_pyzbar())
        self._gate = DuplicateGate()
        self._stopping, self._forgetting = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="decoder", daemon=True)
        self._pictures = self._dropped = self._with_code = self._failures = 0

    @property
    def counts(self) -> DecoderCounts:
        """Since the start."""
        return DecoderCounts(self._pictures, self._dropped, self._with_code, self._failures)

    def start(self) -> None:
        """Begin to decode; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread. May be called twice, and without a start; not from `on_event`."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)

    def forget(self) -> None:
        """Take the next code even if it is the last one; from any thread."""
        self._forgetting.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            frame = self._newest.take(WAIT_S)
            if frame is None:
                continue
            try:
                self._handle(frame)
            except Exception:  # the outermost loop of the thread: one odd picture must not end scanning
                self._failures += 1
                log.exception("picture %d could not be handled", frame.number)

    def _handle(self, frame: Frame) -> None:
        if self._forgetting.is_set():
            self._forgetting.clear()
            self._gate.forget()
        if frame.age_s(self._clock.monotonic_s()) * 1000 > FRAME_AGE_MS_MAX:
            self._dropped += 1
            return
        texts = self._reader.read(to_grey(frame.image))
        self._pictures += 1
        self._with_code += bool(texts)
        event = self._gate.judge(texts, frame.at_monotonic_s, self._clock.monotonic_s())
        if event is not None:
            self._on_event(event)
