"""The serial scanner in the settings: which line, how fast, and whether it is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.input.serial_port import ScannerState
from kiosk.machine.serial import serial_lines
from kiosk.store.folder import Folder
from kiosk.store.liking import BAUDS, Liking, read_liking, write_liking
from kiosk.ui.catalogue import LANGUAGES, Texts
from kiosk.ui.picture import ChangeBaud, OpenScanners, OpenSettings, UseScanner
from kiosk.ui.rows import Rows
from kiosk.ui.scanners import Kept, Line, Scanners, line_of, line_words, scanner_rows
from kiosk.ui.settings import SetUp, setting_rows

EN = Texts("en")
ACM, USB = "/dev/ttyACM0", "/dev/ttyUSB0"


class Hand:
    """The screen, the readers and the file, and who touches."""

    language = "en"

    def __init__(self, set_up: Line, lines: tuple[str, ...] = (ACM, USB)) -> None:
        self.liking, self.opened, self.rows = Liking(), list[Line](), list[Rows]()
        self.scanner_state: ScannerState | None = None
        self.is_away = False
        self.scanners = Scanners(self, self, set_up, Kept(lambda: self.liking, self.keep), lambda: lines)
        self.scanners.open()

    def keep(self, liking: Liking) -> None:
        self.liking = liking

    def open_scanner(self, path: str, baud: int) -> None:
        self.opened.append(Line(path, baud))
        self.scanner_state = ScannerState(path, is_open=False) if path else None

    def show_rows(self, rows: Rows) -> None:
        self.rows.append(rows)

    def shows_rows(self, rows: Rows) -> bool:
        return not self.is_away and self.rows[-1] is rows


def test_it_starts_as_set_up_and_a_line_that_is_touched_is_read_at_once_and_kept() -> None:
    hand = Hand(Line(ACM, 9_600))
    hand.scanners.act(OpenScanners())
    assert hand.opened == [Line(ACM, 9_600)], "a look changes nothing"
    hand.scanners.act(UseScanner(USB))
    assert hand.opened[-1] == Line(USB, 9_600)
    assert hand.liking.serial == USB
    hand.scanners.act(UseScanner(""))
    assert hand.opened[-1] == Line("", 9_600)
    hand.scanners.act(UseScanner(None))
    assert hand.opened[-1] == Line(ACM, 9_600)
    assert hand.liking.serial is None


def test_every_touch_of_the_speed_takes_the_next_and_the_last_leads_to_the_first() -> None:
    hand = Hand(Line(ACM, 1_200))
    for _ in (*BAUDS, BAUDS[0]):
        hand.scanners.act(ChangeBaud())
    assert [line.baud for line in hand.opened] == [1_200, *BAUDS, BAUDS[0]]


def test_the_list_says_how_the_scanner_stands_as_soon_as_that_is_seen_but_comes_over_no_other_screen() -> None:
    hand = Hand(Line())
    hand.scanners.act(UseScanner(USB))
    (chosen,) = (row for row in hand.rows[-1].rows if row.chosen)
    assert (chosen.label, chosen.detail, chosen.warns) == ("ttyUSB0", "", "is not there")
    hand.scanners.tick()
    assert len(hand.rows) == 1, "nothing new, nothing drawn"
    hand.scanner_state = ScannerState(USB, is_open=True)
    hand.scanners.tick()
    assert next(row.detail for row in hand.rows[-1].rows if row.chosen) == "works"
    hand.scanner_state, hand.is_away = ScannerState(USB, is_open=False), True
    hand.scanners.tick()
    assert len(hand.rows) == 2


def test_a_line_that_was_pulled_out_is_still_listed_and_what_is_not_there_can_be_left() -> None:
    rows = scanner_rows(Liking(serial=USB), Line(ACM), (ACM,), None, EN)
    assert [row.action for row in rows.rows] == [UseScanner(None), UseScanner(USB), UseScanner(""), ChangeBaud()]
    assert rows.back == OpenSettings()
    alone = scanner_rows(Liking(), Line(), (), None, EN)
    assert [row.action for row in alone.rows] == [UseScanner(None), ChangeBaud()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_settings_name_the_line_in_use_and_lead_to_the_list(language: str) -> None:
    texts = Texts(language)
    rows = setting_rows(Liking(), texts, SetUp(scanner=Line(ACM))).rows
    row = next(row for row in rows if row.action == OpenScanners())
    assert row.detail == texts("setting_as_set_up", value="ttyACM0") == line_words(Liking(), Line(ACM), texts)
    assert line_words(Liking(serial=""), Line(ACM), texts) == texts("setting_no_scanner")
    long = "usb-Honeywell_1950g_Barcode_Scanner-if00"
    told = line_words(Liking(serial=f"/dev/serial/by-id/{long}"), Line(ACM), texts)
    assert told == f"{long[:10]}…{long[-10:]}", "what stands beside it has one size with it"


def test_the_choice_outlives_a_restart_and_a_speed_that_no_scanner_speaks_is_not_taken(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make()
    write_liking(folder, Liking(serial=USB, baud=115_200))
    assert line_of(read_liking(folder), Line(ACM)) == Line(USB, 115_200)
    write_liking(folder, Liking(serial=USB, baud=7))
    assert read_liking(folder) == Liking()


def test_lines_are_named_by_what_stays_with_the_scanner_where_the_machine_does(tmp_path: Path) -> None:
    assert serial_lines(tmp_path) == ()
    for name in ("ttyUSB1", "ttyACM0", "ttyS0"):
        (tmp_path / name).touch()
    assert serial_lines(tmp_path) == (str(tmp_path / "ttyACM0"), str(tmp_path / "ttyUSB1"))
    by_id = tmp_path / "serial" / "by-id"
    by_id.mkdir(parents=True)
    (by_id / "usb-Honeywell_1900").symlink_to(tmp_path / "ttyACM0")
    assert serial_lines(tmp_path) == (str(by_id / "usb-Honeywell_1900"),)
