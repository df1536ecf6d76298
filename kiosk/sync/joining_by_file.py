"""Joining an event without a network: the question goes to the server in a carry file, the answer comes back in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import msgspec

from common.carry_format import CarryKind, CarryWriter, Piece
from common.enrolment import Enrolment
from common.envelope import EnvelopeFault, Typ, open_unverified
from common.errors import BadInput
from common.exchange import MESSAGE_BYTES_MAX, PROTOCOL, SCHEMA, EnrolAnswer, EnrolRequest, from_payload, to_payload
from common.signing import SigningKey
from common.studied import studied
from kiosk.store.faults import trouble_of_os
from kiosk.store.folder import Folder, write_whole
from kiosk.sync.carry import JOINS_MAX
from kiosk.sync.carry_file import CarryFile, open_carry, replaced_carry
from kiosk.sync.joining import Joined, check_answer
from kiosk.sync.messages import sign_request

_ASKED_BYTES_MAX = 4_096


class _Asked(msgspec.Struct, frozen=True, array_like=True):
    """What was asked, so that only the answer to it is taken."""

    address: str
    code: str
    nonce: Annotated[bytes, msgspec.Meta(min_length=16, max_length=16)]


studied(_Asked)


def ask_in(path: Path, folder: Folder, enrolment: Enrolment, key: SigningKey, name: str) -> None:
    """Put the question into a carry file, one that is there or a new one. Asking again changes nothing.

    Whoever carries the file could use the code first, as with the code's QR on paper. Raises BadInput, StoreTrouble.
    """
    asked = _asked(folder)
    if asked is None or (asked.address, asked.code) != (enrolment.address, enrolment.code):
        asked = _Asked(enrolment.address, enrolment.code, os.urandom(16))
        write_whole(_asked_path(folder), to_payload(asked))
    request = EnrolRequest(PROTOCOL, SCHEMA, enrolment.code, key.verify_key.raw, name, asked.nonce)
    raw = sign_request(request, key, Typ.ENROLMENT)
    with open_carry(path) as source:
        if source is not None and raw in set(source.all_of(CarryKind.JOIN, JOINS_MAX)):
            return
        if source is not None and len(source.contents.of(CarryKind.JOIN)) >= JOINS_MAX:
            raise BadInput(f"{path}: {JOINS_MAX} kiosks ask in it already; use another file")
        with replaced_carry(path, None if source is None else source.contents.event) as writer:
            for piece in () if source is None else source.contents.pieces:
                _copy(writer, source, piece)
            writer.add(CarryKind.JOIN, raw)  # last: of two with one code the first to ask is taken in


def answer_in(path: Path, folder: Folder, enrolment: Enrolment, key: SigningKey) -> Joined | None:
    """The answer to this kiosk's question, if the file brings it. Raises BadInput, StoreTrouble, Refused."""
    asked = _asked(folder)
    if asked is None:
        return None
    with open_carry(path) as source:
        for raw in () if source is None else source.all_of(CarryKind.JOINED, JOINS_MAX):
            unverified = open_unverified(raw, Typ.ANSWER, MESSAGE_BYTES_MAX)
            answer = None if isinstance(unverified, EnvelopeFault) else from_payload(unverified.payload, EnrolAnswer)
            if isinstance(answer, EnrolAnswer) and answer.nonce == asked.nonce:
                return check_answer(answer, raw, asked.nonce, enrolment, key)
    return None


def _copy(writer: CarryWriter, source: CarryFile | None, piece: Piece) -> None:
    """One record as it stands: who cannot check it yet passes it on."""
    if source is None:
        return
    if piece.kind is CarryKind.FILE:
        sha256 = source.sha_of(piece)
        writer.add_file(sha256, piece.size - len(sha256), source.pieces(piece))
    else:
        writer.add(piece.kind, source.content(piece))


def _asked(folder: Folder) -> _Asked | None:
    path = _asked_path(folder)
    try:
        raw = path.read_bytes()[:_ASKED_BYTES_MAX] if path.exists() else b""
    except OSError as error:
        raise trouble_of_os(error, path) from error
    found = from_payload(raw, _Asked)
    return found if isinstance(found, _Asked) else None


def _asked_path(folder: Folder) -> Path:
    return folder.path / "asked.cbor"
