"""Rows of a damaged journal read from its pages one by one, where SQLite finds no way to them any more.

A table's leaf page says by itself what lies in it (https://sqlite.org/fileformat2.html, sections 1.6 and 2.1), so a
lost header or a lost page costs no other page's rows. A row is believed only if its entry has the digest beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from common.envelope import digest
from kiosk.store.journal import COLUMNS

PAGE_BYTES: Final = 4096  # SQLite's usual, which nothing here changes
WAL_HEADER_BYTES: Final = 32
FRAME_HEADER_BYTES: Final = 24
ENTRY_BYTES_MAX: Final = 1024 * 1024
POSITION_MAX: Final = 2**40
_LEAF_OF_TABLE: Final = 0x0D
_LOCAL_MAX: Final = PAGE_BYTES - 35
_LOCAL_MIN: Final = (PAGE_BYTES - 12) * 32 // 255 - 23
_INTEGER_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_FIRST_BLOB: Final = 12

Row = tuple[Any, ...]  # as COLUMNS names them
FindPage = Callable[[int], bytes]


class _NotARow(ValueError):
    """These bytes are no row of a journal."""


def carved(path: Path, wal: Path) -> Iterator[Row]:
    """Every row whose entry is whole, from the file and from a WAL, in the order of pages; some may repeat."""
    pages = _pages(path, 0, 0)
    frames = _pages(wal, WAL_HEADER_BYTES, FRAME_HEADER_BYTES) if wal.exists() else iter(())
    newest = {int.from_bytes(frame[:4], "big"): at for at, frame in enumerate(frames)}

    def find(number: int) -> bytes:
        """The page as the WAL has it last, else the file."""
        if number in newest:
            return _page(wal, WAL_HEADER_BYTES, FRAME_HEADER_BYTES, newest[number])
        return _page(path, 0, 0, number - 1)

    for page in pages:
        yield from rows_of(page, find)
    if newest:
        for frame in _pages(wal, WAL_HEADER_BYTES, FRAME_HEADER_BYTES):
            yield from rows_of(frame[FRAME_HEADER_BYTES:], find)


def rows_of(page: bytes, find: FindPage) -> Iterator[Row]:
    """The rows of a leaf page that are whole; of any other page none. `find` gives the page of a number."""
    if len(page) < PAGE_BYTES or page[0] != _LEAF_OF_TABLE:
        return
    for at in range(8, min(8 + 2 * int.from_bytes(page[3:5], "big"), PAGE_BYTES - 1), 2):
        with suppress(_NotARow, IndexError, OSError):
            yield _row(page, int.from_bytes(page[at : at + 2], "big"), find)


def _row(page: bytes, at: int, find: FindPage) -> Row:
    length, at = _varint(page, at)
    position, at = _varint(page, at)
    columns = _columns(_payload(page, at, length, find))
    if len(columns) != len(COLUMNS) or not 0 < position < POSITION_MAX:
        raise _NotARow
    row = (position, *columns[1:])
    raw, named = row[-1], row[COLUMNS.index("digest")]
    if not isinstance(raw, bytes) or digest(raw) != named:
        raise _NotARow
    return row


def _payload(page: bytes, at: int, length: int, find: FindPage) -> bytes:
    """What a row holds, with what did not fit on its page."""
    if length > ENTRY_BYTES_MAX:
        raise _NotARow
    if length <= _LOCAL_MAX:
        return page[at : at + length]
    local = _LOCAL_MIN + (length - _LOCAL_MIN) % (PAGE_BYTES - 4)
    local = local if local <= _LOCAL_MAX else _LOCAL_MIN
    found, at = page[at : at + local], at + local
    following = page[at : at + 4]
    while len(found) < length:
        more = find(int.from_bytes(following, "big"))
        if len(more) < PAGE_BYTES:
            raise _NotARow
        found, following = found + more[4:], more[:4]
    return found[:length]


def _columns(payload: bytes) -> list[object]:
    header_end, at = _varint(payload, 0)
    kinds = []
    while at < header_end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    columns: list[object] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        columns.append(value)
    return columns


def _value(payload: bytes, at: int, kind: int) -> tuple[object, int]:
    if kind == 0:
        return None, at
    if kind in {8, 9}:
        return kind - 8, at
    if kind in _INTEGER_BYTES:
        end = at + _INTEGER_BYTES[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind < _FIRST_BLOB or kind % 2:
        raise _NotARow  # a journal has neither fractions nor texts
    end = at + (kind - _FIRST_BLOB) // 2
    return payload[at:end], end


def _varint(source: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(9):
        byte = source[at + place]
        if place == 8:  # the ninth byte has eight bits
            return value << 8 | byte, at + 9
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # the highest bit says that more follow
            break
    return value, at + place + 1


def _pages(path: Path, before: int, header: int) -> Iterator[bytes]:
    """The pages of a file from their headers on; what cannot be read is left out."""
    for at in range(max(0, path.stat().st_size - before) // (header + PAGE_BYTES)):
        with suppress(OSError):
            yield _page(path, before, header, at, with_header=True)


def _page(path: Path, before: int, header: int, at: int, *, with_header: bool = False) -> bytes:
    if at < 0:
        raise _NotARow
    with path.open("rb") as file:
        file.seek(before + at * (header + PAGE_BYTES) + (0 if with_header else header))
        return file.read(PAGE_BYTES + (header if with_header else 0))
