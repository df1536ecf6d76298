"""What has read codes since the start: where a scanner does, nobody misses a camera. No Kivy."""

from __future__ import annotations

from kiosk.input.events import InputEvent, Scanned, Source
from kiosk.input.serial_port import ScannerState


class Heard:
    """Belongs to the window; `hear` may be called from any thread."""

    def __init__(self) -> None:
        self._sources: set[Source] = set()

    def hear(self, event: InputEvent) -> None:
        """Something was read."""
        if isinstance(event, Scanned):
            self._sources.add(event.source)

    def has_scanner(self, serial: ScannerState | None) -> bool:
        """Whether a scanner has read, and is there still; one that sends keys cannot be asked."""
        is_serial_there = serial is not None and serial.is_open
        return Source.WEDGE in self._sources or (Source.SERIAL in self._sources and is_serial_there)
