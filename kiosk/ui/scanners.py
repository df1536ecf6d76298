"""The serial scanner of this kiosk: which line, at what speed; changed at once and kept. No Kivy."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from msgspec.structs import replace

from kiosk.input.serial_port import ScannerState
from kiosk.store.liking import BAUDS, Liking
from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import ChangeBaud, OpenScanners, OpenSettings, UseScanner
from kiosk.ui.rows import Row, Rows, brief

LINES_MAX: Final = 8  # of those the machine has; more stand on nobody's desk


@dataclass(frozen=True, slots=True)
class Line:
    """A scanner's line and its speed in baud; `path` empty: no serial scanner."""

    path: str = ""
    baud: int = BAUDS[0]


NO_LINE: Final = Line()


class Scanning(Protocol):
    """What scanners are read through: the readers."""

    @property
    def scanner_state(self) -> ScannerState | None:
        """How the scanner stands; None for none."""
        ...

    def open_scanner(self, path: str, baud: int) -> None:
        """Read from this line, from none if it is empty; no more from the one before."""
        ...


class ListView(Protocol):
    """The screen as this choice sees it."""

    @property
    def language(self) -> str:
        """In which it speaks."""
        ...

    def show_rows(self, rows: Rows) -> None:
        """A list to touch."""
        ...

    def shows_rows(self, rows: Rows) -> bool:
        """Whether it is this very list that is shown."""
        ...


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the choice is kept."""

    read: Callable[[], Liking]
    write: Callable[[Liking], None]


class Scanners:
    """Belongs to the window; called on the screen's thread. Whoever calls `act` has asked for badge and PIN."""

    def __init__(
        self, through: Scanning, view: ListView, set_up: Line, kept: Kept, lines: Callable[[], Iterable[str]]
    ) -> None:
        self._through, self._view, self._set_up, self._kept, self._lines = through, view, set_up, kept, lines
        self._shown: Rows | None = None

    def open(self) -> None:
        """Read from the line that is in use, if any."""
        line = line_of(self._kept.read(), self._set_up)
        self._through.open_scanner(line.path, line.baud)

    def act(self, action: OpenScanners | UseScanner | ChangeBaud) -> None:
        """A row was touched."""
        before = line_of(self._kept.read(), self._set_up)
        self._kept.write(_changed(self._kept.read(), action, before))
        if line_of(self._kept.read(), self._set_up) != before:
            self.open()
        self._show()

    def tick(self) -> None:
        """Now and then: whether the scanner is there is seen a moment after it was chosen."""
        if self._shown is not None and self._view.shows_rows(self._shown) and self._rows() != self._shown:
            self._show()

    def _show(self) -> None:
        self._shown = self._rows()
        self._view.show_rows(self._shown)

    def _rows(self) -> Rows:
        texts = Texts(self._view.language)
        return scanner_rows(self._kept.read(), self._set_up, self._lines(), self._through.scanner_state, texts)


def line_of(liking: Liking, set_up: Line) -> Line:
    """The line in use: what was chosen here, else as set up."""
    path = set_up.path if liking.serial is None else liking.serial
    return Line(path, set_up.baud if liking.baud is None else liking.baud)


def line_name(path: str, texts: Texts) -> str:
    """A line as people tell it from others: without the folder all have in common."""
    return path.rpartition("/")[2] if path else texts("setting_no_scanner")


def line_words(liking: Liking, set_up: Line, texts: Texts) -> str:
    """The line in use, and whether it is the one set up at the start."""
    path = line_of(liking, set_up).path
    name = brief(line_name(path, texts)) if path else line_name(path, texts)
    return texts("setting_as_set_up", value=name) if liking.serial is None else name


def scanner_rows(liking: Liking, set_up: Line, lines: Iterable[str], state: ScannerState | None, texts: Texts) -> Rows:
    """Every line there is to choose, the one in use marked with how it stands; the speed comes last."""
    others = [line for line in lines if line != set_up.path][:LINES_MAX]
    if liking.serial and liking.serial not in (*others, set_up.path):
        others.append(liking.serial)  # it was pulled out
    choices = (None, *others, *(("",) if set_up.path else ()))
    speed = Row(ChangeBaud(), texts("scanner_speed"), texts("scanner_baud", n=line_of(liking, set_up).baud))
    rows = (_row(choice, liking, set_up, state, texts) for choice in choices)
    return Rows(texts("scanner_choose"), (*rows, speed), are_short=True, back=OpenSettings())


def _row(choice: str | None, liking: Liking, set_up: Line, state: ScannerState | None, texts: Texts) -> Row:
    path = set_up.path if choice is None else choice
    name = line_name(path, texts)
    is_chosen = liking.serial == choice
    is_known = is_chosen and state is not None and state.line == path
    works = texts("scanner_works") if is_known and state is not None and state.is_open else ""
    warns = texts("scanner_missing") if is_known and not works else ""
    label = texts("setting_as_set_up", value=name) if choice is None else name
    return Row(UseScanner(choice), label, works, is_chosen, warns)


def _changed(liking: Liking, action: OpenScanners | UseScanner | ChangeBaud, now: Line) -> Liking:
    match action:
        case UseScanner(line):
            return replace(liking, serial=line)
        case ChangeBaud():
            at = BAUDS.index(now.baud) if now.baud in BAUDS else -1
            return replace(liking, baud=BAUDS[(at + 1) % len(BAUDS)])
    return liking
