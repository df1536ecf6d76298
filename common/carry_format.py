"""The file that carries an event's news on a stick (`.rallygate`): signed things, one record after another.

MARK, then records: kind (1 byte), length (4 bytes, big-endian), content. The first record is HEAD, the last is END with
the SHA-256 of all bytes before it. Nothing in it is believed for lying there: each thing is checked by the signature it
bears or the hash it is named by, so a file that was cut short, mixed up or forged brings what is genuine, or nothing.

| kind | content |
|---|---|
| HEAD | CBOR array [event uid, or null while nobody knows it] |
| KEY_LIST | the key list, signed by the root |
| CERTIFICATE | a device's certificate |
| WORD | the server's word: an exchange answer to nobody (nonce of zeros) with its vector and time |
| JOIN, JOINED | an enrolment request, and the answer to one |
| MANIFEST | a snapshot's signed manifest |
| ENTRY | one signed entry or statement |
| FILE | 32 bytes SHA-256, then the compressed file of that hash |

Limits: CARRY_BYTES_MAX in all, RECORDS_MAX records, each kind's bytes as in BYTES_MAX. Records of kinds unknown here
are passed over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import BinaryIO, Final

from common import cbor
from common.certificates import CERTIFICATE_BYTES_MAX
from common.entries import ENTRY_BYTES_MAX
from common.envelope import ENVELOPE_BYTES_MAX
from common.errors import BadInput, require
from common.exchange import MESSAGE_BYTES_MAX
from common.ids import EVENT_UID_BYTES, EventUid

MARK: Final = b"rallygate carry 1\n"
SUFFIX: Final = ".rallygate"
CARRY_BYTES_MAX: Final = 1024 * 1024 * 1024
RECORDS_MAX: Final = 500_000
SHA_BYTES: Final = 32
NOBODY: Final = bytes(16)  # the nonce of the server's word: nobody asked
PIECE_BYTES: Final = 256 * 1024
_HEADER_BYTES: Final = 5
_HEAD_BYTES_MAX: Final = 64
_JOIN_BYTES_MAX: Final = 128 * 1024  # holds a key list


class CarryKind(IntEnum):
    """What a record holds. Numbers are never reused."""

    HEAD = 1
    KEY_LIST = 2
    CERTIFICATE = 3
    WORD = 4
    JOIN = 5
    JOINED = 6
    MANIFEST = 7
    ENTRY = 8
    FILE = 9
    END = 255


BYTES_MAX: Final = {
    CarryKind.HEAD: _HEAD_BYTES_MAX,
    CarryKind.KEY_LIST: ENVELOPE_BYTES_MAX,
    CarryKind.CERTIFICATE: CERTIFICATE_BYTES_MAX,
    CarryKind.WORD: MESSAGE_BYTES_MAX,
    CarryKind.JOIN: _JOIN_BYTES_MAX,
    CarryKind.JOINED: _JOIN_BYTES_MAX,
    CarryKind.MANIFEST: MESSAGE_BYTES_MAX,
    CarryKind.ENTRY: ENTRY_BYTES_MAX,
    CarryKind.FILE: 256 * 1024 * 1024 + SHA_BYTES,
    CarryKind.END: SHA_BYTES,
}


_KINDS: Final = {int(kind): kind for kind in CarryKind}


@dataclass(frozen=True, slots=True)
class Piece:
    """Where the content of a record lies in the file."""

    kind: CarryKind
    at: int
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in a carry file. `is_whole`: it ends as it was written, and no byte of it changed since."""

    event: EventUid | None
    pieces: tuple[Piece, ...]
    is_whole: bool

    def of(self, kind: CarryKind) -> tuple[Piece, ...]:
        """The records of a kind, in the file's order."""
        return tuple(piece for piece in self.pieces if piece.kind is kind)


def read_contents(file: BinaryIO) -> Contents:
    """Look through a file from its start; at the first thing that is no record it counts as cut there.

    So it does where it goes beyond a limit. Raises BadInput for what is no carry file at all.
    """
    if file.read(len(MARK)) != MARK:
        raise BadInput("this is no file that carries news of an event; choose the one `carry` wrote")
    walk = _Walk(file)
    pieces = tuple(walk)
    head = _read(file, pieces[0]) if pieces and pieces[0].kind is CarryKind.HEAD else None
    parsed = None if head is None else cbor.decode(head, _HEAD_BYTES_MAX)
    match parsed:
        case [bytes(event)] if len(event) == EVENT_UID_BYTES:
            return Contents(EventUid(event), pieces[1:], walk.is_whole)
        case [None]:
            return Contents(None, pieces[1:], walk.is_whole)
    raise BadInput("the file does not say which event it is of: it was damaged; have a new one written")


def content_of(file: BinaryIO, piece: Piece) -> bytes:
    """The content of a small record."""
    return _read(file, piece)


def sha_of(file: BinaryIO, piece: Piece) -> bytes:
    """The hash a FILE record is named by; what it holds is checked by whoever uses it."""
    return _read(file, Piece(piece.kind, piece.at, min(piece.size, SHA_BYTES)))


def pieces_of(file: BinaryIO, piece: Piece, first: int = 0) -> Iterator[bytes]:
    """The bytes of a FILE record behind its hash, from byte `first` of the file on."""
    at, end = piece.at + SHA_BYTES + first, piece.at + piece.size
    while at < end:
        file.seek(at)
        some = file.read(min(PIECE_BYTES, end - at))
        if not some:
            return
        at += len(some)
        yield some


class CarryWriter:
    """Writes records one behind the other, and END; the caller opens, syncs and renames the file."""

    def __init__(self, file: BinaryIO, event: EventUid | None) -> None:
        """Write mark and head."""
        self._file, self._hash = file, hashlib.sha256()
        self.size, self.records = 0, 0
        self._put(MARK)
        self.add(CarryKind.HEAD, cbor.encode([event]))

    def has_room(self, size: int) -> bool:
        """Whether another record of this size keeps the file within its limits."""
        return self.size + size + 2 * _HEADER_BYTES + SHA_BYTES <= CARRY_BYTES_MAX and self.records < RECORDS_MAX - 1

    def add(self, kind: CarryKind, content: bytes) -> None:
        """One record. Raises InvariantError beyond a limit: ask `has_room` before."""
        self._start(kind, len(content))
        self._put(content)

    def add_file(self, sha256: bytes, size: int, pieces: Iterator[bytes]) -> None:
        """One FILE record of `size` bytes behind its hash. Raises BadInput where the pieces are more or fewer."""
        self._start(CarryKind.FILE, SHA_BYTES + size)
        self._put(sha256)
        written = 0
        for piece in pieces:
            written += len(piece)
            self._put(piece)
        if written != size:
            raise BadInput(f"a snapshot file gave {written} bytes instead of {size}; nothing was written")

    def finish(self) -> None:
        """The last record."""
        digest = self._hash.digest()
        self._start(CarryKind.END, len(digest))
        self._put(digest)

    def _start(self, kind: CarryKind, size: int) -> None:
        require(size <= BYTES_MAX[kind], f"a {kind.name} record of {size} bytes is beyond {BYTES_MAX[kind]}")
        require(kind is CarryKind.END or self.has_room(size), "the carry file is beyond its limits")
        self.records += 1
        self._put(bytes([kind]) + size.to_bytes(_HEADER_BYTES - 1, "big"))

    def _put(self, content: bytes) -> None:
        self._hash.update(content)
        self.size += len(content)
        self._file.write(content)


class _Walk(Iterator[Piece]):
    """The records behind the mark, each header looked at, all bytes hashed on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._at, self._count = file, len(MARK), 0
        self._hash = hashlib.sha256(MARK)
        self.is_whole = False
        self._is_over = False

    def __next__(self) -> Piece:
        while not self._is_over:
            piece = self._next()
            if piece is not None:
                return piece
        raise StopIteration

    def _next(self) -> Piece | None:
        """The next record of a kind known here; None for one that is not, and at the end."""
        before = self._hash.digest()
        header = self._file.read(_HEADER_BYTES)
        size = int.from_bytes(header[1:], "big")
        kind = _KINDS.get(header[0]) if header else None
        if len(header) < _HEADER_BYTES or not self._is_within(kind, size):
            self._is_over = True
            return None
        self._hash.update(header)
        at, self._at = self._at + _HEADER_BYTES, self._at + _HEADER_BYTES + size
        if kind is CarryKind.END:
            self._is_over = True
            self.is_whole = self._file.read(size) == before and not self._file.read(1)
            return None
        if not self._pass(size):
            self._is_over = True
            return None
        return None if kind is None else Piece(kind, at, size)

    def _is_within(self, kind: CarryKind | None, size: int) -> bool:
        self._count += 1
        limit = max(BYTES_MAX.values()) if kind is None else BYTES_MAX[kind]
        return size <= limit and self._at + size <= CARRY_BYTES_MAX and self._count <= RECORDS_MAX

    def _pass(self, size: int) -> bool:
        """Read over a content; whether all of it is there."""
        while size > 0:
            some = self._file.read(min(size, PIECE_BYTES))
            if not some:
                return False
            self._hash.update(some)
            size -= len(some)
        return True


def _read(file: BinaryIO, piece: Piece) -> bytes:
    file.seek(piece.at)
    return file.read(piece.size)
