"""Bytes of a serial scanner, however they are cut, give the same codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.events import Scanned, Source
from kiosk.input.framing import TEXT_CHARS_MAX, Framing
from kiosk.input.serial_lines import SerialAssembler


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\t", b"\x03"])
def test_each_line_end_ends_a_code(end: bytes) -> None:
    assembler = SerialAssembler()
    scans = assembler.feed(b"\x02]Q112345678" + end + b"]Q187654321" + end, 5.0)
    assert scans == (
        Scanned("12345678", Source.SERIAL, 5.0, 0),
        Scanned("87654321", Source.SERIAL, 5.0, 0),
    )


def test_a_code_without_line_end_is_done_after_silence() -> None:
    assembler = SerialAssembler(Framing(suffix="$"))
    assert assembler.feed(b"12345678$", 5.0) == ()
    assert assembler.flush(5.05) is None
    assert assembler.flush(5.08) == Scanned("12345678", Source.SERIAL, 5.08, 80)


def test_an_old_unfinished_line_does_not_run_into_the_next_code() -> None:
    assembler = SerialAssembler()
    assembler.feed(b"12345678", 5.0)
    assert [scan.text for scan in assembler.feed(b"999\r", 9.0)] == ["12345678", "999"]


def test_bytes_that_are_no_utf8_give_a_text_that_is_refused_later() -> None:
    assert SerialAssembler().feed(b"\xff\xfe12\r", 1.0)[0].text == "\ufffd\ufffd12"


@given(st.lists(st.text("0123456789ABC", min_size=1, max_size=60), max_size=8), st.data())
def test_codes_do_not_depend_on_how_the_stream_was_cut(codes: list[str], data: st.DataObject) -> None:
    stream, assembler, got = "".join(code + "\r\n" for code in codes).encode(), SerialAssembler(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += [scan.text for scan in assembler.feed(stream[:cut], 1.0)]
        stream = stream[cut:]
    assert got == codes


@given(st.lists(st.binary(max_size=900), max_size=10))
def test_no_bytes_whatever_break_the_assembler(pieces: list[bytes]) -> None:
    assembler = SerialAssembler()
    for i, piece in enumerate(pieces):
        for scan in assembler.feed(piece, i * 0.05):
            assert 0 < len(scan.text) <= TEXT_CHARS_MAX
