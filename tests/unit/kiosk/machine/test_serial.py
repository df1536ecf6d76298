"""A serial line of this machine, over a pseudo-terminal: what comes, what goes, and how it is told that it is gone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from common.errors import BadInput
from kiosk.machine.serial import READ_BYTES, SerialLine, is_serial_line, open_serial
from tests.support.serial_stand import SerialStand

SOON_S = 0.01
LONG_S = 10.0


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[SerialStand]:
    with SerialStand(tmp_path / "ttyUSB0") as stand:
        yield stand


@pytest.fixture
def line(stand: SerialStand) -> Iterator[SerialLine]:
    line = open_serial(str(stand.path), 9600, writable=True)
    yield line
    line.close()


def test_bytes_come_as_they_were_sent_and_nothing_is_nothing(stand: SerialStand, line: SerialLine) -> None:
    assert line.read(SOON_S) == b""
    stand.send(bytes(range(256)))
    came = b""
    while len(came) < 256:
        came += line.read(LONG_S)
    assert came == bytes(range(256))


def test_what_is_written_goes_out_until_the_line_takes_no_more(stand: SerialStand, line: SerialLine) -> None:
    assert line.write(b"OPEN\r\n\x00", LONG_S) == 7
    assert stand.taken(7) == b"OPEN\r\n\x00"
    while line.write(bytes(READ_BYTES), SOON_S):
        continue
    assert line.write(b"x", SOON_S) == 0, "nobody reads at the other end"


def test_what_came_before_is_forgotten(stand: SerialStand, line: SerialLine) -> None:
    stand.send(b"of the guest before")
    assert line.read(LONG_S)
    stand.send(b"of the guest before")
    line.drop_input()
    assert line.read(SOON_S) == b""


def test_a_line_that_was_pulled_out_is_no_silence(stand: SerialStand, line: SerialLine) -> None:
    stand.pull_out()
    with pytest.raises(OSError, match=r"pulled out|I/O"):
        line.read(LONG_S)


def test_what_is_no_serial_line_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("123\n")
    with pytest.raises(OSError, match="no serial line"):
        open_serial(str(tmp_path / "file"), 9600)
    with pytest.raises(BadInput, match="12345 baud"):
        open_serial(os.devnull, 12345)


@pytest.mark.parametrize(
    ("name", "is_line"), [("/dev/ttyUSB0", True), ("/usr/bin/gate", False), ("http://gate/open", False), ("", False)]
)
def test_a_line_is_told_from_a_program_by_its_name(name: str, is_line: bool) -> None:
    assert is_serial_line(name) is is_line
