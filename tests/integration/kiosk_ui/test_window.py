"""The real window on a virtual screen: what is held before the camera or sent by a scanner changes its colour."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from common import cbor
from common.decimal_text import to_decimal
from kiosk.ui.picture import Colour
from kiosk.ui.theme import VERDICT_HEX
from tests.support.camera_stand import CameraStand
from tests.support.driven_window import Window
from tests.support.serial_stand import SerialStand
from tests.support.virtual_screen import VirtualScreen

pytestmark = [pytest.mark.window, pytest.mark.slow]

NIGHT = "#0d1117"
GREEN, AMBER, RED, VIOLET, BLUE, CYAN = (VERDICT_HEX[colour] for colour in Colour)


@pytest.fixture
def screen() -> Iterator[VirtualScreen]:
    """A screen for one window: a second window on it takes the keyboard and never gives it back."""
    with VirtualScreen() as made:
        yield made


@pytest.fixture(scope="module")
def typing_screen() -> Iterator[VirtualScreen]:
    """The screen of the window that several tests type into."""
    with VirtualScreen() as made:
        yield made


def test_f1_and_escape_lead_nowhere_before_joining(tmp_path: Path, screen: VirtualScreen) -> None:
    """Kivy would open its settings by F1; what is typed afterwards still reaches the fields that are shown."""
    window = Window(tmp_path, screen, "--enrol")
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(1)  # all is drawn
        empty = screen.picture().copy()
        for name in ("F1", "Escape", "F1"):
            screen.press_key(name)
            time.sleep(0.5)
            assert (screen.picture() == empty).all(), name
        screen.press_digits("42", 0.05)
        end_s = time.monotonic() + 30
        while (screen.picture() == empty).all():
            assert time.monotonic() < end_s, "the keys of a hand do not reach the field any more"
            time.sleep(0.1)
    finally:
        code = window.close()
    assert code == 0


def test_a_code_before_the_camera_turns_the_screen_to_its_verdict(tmp_path: Path, screen: VirtualScreen) -> None:
    """Four outcomes in turn; how long it takes is the bench's matter, since it depends on the machine's load."""
    with CameraStand() as stand:
        window = Window(tmp_path, screen, "--camera", stand.url)
        try:
            screen.wait_for(NIGHT, 60)
            for number, colour in enumerate([GREEN, RED, AMBER, VIOLET] * 2, start=1):
                stand.clear()
                time.sleep(0.3)
                stand.show_codes(f"{(number - 1) % 4 + 1}{number:039d}")
                screen.wait_for(colour, 30)
            stand.show_codes("1" * 40, "2" * 40)
            time.sleep(0.5)
            assert screen.pixel() != (0, 0, 0)
            assert len(window.texts) == 8
        finally:
            code = window.close()
    assert code == 0, "a stop from outside must end every thread and exit cleanly"


SENDINGS_MAX = 12
PADDING = bytes(range(120))  # as long as a pass
STALL_S = 0.045  # the kiosk takes 60 ms of silence for the end of a scan


def whole(first: str) -> str:
    """A text built like a pass that begins with this digit: where a busy machine tears it, its rest makes it whole."""
    built = (to_decimal(cbor.encode([0, bytes(range(size))])) for size in range(100, 140))
    return next(text for text in built if text.startswith(first))


@pytest.mark.parametrize(
    ("layout", "main_s", "keypad_s", "shifted_s"),
    [
        ("us", 0.0, 0.005, 0.001),
        ("cz", 0.002, 0.0, 0.0),
        ("de", 0.0, 0.001, 0.005),
        ("fr", 0.005, 0.0, 0.002),
        ("pl", 0.001, 0.002, 0.0),
    ],
)
def test_a_scanner_sends_a_pass_whole_at_any_speed_layout_and_keys(
    typing_window: Window,
    typing_screen: VirtualScreen,
    layout: str,
    main_s: float,
    keypad_s: float,
    shifted_s: float,
) -> None:
    """Seconds between keys for the main row, the keypad, and the main row with Shift."""
    typing_screen.layout(layout)
    for gap_s, keypad, shift in ((main_s, False, False), (keypad_s, True, False), (shifted_s, False, True)):
        for _ in range(SENDINGS_MAX):
            sent = to_decimal(cbor.encode([time.monotonic_ns(), PADDING]))  # built like a pass: what is torn is joined
            before = len(typing_window.texts)
            stalled_s = typing_screen.press_digits(sent, gap_s, keypad=keypad, shift=shift)
            typing_screen.press_enter()
            if stalled_s < STALL_S:
                break
            time.sleep(1)  # the machine stopped the sender, so this was no scanner's speed: send anew
        assert typing_window.wait_for_scans(before + 1)[-1] == sent
        time.sleep(0.1)


def test_a_serial_scanner_is_read_and_read_again_after_it_was_pulled_out(tmp_path: Path, screen: VirtualScreen) -> None:
    with SerialStand(tmp_path / "ttyACM0") as stand:
        window = Window(tmp_path, screen, "--serial", str(stand.path))
        try:
            screen.wait_for(NIGHT, 60)
            time.sleep(0.5)  # what came before the line was opened is thrown away
            admitted, refused = whole("1"), whole("2")
            sent = f"\x02]Q1{admitted}\x03".encode()
            stand.send(sent[:150])
            time.sleep(0.4)  # the scanner stops in the middle of a pass
            screen.wait_for(NIGHT, 2)  # half a pass is no verdict, which would stand for 20 s
            stand.send(sent[150:])
            screen.wait_for(GREEN, 30)
            stand.pull_out()
            stand.plug_in()
            time.sleep(1.5)
            stand.send(f"{refused}\r".encode())
            screen.wait_for(RED, 30)
            assert window.texts == [admitted, refused]
        finally:
            code = window.close()
    assert code == 0, "a stop from outside must end the scanner's thread too"


def test_a_scan_without_a_terminator_and_with_a_stalling_screen_is_read_whole(
    tmp_path: Path, screen: VirtualScreen
) -> None:
    screen.layout("us")
    window = Window(tmp_path, screen, "--stall-ms", "150")
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(3)
        for number in range(5):
            sent = to_decimal(cbor.encode([number, PADDING]))
            screen.press_digits(sent, 0.001)
            assert window.wait_for_scans(number + 1)[-1] == sent
            time.sleep(0.5)
    finally:
        window.close()


def test_a_hand_that_types_is_no_scan(typing_window: Window, typing_screen: VirtualScreen) -> None:
    typing_screen.layout("us")
    before = len(typing_window.texts)
    typing_screen.press_digits("1234567890123", 0.09)
    typing_screen.press_enter()
    time.sleep(0.3)
    assert len(typing_window.texts) == before


def scan_with_wedge(window: Window, screen: VirtualScreen, first: str, colour: str) -> None:
    """A scanner sends a code beginning with `first`; wait until it is answered."""
    screen.press_digits(whole(first), 0.002)
    screen.press_enter()
    screen.wait_for(colour, 30)
    time.sleep(0.3)


def wait_for_pixel(screen: VirtualScreen, at: tuple[int, int], wanted: tuple[int, int, int]) -> None:
    end_s = time.monotonic() + 10
    while any(abs(seen - want) > 25 for seen, want in zip(screen.pixel(*at), wanted, strict=True)):
        assert time.monotonic() < end_s, f"{screen.pixel(*at)} at {at}, not {wanted}"
        time.sleep(0.02)


def type_by_hand(screen: VirtualScreen, digits: str) -> None:
    time.sleep(0.5)
    screen.press_digits(digits, 0.12)
    time.sleep(0.5)


ALL_WHO_CAME = (640, 560)  # all at 1280x800
MORE, FEWER, SECOND_CHOICE = (1170, 724), (834, 724), (640, 542)
GOING_ON, ANSWER, ALLOW_ANYWAY = (150, 724), (640, 724), (1099, 724)
LUNCH_AT, PLATE_CLOTH = (457, 500), (245, 235, 225)
YES, READY_CAUSE, DONE = (640, 322), (330, 237), (1123, 738)


def test_of_a_party_of_four_the_three_who_came_are_let_in_by_two_touches(tmp_path: Path, screen: VirtualScreen) -> None:
    window = Window(tmp_path, screen)
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(1)
        scan_with_wedge(window, screen, "9", AMBER)
        screen.touch_until_taken(*FEWER, watched=MORE)
        screen.touch_until_taken(*ALL_WHO_CAME)
        screen.wait_for(GREEN, 30)
        asked = json.loads(window.wait_for_scans(2)[-1])
        assert (asked["product"], asked["quantity"]) == (1, 3)
    finally:
        window.close()


def test_a_choice_shows_its_pictures_and_is_handed_out_in_the_quantity_of_the_stepper(
    tmp_path: Path, screen: VirtualScreen
) -> None:
    window = Window(tmp_path, screen, "--stand")
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(1)
        scan_with_wedge(window, screen, "5", AMBER)
        wait_for_pixel(screen, LUNCH_AT, PLATE_CLOTH)
        screen.touch_until_taken(*MORE, watched=FEWER)
        screen.touch_until_taken(*SECOND_CHOICE)
        screen.wait_for(GREEN, 30)
        asked = json.loads(window.wait_for_scans(2)[-1])
        assert (asked["product"], asked["quantity"]) == (2, 2)
    finally:
        assert window.close() == 0


def test_questions_are_answered_by_button_and_by_key_and_travel_with_the_scan(
    tmp_path: Path, screen: VirtualScreen
) -> None:
    window = Window(tmp_path, screen)
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(1)
        scan_with_wedge(window, screen, "6", AMBER)
        screen.touch_until_taken(*ANSWER)
        screen.wait_for(NIGHT, 60)
        screen.touch_until_taken(*YES)
        type_by_hand(screen, "1250")
        screen.press_enter()
        screen.wait_for(GREEN, 30)
        asked = json.loads(window.wait_for_scans(2)[-1])
        assert asked["answers"] == {"licence": "yes", "kilometres": "1250"}
    finally:
        assert window.close() == 0


def test_an_override_takes_badge_and_pin_and_why_in_place(tmp_path: Path, screen: VirtualScreen) -> None:
    window = Window(tmp_path, screen)
    try:
        screen.wait_for(NIGHT, 60)
        time.sleep(1)
        scan_with_wedge(window, screen, "7", RED)
        screen.touch_until_taken(*ALLOW_ANYWAY)
        screen.wait_for(NIGHT, 60)
        scan_with_wedge(window, screen, "8", NIGHT)
        window.wait_for_scans(2)
        time.sleep(0.5)
        type_by_hand(screen, "000000")
        screen.press_enter()
        assert window.wait_for_scans(3)[-1] == "PinRefused"
        type_by_hand(screen, "481516")
        screen.press_enter()
        assert window.wait_for_scans(4)[-1] == "OperatorTaken"
        time.sleep(0.5)
        screen.touch_until_taken(*READY_CAUSE)
        screen.touch_until_taken(*DONE)
        screen.wait_for(GREEN, 30)
        asked = json.loads(window.wait_for_scans(5)[-1])
        assert (asked["override"], asked["why"]) == ("unpaid", "Identity card checked")
    finally:
        assert window.close() == 0


@pytest.fixture(scope="module")
def typing_window(typing_screen: VirtualScreen, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    window = Window(tmp_path_factory.mktemp("kiosk"), typing_screen)
    typing_screen.wait_for(NIGHT, 60)
    time.sleep(1.0)
    yield window
    window.close()


def test_an_entrance_that_does_not_open_says_so_until_a_badge_comes_and_has_nothing_to_touch(
    tmp_path: Path, screen: VirtualScreen
) -> None:
    window = Window(tmp_path, screen, "--turnstile")
    try:
        screen.wait_for(NIGHT, 20)
        time.sleep(1)
        scan_with_wedge(window, screen, "1", GREEN)
        screen.wait_for(VIOLET, 15)
        time.sleep(4)  # longer than an admission stays
        for place in (GOING_ON, ALLOW_ANYWAY, DONE, (640, 400)):
            screen.touch(*place)
        time.sleep(0.5)
        screen.wait_for(VIOLET, 5)
        screen.press_digits(whole("8"), 0.002)
        screen.press_enter()
        screen.wait_for(BLUE, 15)
        screen.wait_for(NIGHT, 15)
        for place in (GOING_ON, ALLOW_ANYWAY, DONE, (1160, 60), (820, 760)):
            screen.touch(*place)
        time.sleep(0.5)
        screen.wait_for(NIGHT, 5)
        assert len(window.texts) == 2
    finally:
        assert window.close() == 0
