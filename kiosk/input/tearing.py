"""What a scanner sent in one go: a whole code, half of one that it tore, or something that is none of ours."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.input.framing import TEXT_CHARS_MAX, Framing, strip_framing

TAIL_S = 1.0  # so long after its beginning the rest of a torn code may come

IsWhole = Callable[[str], bool]


def never_torn(_text: str) -> bool:
    """For whoever cannot tell: every piece counts as a whole code."""
    return True


class Tearing:
    """Judges the pieces of one scanner, in order. Not thread-safe. Holds at most 1,300 characters of a torn code."""

    def __init__(self, framing: Framing, is_whole: IsWhole) -> None:
        """`is_whole`: whether a text is built like a code of ours from end to end."""
        self._framing, self._is_whole = framing, is_whole
        self._ends_lines = False  # this scanner sends a terminator after each code
        self._head, self._head_s = "", 0.0  # of a code that silence ended, as far as it came
        self._doubted = ""  # what silence ended last, if it was no whole code

    def judge(self, piece: str, first_s: float, last_s: float, *, is_line: bool, is_scan: bool = True) -> str | None:
        """The code that was read; "" if there is none in it; None if it is half of one: nobody was read.

        `first_s`, `last_s`: when its first and last character came. `is_line`: a terminator ended it, no silence.
        `is_scan`: whether it can be a code by itself; what cannot may still be the rest of one.
        """
        head = self._head if piece and first_s - self._head_s <= TAIL_S else ""
        bare = self._bare(head, piece, is_scan=is_scan)
        if not bare or self._is_whole(bare):
            self._ends_lines = is_line if bare else self._ends_lines
            self._head = self._doubted = ""
            return bare
        # The end of a scanner's code that silence ended may be still to come. The same twice is no accident: a scanner
        # without terminators has read something that is not ours.
        is_torn = bool(head) or (not is_line and (self._ends_lines or bare != self._doubted))
        self._ends_lines = self._ends_lines or is_line
        self._head, self._head_s = "" if is_line else (head + piece)[:TEXT_CHARS_MAX], last_s
        self._doubted = "" if is_line else bare
        return None if is_torn else bare

    def _bare(self, head: str, piece: str, *, is_scan: bool) -> str:
        """What came last, or what came before it as well where only both make a whole code."""
        bare = strip_framing(piece, self._framing) if is_scan else ""
        if head and not (bare and self._is_whole(bare)):
            both = strip_framing(head + piece, self._framing)
            return both if self._is_whole(both) else bare
        return bare
