"""The carry file: what is written is read again, and any other bytes are a cut file or none."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.carry_format import (
    BYTES_MAX,
    MARK,
    SHA_BYTES,
    CarryKind,
    CarryWriter,
    content_of,
    pieces_of,
    read_contents,
    sha_of,
)
from common.errors import BadInput, InvariantError
from common.ids import EventUid

EVENT = EventUid(b"rly1")
RECORDS = [
    (CarryKind.KEY_LIST, b"keys"),
    (CarryKind.ENTRY, b"one"),
    (CarryKind.ENTRY, b""),
    (CarryKind.WORD, b"w" * 9),
]


def written(event: EventUid | None = EVENT, file: bytes = b"snapshot") -> bytes:
    out = io.BytesIO()
    writer = CarryWriter(out, event)
    for kind, content in RECORDS:
        writer.add(kind, content)
    writer.add_file(b"s" * SHA_BYTES, len(file), iter([file[:3], file[3:]]))
    writer.finish()
    return out.getvalue()


@pytest.mark.parametrize("event", [EVENT, None])
def test_what_is_written_is_read_again(event: EventUid | None) -> None:
    file = io.BytesIO(written(event))
    found = read_contents(file)
    assert (found.event, found.is_whole) == (event, True)
    assert [(piece.kind, content_of(file, piece)) for piece in found.pieces[:-1]] == RECORDS
    [snapshot] = found.of(CarryKind.FILE)
    assert sha_of(file, snapshot) == b"s" * SHA_BYTES
    assert b"".join(pieces_of(file, snapshot, 2)) == b"apshot"


def test_at_every_length_a_file_is_cut_or_none_and_never_whole() -> None:
    whole = written()
    for size in range(len(whole)):
        file = io.BytesIO(whole[:size])
        try:
            found = read_contents(file)
        except BadInput:
            assert size < len(MARK) + 12
            continue
        assert not found.is_whole
        assert all(len(content_of(file, piece)) == piece.size for piece in found.pieces)


def test_each_changed_byte_shows() -> None:
    whole = written()
    for at in range(len(MARK), len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 1
        try:
            assert not read_contents(io.BytesIO(changed)).is_whole, at
        except BadInput:
            assert at < len(MARK) + 12


def test_bytes_behind_the_end_show() -> None:
    assert not read_contents(io.BytesIO(written() + b"x")).is_whole


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_mark_are_contents_or_bad_input(tail: bytes) -> None:
    file = io.BytesIO(MARK + tail)
    try:
        found = read_contents(file)
    except BadInput:
        return
    assert all(piece.at + piece.size <= len(MARK) + len(tail) for piece in found.pieces)


def test_a_record_of_a_later_version_is_passed_over() -> None:
    whole = written()
    with_odd = whole[: len(MARK) + 5 + 6] + b"\x63\x00\x00\x00\x02hi" + whole[len(MARK) + 5 + 6 :]
    found = read_contents(io.BytesIO(with_odd))
    assert [piece.kind for piece in found.pieces] == [kind for kind, _ in RECORDS] + [CarryKind.FILE]


def test_a_length_beyond_its_kinds_limit_cuts_the_file_there() -> None:
    head = written()[: len(MARK) + 5 + 6]
    for kind in CarryKind:
        too_long = head + bytes([kind]) + (BYTES_MAX[kind] + 1).to_bytes(4, "big") + b"x"
        found = read_contents(io.BytesIO(too_long))
        assert (found.pieces, found.is_whole) == ((), False)


def test_nothing_beyond_a_limit_is_written() -> None:
    writer = CarryWriter(io.BytesIO(), EVENT)
    with pytest.raises(InvariantError, match="beyond"):
        writer.add(CarryKind.CERTIFICATE, b"x" * (BYTES_MAX[CarryKind.CERTIFICATE] + 1))
    with pytest.raises(BadInput, match="instead of 5"):
        writer.add_file(b"s" * SHA_BYTES, 5, iter([b"four"]))
