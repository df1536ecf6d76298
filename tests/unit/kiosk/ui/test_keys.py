"""A scanner's keys and a hand's keys go different ways, whichever screen is open and however it stalls."""

from __future__ import annotations

import pytest

from common.clock import ManualClock
from kiosk.input.events import Scanned, Torn
from kiosk.input.framing import Framing
from kiosk.input.scancodes import ENTER
from kiosk.ui.entry import CODE_CHARS, Entry
from kiosk.ui.keys import BACKSPACE, TICK_S, KeyHook

DIGITS = dict(zip("1234567890", range(30, 40), strict=True))

CODE = "98765432109876546"  # built like a ticket code: its check character fits


class Board:
    """A keyboard, a clock and the fields behind it."""

    def __init__(self, *, has_field: bool = False) -> None:
        self.has_field = has_field
        self.clock = ManualClock(0)
        self.scans: list[str] = []
        self.field: list[str] = []
        self.hook = KeyHook(self.clock, self._scan, self, Framing())

    def _scan(self, scanned: Scanned | Torn) -> None:
        self.scans.append(scanned.text if isinstance(scanned, Scanned) else "torn")

    def is_typed_into(self) -> bool:
        return self.has_field

    def typed(self, char: str) -> None:
        self.field.append(char)

    def erased(self) -> None:
        self.field.append("<")

    def entered(self) -> None:
        self.field.append("!")

    def press(self, text: str, gap_s: float) -> None:
        for char in text:
            self.pass_time(gap_s)
            self.hook.key_down(DIGITS[char], shift=False)
            self.hook.text_input("ěščřžýáíé+"["1234567890".index(char)])  # a Czech layout writes this

    def pass_time(self, seconds: float) -> None:
        left_s = seconds
        while left_s > 0:
            self.clock.advance(min(TICK_S, left_s))
            left_s -= TICK_S
            self.hook.tick()


def test_a_scan_never_lands_in_the_field_and_no_layout_changes_it() -> None:
    board = Board()
    board.press("1234567890", 0.002)
    assert board.hook.key_down(ENTER, shift=False)
    board.pass_time(0.5)
    assert (board.scans, board.field) == (["1234567890"], [])


def test_a_scan_without_enter_is_a_scan_too() -> None:
    board = Board()
    board.press(CODE, 0.002)
    board.pass_time(0.2)
    assert (board.scans, board.field) == ([CODE], [])


def test_what_a_hand_types_reaches_the_field_in_order() -> None:
    board = Board()
    board.press("123", 0.2)
    board.hook.key_down(BACKSPACE, shift=False)
    board.hook.key_down(ENTER, shift=False)
    assert (board.scans, board.field) == ([], ["ě", "š", "č", "<", "!"])


def test_typing_right_before_a_scan_stays_typing() -> None:
    board = Board()
    board.press("12", 0.2)
    board.pass_time(0.2)
    board.press("9876543210", 0.001)
    board.hook.key_down(ENTER, shift=False)
    assert (board.scans, board.field) == (["9876543210"], ["ě", "š"])


def test_a_screen_that_stalls_in_the_middle_of_a_scan_still_reads_it_whole() -> None:
    """Half the keys, then 400 ms in which nothing runs, then a tick, then the keys that had waited."""
    board = Board()
    board.press("12345678", 0.001)
    board.clock.advance(0.4)
    board.hook.tick()
    for char in "90123456":
        board.hook.key_down(DIGITS[char], shift=False)
    board.hook.key_down(ENTER, shift=False)
    assert board.scans == ["1234567890123456"]


@pytest.mark.parametrize("gap_s", [0.04, 0.06, 0.09])
@pytest.mark.parametrize("stall_s", [0.0, 0.15])
def test_quick_fingers_in_an_open_field_are_no_scanner_however_the_screen_stalls(gap_s: float, stall_s: float) -> None:
    """Seventeen keys and Enter; a stalled screen reads several at once, which alone looks like a scanner."""
    board, typed_s, text = Board(has_field=True), 0.0, "12345678901234567"
    for char in text:
        typed_s += gap_s
        board.pass_time(gap_s)
        if stall_s and typed_s % 0.2 > stall_s:
            board.clock.advance(stall_s)
            board.hook.tick()
        board.hook.key_down(DIGITS[char], shift=False)
        board.hook.text_input(char)
    board.hook.key_down(ENTER, shift=False)
    assert (board.scans, "".join(board.field)) == ([], f"{text}!")


@pytest.mark.parametrize("gap_s", [0.04, 0.06, 0.09])
def test_quick_fingers_are_no_scanner_where_each_frame_takes_so_long_that_all_its_keys_come_at_once(
    gap_s: float,
) -> None:
    board, frame_s, text = Board(has_field=True), 0.3, "12345678901234567"
    frames = [text[at : at + int(frame_s / gap_s)] for at in range(0, len(text), int(frame_s / gap_s))]
    for keys in frames:
        board.clock.advance(frame_s)
        board.hook.tick()
        for char in keys:
            board.hook.key_down(DIGITS[char], shift=False)
            board.hook.text_input(char)
    board.hook.key_down(ENTER, shift=False)
    assert (board.scans, "".join(board.field)) == ([], f"{text}!")


@pytest.mark.parametrize("gap_s", [0.0, 0.001, 0.005])
@pytest.mark.parametrize("terminated", [True, False])
@pytest.mark.parametrize("stall_s", [0.0, 0.15])
def test_a_scan_that_comes_while_a_field_is_open_is_a_scan(gap_s: float, terminated: bool, stall_s: float) -> None:
    board = Board(has_field=True)
    board.press("123", 0.06)
    board.pass_time(0.2)
    board.press(CODE[:8], gap_s)
    board.clock.advance(stall_s)
    if stall_s:
        board.hook.tick()
    for char in CODE[8:]:
        board.hook.key_down(DIGITS[char], shift=False)
        board.clock.advance(gap_s)
    if terminated:
        board.hook.key_down(ENTER, shift=False)
    board.pass_time(0.3)
    assert (board.scans, board.field) == ([CODE], ["ě", "š", "č"])


def test_a_code_is_folded_grouped_and_bounded() -> None:
    entry = Entry()
    for char in "oil u-5yd8mfe7k2qrtw3n9zzz":
        entry = entry.typed(char)
    assert entry.text == "0115YD8MFE7K2QRTW"
    assert len(entry.text) == CODE_CHARS
    assert entry.shown == "0115 YD8M FE7K 2QRT W"
    assert entry.erased().text == entry.text[:-1]
    assert Entry(is_code=False).typed(" ").typed("é").typed("\n").text == "é"


def test_what_a_scanner_tore_reaches_no_field() -> None:
    board = Board(has_field=True)
    board.press("1234567890", 0.001)
    board.hook.key_down(ENTER, shift=False)
    board.press("0987654321", 0.001)
    board.pass_time(0.5)
    assert (board.scans, board.field) == (["1234567890", "torn"], [])
