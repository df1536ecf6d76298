"""Serial scanners (USB-CDC, RS-232): a stream of bytes, in any pieces, becomes scanned texts."""

from __future__ import annotations

from kiosk.input.events import Scanned, Source
from kiosk.input.framing import TEXT_CHARS_MAX, Framing, strip_framing

SILENCE_S = 0.060  # a scanner without a line end is done after this; at 9600 baud a character takes 1 ms
_LINE_ENDS = frozenset(b"\r\n\t\x03\x00")  # CR, LF, Tab, ETX, NUL: whichever the scanner was set to


class SerialAssembler:
    """Feeds on bytes in order. Not thread-safe. Holds at most 1,300 bytes of an unfinished line."""

    def __init__(self, framing: Framing | None = None) -> None:
        self._framing = framing or Framing()
        self._line = bytearray()
        self._last_s = 0.0

    def feed(self, data: bytes, at_monotonic_s: float) -> tuple[Scanned, ...]:
        """Every code that `data` completes, in order; bytes that are not UTF-8 become replacement characters."""
        done = [self.flush(at_monotonic_s)]
        for byte in data:
            if byte in _LINE_ENDS:
                done.append(self._take(at_monotonic_s, at_monotonic_s))
            elif len(self._line) < TEXT_CHARS_MAX:
                self._line.append(byte)
        if data:
            self._last_s = at_monotonic_s
        return tuple(scan for scan in done if scan is not None)

    def flush(self, now_s: float) -> Scanned | None:
        """End the line if nothing has come for longer than 60 ms."""
        if not self._line or now_s - self._last_s <= SILENCE_S:
            return None
        return self._take(now_s, self._last_s)

    def _take(self, now_s: float, last_s: float) -> Scanned | None:
        bare = strip_framing(self._line.decode(errors="replace"), self._framing)
        self._line.clear()
        return Scanned(bare, Source.SERIAL, now_s, round((now_s - last_s) * 1000)) if bare else None
