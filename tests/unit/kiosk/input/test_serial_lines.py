"""Bytes of a serial scanner, however they are cut, give the same codes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.input.events import Scanned, Source, Torn
from kiosk.input.framing import TEXT_CHARS_MAX, Framing
from kiosk.input.serial_lines import SerialAssembler


def texts(events: tuple[Scanned | Torn, ...]) -> list[str]:
    return [event.text if isinstance(event, Scanned) else "torn" for event in events]


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
    assert texts(assembler.feed(b"999\r", 9.0)) == ["12345678", "999"]


def test_bytes_that_are_no_utf8_give_a_text_that_is_refused_later() -> None:
    assert texts(SerialAssembler().feed(b"\xff\xfe12\r", 1.0)) == ["\ufffd\ufffd12"]


@given(st.lists(st.text("0123456789ABC", min_size=1, max_size=60), max_size=8), st.data())
def test_codes_do_not_depend_on_how_the_stream_was_cut(codes: list[str], data: st.DataObject) -> None:
    stream, assembler, got = "".join(code + "\r\n" for code in codes).encode(), SerialAssembler(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += texts(assembler.feed(stream[:cut], 1.0))
        stream = stream[cut:]
    assert got == codes


@given(st.lists(st.binary(max_size=900), max_size=10))
def test_no_bytes_whatever_break_the_assembler(pieces: list[bytes]) -> None:
    assembler = SerialAssembler()
    for i, piece in enumerate(pieces):
        for text in texts(assembler.feed(piece, i * 0.05)):
            assert 0 < len(text) <= TEXT_CHARS_MAX


PASS = b"8231907745" * 31


def judging() -> SerialAssembler:
    """Only PASS is a code of ours."""
    return SerialAssembler(is_whole=lambda text: text == PASS.decode())


def said(assembler: SerialAssembler, data: bytes, at_s: float) -> list[str]:
    """What the bytes and the silence after them give."""
    fed, ended = assembler.feed(data, at_s), assembler.flush(at_s + 0.1)
    return texts(fed if ended is None else (*fed, ended))


@pytest.mark.parametrize("end", [b"\r", b""], ids=["with line ends", "without"])
def test_half_a_code_is_no_code_and_its_rest_makes_it_whole(end: bytes) -> None:
    assembler, whole = judging(), PASS.decode()
    assert said(assembler, PASS[:100], 5.0) == ["torn"], "the very first"
    assert said(assembler, PASS[100:] + end, 5.5) == [whole]
    assert said(assembler, PASS[:100], 10.0) == ["torn"], "at the same place, after a good one"
    assert said(assembler, PASS[100:200], 10.4) == ["torn"]
    assert said(assembler, PASS[200:] + end, 10.9) == [whole]


@pytest.mark.parametrize("end", [b"\r", b""], ids=["with line ends", "without"])
def test_a_rest_that_does_not_fit_is_no_code_and_the_next_scan_is_one(end: bytes) -> None:
    assembler = judging()
    assert said(assembler, PASS[:100], 5.0) == ["torn"]
    assert said(assembler, PASS[150:] + end, 5.5) == ["torn"]
    assert said(assembler, PASS + end, 6.0) == [PASS.decode()]


def test_a_foreign_code_with_a_line_end_is_read_at_once_and_without_at_the_second_time() -> None:
    assembler = judging()
    assert said(assembler, b"WIFI:S:hall\r", 5.0) == ["WIFI:S:hall"]
    assembler = judging()
    assert said(assembler, b"WIFI:S:hall", 5.0) == ["torn"]
    assert said(assembler, b"WIFI:S:hall", 9.0) == ["WIFI:S:hall"]
