"""A carry file on a stick: opened with suspicion, replaced in one step."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from common.carry_format import SHA_BYTES, CarryKind, CarryWriter, Contents, Piece, content_of, pieces_of, read_contents
from common.carry_format import sha_of as sha_in
from common.errors import BadInput
from common.ids import EventUid
from kiosk.machine.files import flush_to_disk, put_in_place
from kiosk.store.faults import trouble_of_os
from kiosk.sync.errors import Refused, Retry
from kiosk.sync.transport import Part


@dataclass(frozen=True)
class CarryFile:
    """An opened carry file."""

    file: BinaryIO
    contents: Contents

    def all_of(self, kind: CarryKind, most: int) -> Iterator[bytes]:
        """The contents of the first `most` records of a kind."""
        for piece in self.contents.of(kind)[:most]:
            yield content_of(self.file, piece)

    def content(self, piece: Piece) -> bytes:
        """One record's content."""
        return content_of(self.file, piece)

    def sha_of(self, piece: Piece) -> bytes:
        """The hash a snapshot file is named by."""
        return sha_in(self.file, piece)

    def files(self) -> dict[bytes, Piece]:
        """The snapshot files by the hash they are named by."""
        return {self.sha_of(piece): piece for piece in self.contents.of(CarryKind.FILE)}

    def is_genuine(self, piece: Piece) -> bool:
        """Whether a snapshot file is the one it is named after: a spoilt one is not handed on."""
        hashed = hashlib.sha256()
        for part in self.pieces(piece):
            hashed.update(part)
        return hashed.digest() == self.sha_of(piece)

    def pieces(self, piece: Piece, first: int = 0) -> Iterator[bytes]:
        """The bytes of a snapshot file."""
        return pieces_of(self.file, piece, first)


@contextmanager
def open_carry(path: Path) -> Iterator[CarryFile | None]:
    """The carry file at a path; None if there is none. Raises BadInput for any other thing, StoreTrouble."""
    try:
        if not path.exists():
            yield None
            return
        if not path.is_file():
            raise BadInput(f"{path}: is no file; name the file on the stick, for instance E:/rally.rallygate")
        with path.open("rb") as file:
            try:
                contents = read_contents(file)
            except BadInput as error:
                raise BadInput(f"{path}: {error}") from error
            yield CarryFile(file, contents)
    except OSError as error:
        raise trouble_of_os(error, path) from error


@contextmanager
def replaced_carry(path: Path, event: EventUid | None) -> Iterator[CarryWriter]:
    """A writer whose file takes the path's place when all is written and on disk; else nothing changes.

    Raises StoreTrouble.
    """
    beside = path.with_name(path.name + ".new")
    try:
        beside.unlink(missing_ok=True)  # of a crash; or a link, put there so that another file is written over
        try:
            with beside.open("xb") as file:
                writer = CarryWriter(file, event)
                yield writer
                writer.finish()
                flush_to_disk(file)
            put_in_place(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise trouble_of_os(error, path) from error


class CarryTransport:
    """Snapshot files out of a carry file, for whoever takes them by their hash. Nothing is sent."""

    def __init__(self, carried: CarryFile) -> None:
        self._carried, self._files = carried, carried.files()

    def post(self, path: str, body: bytes) -> bytes:  # noqa: ARG002 - a protocol's
        """Nobody answers."""
        raise Retry("a file on a stick answers nothing")

    def get(self, path: str, first: int) -> Part:
        """The file named in the path. Raises Refused where it is not there."""
        piece = self._files.get(bytes.fromhex(path.rpartition("/")[2]))
        if piece is None:
            raise Refused("the snapshot's file is not in the carry file: have the server write it anew")
        first = min(first, piece.size - SHA_BYTES)
        return Part(first, self._carried.pieces(piece, first))

    def put(self, path: str, body: bytes, headers: Mapping[str, str]) -> None:  # noqa: ARG002 - a protocol's
        """Nobody takes it."""
        raise Retry("a file on a stick takes nothing")
