"""The serial scanner: a thread that reads its line and gets it back when it is lost."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from common.clock import Clock
from common.errors import UserFacing
from kiosk.input.events import Scanned, Torn
from kiosk.input.framing import Framing
from kiosk.input.serial_lines import SerialAssembler
from kiosk.input.tearing import IsWhole, never_torn
from kiosk.machine.serial import SerialLine, open_serial

log = logging.getLogger("rallygate.kiosk.serial")

WAIT_S: Final = 0.02  # shorter than the silence that ends a code without a line end
RETRY_S: Final = 1.0
STOP_S_MAX: Final = 3.0

OnScan = Callable[[Scanned | Torn], None]


@dataclass(frozen=True, slots=True)
class ScannerState:
    """Whether the scanner of a serial line is there."""

    line: str
    is_open: bool


class SerialPort:
    """Reads one line (`/dev/ttyACM0`) and hands each code to `on_scan`, which is called from this thread.

    A line that is not there, or is pulled out, is tried again every second; the log says so once each time.
    """

    def __init__(
        self,
        path: str,
        baud: int,
        clock: Clock,
        on_scan: OnScan,
        framing: Framing | None = None,
        is_whole: IsWhole = never_torn,
    ) -> None:
        """`is_whole`: as for `Tearing`."""
        self._path, self._baud, self._clock, self._on_scan = path, baud, clock, on_scan
        self._framing, self._is_whole = framing, is_whole
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="serial", daemon=True)
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether the scanner is there."""
        return self._is_open

    @property
    def state(self) -> ScannerState:
        """How it stands, for people."""
        return ScannerState(self._path, self._is_open)

    def start(self) -> None:
        """Begin to read; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and let the line go. May be called twice, and without a start."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S_MAX)

    def _run(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                self._session()
                trouble = ""
            except (OSError, UserFacing) as error:
                trouble = str(error)
            except Exception:  # the outermost loop of the thread: one odd code must not end scanning
                log.exception("serial scanner %s failed", self._path)
                trouble = "see above"
            self._is_open = False
            if trouble != told and not self._stopping.is_set():
                log.warning("serial scanner %s: %s; it is tried again by itself", self._path, trouble)
            told = trouble
            self._stopping.wait(RETRY_S)

    def _session(self) -> None:
        """Open, read until it is stopped, close. Raises OSError, also when the line is pulled out, and BadInput."""
        line = open_serial(self._path, self._baud)
        try:
            self._is_open = True
            log.info("serial scanner %s: open", self._path)
            self._drain(line)
        finally:
            line.close()

    def _drain(self, line: SerialLine) -> None:
        assembler = SerialAssembler(self._framing, self._is_whole)
        while not self._stopping.is_set():
            data = line.read(WAIT_S)
            now_s = self._clock.monotonic_s()
            if data:
                events = assembler.feed(data, now_s)
            else:
                events = tuple(event for event in (assembler.flush(now_s),) if event is not None)
            for event in events:
                self._on_scan(event)
