"""A burst of keys is a scan; what a hand types is not."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.events import Scanned, Source, Torn
from kiosk.input.framing import TEXT_CHARS_MAX, Framing
from kiosk.input.scancodes import ENTER, KEYPAD_ENTER, TAB, US_KEYS
from kiosk.input.wedge import SCAN_CHARS_MIN, WedgeAssembler

LSHIFT = 225
KEYS = {char: (code, shift) for code, pair in sorted(US_KEYS.items(), reverse=True) for shift, char in enumerate(pair)}
MAIN_DIGITS = dict(zip("1234567890", range(30, 40), strict=True))
KEYPAD_DIGITS = dict(zip("1234567890", [*range(89, 98), 98], strict=True))
PASS_TEXT = "8231907745" * 30


def press(assembler: WedgeAssembler, text: str, gap_s: float, start_s: float = 10.0) -> float:
    now_s = start_s
    for char in text:
        code, shift = KEYS[char]
        assert assembler.feed(code, bool(shift), now_s) is None
        now_s += gap_s
    return now_s


@pytest.mark.parametrize("terminator", [ENTER, KEYPAD_ENTER, TAB])
@pytest.mark.parametrize("gap_s", [0.0, 0.001, 0.005, 0.020])
def test_a_burst_with_a_terminator_is_a_scan(gap_s: float, terminator: int) -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, PASS_TEXT, gap_s)
    scanned = assembler.feed(terminator, False, end_s)
    assert scanned == Scanned(PASS_TEXT, Source.WEDGE, end_s, round(gap_s * 1000))


def test_a_burst_without_terminator_ends_by_silence() -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, PASS_TEXT, 0.002)
    assert assembler.flush(end_s + 0.05) is None
    scanned = assembler.flush(end_s + 0.07)
    assert isinstance(scanned, Scanned)
    assert scanned.text == PASS_TEXT
    assert assembler.flush(end_s + 9) is None


@pytest.mark.parametrize("row", [MAIN_DIGITS, KEYPAD_DIGITS], ids=["main row", "keypad"])
@pytest.mark.parametrize("shift", [False, True])
def test_digits_stay_digits_with_shift_or_without(row: dict[str, int], shift: bool) -> None:
    assembler = WedgeAssembler()
    for i, digit in enumerate("1234567890"):
        assembler.feed(row[digit], shift, i * 0.002)
    scanned = assembler.feed(ENTER, False, 0.02)
    assert isinstance(scanned, Scanned)
    assert scanned.text == "1234567890"


def test_shift_and_function_keys_inside_a_burst_write_nothing() -> None:
    assembler = WedgeAssembler()
    for i, char in enumerate("ABCDEFGH-1"):
        code, shift = KEYS[char]
        if shift:
            assembler.feed(LSHIFT, True, i * 0.004)
        assembler.feed(58 + i, False, i * 0.004 + 0.0005)
        assembler.feed(code, bool(shift), i * 0.004 + 0.001)
    scanned = assembler.feed(ENTER, False, 0.045)
    assert isinstance(scanned, Scanned)
    assert scanned.text == "ABCDEFGH-1"


@pytest.mark.parametrize("gap_s", [0.070, 0.120, 0.300])
def test_typing_by_hand_is_no_scan(gap_s: float) -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, "5YD8MFE7K2QRTW3N", gap_s)
    assert assembler.feed(ENTER, False, end_s) is None
    assert assembler.pending == 0


def test_a_key_held_down_is_no_scan() -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, "5" * 60, 0.030)
    assert assembler.feed(ENTER, False, end_s) is None


def test_a_few_fast_keys_are_no_scan() -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, "1234567"[: SCAN_CHARS_MIN - 1], 0.001)
    assert assembler.feed(ENTER, False, end_s) is None


def test_a_stalled_screen_does_not_tear_a_scan_in_two() -> None:
    """150 ms without reading in the middle: the keys had been waiting, and say so."""
    assembler = WedgeAssembler()
    middle_s = press(assembler, PASS_TEXT[:100], 0.001)
    for i, char in enumerate(PASS_TEXT[100:]):
        assert assembler.feed(KEYS[char][0], False, middle_s + 0.150, waited_s=0.149 if i == 0 else 0.0) is None
    scanned = assembler.feed(ENTER, False, middle_s + 0.150)
    assert isinstance(scanned, Scanned)
    assert scanned.text == PASS_TEXT


def test_two_scans_in_a_row_without_terminators_stay_two() -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, "1111222233", 0.001)
    first = assembler.feed(KEYS["9"][0], False, end_s + 0.2)
    press(assembler, "876543210", 0.001, end_s + 0.201)
    second = assembler.flush(end_s + 1)
    assert [scan.text for scan in (first, second) if isinstance(scan, Scanned)] == ["1111222233", "9876543210"]


@pytest.mark.parametrize(
    ("sent", "framing"),
    [
        ("]Q1{}", Framing()),
        ("]q3\\000026{}", Framing()),
        ("gate:]Q1{}#", Framing("gate:", "#")),
        ("]Q1gate:{}#", Framing("gate:", "#")),
        (" {} ", Framing()),
    ],
)
def test_markers_prefix_and_suffix_are_taken_off(sent: str, framing: Framing) -> None:
    assembler = WedgeAssembler(framing)
    end_s = press(assembler, sent.format(PASS_TEXT), 0.001)
    scanned = assembler.feed(ENTER, False, end_s)
    assert isinstance(scanned, Scanned)
    assert scanned.text == PASS_TEXT


def test_a_prefix_longer_than_sixteen_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than 16"):
        Framing("x" * 17)


def test_a_text_that_is_too_long_is_cut_and_can_be_no_code_of_ours() -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, "12" * 900, 0.001)
    scanned = assembler.feed(ENTER, False, end_s)
    assert isinstance(scanned, Scanned)
    assert len(scanned.text) == TEXT_CHARS_MAX > 1200


@given(
    text=st.text(string.ascii_letters + string.digits + "-_.:/$%*+", min_size=SCAN_CHARS_MIN, max_size=300),
    gap_s=st.floats(0, 0.02),
)
def test_any_us_text_sent_as_a_burst_comes_back_as_it_was(text: str, gap_s: float) -> None:
    assembler = WedgeAssembler()
    end_s = press(assembler, text, gap_s)
    scanned = assembler.feed(ENTER, False, end_s)
    if len(set(text)) > 1:
        assert isinstance(scanned, Scanned)
        assert scanned.text == text


@given(st.lists(st.tuples(st.integers(0, 512), st.booleans(), st.floats(0, 0.3)), max_size=300))
def test_no_keys_whatever_break_the_assembler(keys: list[tuple[int, bool, float]]) -> None:
    assembler, now_s = WedgeAssembler(), 0.0
    for scancode, shift, gap_s in keys:
        now_s += gap_s
        for scanned in (assembler.flush(now_s), assembler.feed(scancode, shift, now_s)):
            assert not isinstance(scanned, Scanned) or 0 < len(scanned.text) <= TEXT_CHARS_MAX


def whole() -> WedgeAssembler:
    """Only PASS_TEXT is a code of ours."""
    return WedgeAssembler(is_whole=lambda text: text == PASS_TEXT)


def sent(assembler: WedgeAssembler, text: str, start_s: float) -> Scanned | Torn | None:
    """A code with Enter after it."""
    return assembler.feed(ENTER, False, press(assembler, text, 0.001, start_s))


def silent(assembler: WedgeAssembler, text: str, start_s: float) -> Scanned | Torn | None:
    """A code, and nothing more for a while."""
    return assembler.flush(press(assembler, text, 0.001, start_s) + 0.1)


def read(event: Scanned | Torn | None) -> str | None:
    return event.text if isinstance(event, Scanned) else None


def test_a_code_torn_by_its_scanner_is_no_code() -> None:
    assembler = whole()
    assert read(sent(assembler, PASS_TEXT, 10.0)) == PASS_TEXT
    assert isinstance(silent(assembler, PASS_TEXT[:100], 20.0), Torn)
    assert isinstance(sent(assembler, PASS_TEXT[150:], 20.5), Torn), "its tail is none either"
    assert read(sent(assembler, PASS_TEXT, 21.0)) == PASS_TEXT, "the next scan is"


@pytest.mark.parametrize("at", [100, len(PASS_TEXT) - 3], ids=["in the middle", "before the last keys"])
def test_the_tail_of_a_torn_code_makes_it_whole(at: int) -> None:
    assembler = whole()
    sent(assembler, PASS_TEXT, 10.0)
    assert isinstance(silent(assembler, PASS_TEXT[:at], 20.0), Torn)
    assert read(sent(assembler, PASS_TEXT[at:], 20.7)) == PASS_TEXT


def test_a_code_torn_twice_is_read_too() -> None:
    assembler = whole()
    sent(assembler, PASS_TEXT, 10.0)
    assert isinstance(silent(assembler, PASS_TEXT[:100], 20.0), Torn)
    assert isinstance(silent(assembler, PASS_TEXT[100:200], 20.4), Torn)
    assert read(sent(assembler, PASS_TEXT[200:], 20.9)) == PASS_TEXT


def test_a_whole_code_after_a_torn_one_is_taken_alone() -> None:
    assembler = whole()
    sent(assembler, PASS_TEXT, 10.0)
    assert isinstance(silent(assembler, PASS_TEXT[:100], 20.0), Torn)
    assert read(sent(assembler, PASS_TEXT, 20.5)) == PASS_TEXT


def test_a_foreign_code_long_after_a_torn_one_is_one() -> None:
    assembler = whole()
    sent(assembler, PASS_TEXT, 10.0)
    silent(assembler, PASS_TEXT[:100], 20.0)
    assert read(sent(assembler, "WIFI:S:hall", 25.0)) == "WIFI:S:hall"


def test_the_tail_of_a_first_code_says_that_it_was_torn() -> None:
    assembler = whole()
    silent(assembler, PASS_TEXT[:100], 20.0)
    assert isinstance(sent(assembler, PASS_TEXT[150:], 20.5), Torn)


def test_a_foreign_code_without_terminator_is_read_at_the_second_time() -> None:
    """The first may be half of a code of ours; half of one is never torn at the same place twice in a row."""
    assembler = whole()
    assert read(silent(assembler, PASS_TEXT, 10.0)) == PASS_TEXT
    assert isinstance(silent(assembler, "WIFI:S:hall", 20.0), Torn)
    assert read(silent(assembler, "WIFI:S:hall", 25.0)) == "WIFI:S:hall"


def test_half_a_code_is_none_from_a_scanner_without_terminator_either() -> None:
    assembler = whole()
    assert isinstance(silent(assembler, PASS_TEXT[:100], 20.0), Torn)
    assert isinstance(silent(assembler, PASS_TEXT[150:], 20.5), Torn)
    assert isinstance(silent(assembler, PASS_TEXT[:100], 30.0), Torn)
    assert read(silent(assembler, PASS_TEXT[100:], 30.5)) == PASS_TEXT


def test_a_scanner_that_comes_in_place_of_one_with_a_terminator_is_learnt() -> None:
    assembler = whole()
    sent(assembler, PASS_TEXT, 10.0)
    assert isinstance(silent(assembler, "WIFI:S:hall", 15.0), Torn)
    assert isinstance(silent(assembler, "WIFI:S:hall", 20.0), Torn)
    assert read(silent(assembler, PASS_TEXT, 25.0)) == PASS_TEXT
    assert isinstance(silent(assembler, "WIFI:S:hall", 30.0), Torn)
    assert read(silent(assembler, "WIFI:S:hall", 35.0)) == "WIFI:S:hall"
