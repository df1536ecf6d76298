"""Serial scanners (USB-CDC, RS-232): a stream of bytes, in any pieces, becomes scanned texts."""

from __future__ import annotations

from kiosk.input.events import Scanned, Source, Torn
from kiosk.input.framing import TEXT_CHARS_MAX, Framing
from kiosk.input.tearing import IsWhole, Tearing, never_torn

SILENCE_S = 0.060  # a scanner without a line end is done after this; at 9600 baud a character takes 1 ms
_LINE_ENDS = frozenset(b"\r\n\t\x03\x00")  # CR, LF, Tab, ETX, NUL: whichever the scanner was set to


class SerialAssembler:
    """Feeds on bytes in order; `Torn` in place of a code where the scanner stopped in the middle of one.

    Not thread-safe. Holds at most 1,300 bytes of an unfinished line, and as many characters of a torn code.
    """

    def __init__(self, framing: Framing | None = None, is_whole: IsWhole = never_torn) -> None:
        """`is_whole`: as for `Tearing`."""
        self._tearing = Tearing(framing or Framing(), is_whole)
        self._line = bytearray()
        self._first_s = self._last_s = 0.0

    def feed(self, data: bytes, at_monotonic_s: float) -> tuple[Scanned | Torn, ...]:
        """Every code that `data` completes, in order; bytes that are not UTF-8 become replacement characters."""
        done = [self.flush(at_monotonic_s)]
        for byte in data:
            if byte in _LINE_ENDS:
                done.append(self._take(at_monotonic_s, at_monotonic_s, is_line=True))
            elif len(self._line) < TEXT_CHARS_MAX:
                self._first_s = self._first_s if self._line else at_monotonic_s
                self._line.append(byte)
        if data:
            self._last_s = at_monotonic_s
        return tuple(event for event in done if event is not None)

    def flush(self, now_s: float) -> Scanned | Torn | None:
        """End the line if nothing has come for longer than 60 ms."""
        if not self._line or now_s - self._last_s <= SILENCE_S:
            return None
        return self._take(now_s, self._last_s, is_line=False)

    def _take(self, now_s: float, last_s: float, *, is_line: bool) -> Scanned | Torn | None:
        piece = self._line.decode(errors="replace")
        self._line.clear()
        bare = self._tearing.judge(piece, self._first_s, last_s, is_line=is_line)
        if bare is None:
            return Torn(now_s)
        return Scanned(bare, Source.SERIAL, now_s, round((now_s - last_s) * 1000)) if bare else None
