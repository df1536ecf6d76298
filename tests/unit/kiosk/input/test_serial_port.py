"""A scanner on a serial line: read as it sends, and again after it was pulled out."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from kiosk.input.events import Scanned, Source, Torn
from kiosk.input.framing import Framing
from kiosk.input.serial_port import SerialPort
from tests.support.serial_stand import SerialStand

PASS_TEXT = "8231907745" * 31


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[SerialStand]:
    with SerialStand(tmp_path / "ttyACM0") as stand:
        yield stand


def _is_no_half(text: str) -> bool:
    return len(text) < 20 or text == PASS_TEXT


class Listening:
    """A port, opened, and what it read."""

    def __init__(self, path: Path) -> None:
        self.scans: queue.Queue[Scanned | Torn] = queue.Queue()
        framing = Framing("gate:", "#")
        self.port = SerialPort(str(path), 9600, SystemClock(), self.scans.put, framing, _is_no_half)
        self.port.start()

    def wait_until(self, *, is_open: bool) -> None:
        for _ in range(500):
            if self.port.is_open is is_open:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"the line is {'not ' if is_open else ''}open after 5 s")

    def next(self) -> str:
        scanned = self.scans.get(timeout=5)
        if isinstance(scanned, Torn):
            return "torn"
        assert scanned.source is Source.SERIAL
        return scanned.text


@pytest.fixture
def listening(stand: SerialStand) -> Iterator[Listening]:
    listening = Listening(stand.path)
    listening.wait_until(is_open=True)
    yield listening
    listening.port.stop()


@pytest.mark.parametrize(
    "sent",
    [
        b"%s\r",
        b"%s\n",
        b"%s\r\n",
        b"\x02%s\x03",
        b"]Q1%s\r",
        b"]Q3\\000026%s\r",
        b"gate:%s#\r",
        b"\xef\xbb\xbf%s\r",
        b"%s",
    ],
    ids=["CR", "LF", "CRLF", "STX ETX", "AIM", "AIM and charset", "prefix and suffix", "byte order mark", "silence"],
)
def test_a_pass_comes_whole_whatever_stands_around_it(stand: SerialStand, listening: Listening, sent: bytes) -> None:
    whole = sent % PASS_TEXT.encode()
    stand.send(whole[:100])
    stand.send(whole[100:])
    assert listening.next() == PASS_TEXT


@pytest.mark.parametrize("end", [b"#\r", b"#"], ids=["CR", "silence"])
def test_a_scanner_that_stops_in_the_middle_gives_no_half_code(
    stand: SerialStand, listening: Listening, end: bytes
) -> None:
    whole = b"gate:" + PASS_TEXT.encode() + end
    for _ in range(2):
        stand.send(whole[:100])
        assert listening.next() == "torn"
        stand.send(whole[100:])
        assert listening.next() == PASS_TEXT


def test_a_control_character_of_terminals_is_a_byte_like_any_other(stand: SerialStand, listening: Listening) -> None:
    """Without raw mode Ctrl-D would end the input, Ctrl-U erase the line, and Ctrl-S stop the scanner."""
    stand.send(b"12\x04\x15\x13\x7f345678\r87654321\r")
    assert listening.next() == "12\x04\x15\x13\x7f345678"
    assert listening.next() == "87654321"


def test_a_scanner_pulled_out_and_plugged_in_again_is_read_again(stand: SerialStand, listening: Listening) -> None:
    stand.send(b"11112222\r")
    assert listening.next() == "11112222"
    stand.pull_out()
    listening.wait_until(is_open=False)
    stand.plug_in()
    listening.wait_until(is_open=True)
    stand.send(b"33334444\r")
    assert listening.next() == "33334444"


def test_a_line_that_never_was_is_waited_for(tmp_path: Path) -> None:
    listening = Listening(tmp_path / "ttyUSB9")
    try:
        with SerialStand(tmp_path / "ttyUSB9") as stand:
            listening.wait_until(is_open=True)
            stand.send(PASS_TEXT.encode() + b"\r")
            assert listening.next() == PASS_TEXT
    finally:
        listening.port.stop()
