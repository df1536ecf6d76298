"""Answers given at a point, as they are sealed to the server: personal data that no other device may read.

Why somebody overrode a refusal is such an answer too: what a person types there is mostly about a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from common import cbor
from common.ids import DEVICE_ID_BYTES, DIGEST_BYTES, RUN_ID_BYTES, DeviceId, Digest, Identity, ProductNo, Ref, RunId
from common.sealing import SEALED_BYTES_MAX

NOTE_BYTES_MAX: Final = 6000  # of answers in one note, before sealing: a sealed note may have 8192
WHY_KEY: Final = "override-why"  # no question of an event file can have this key
_ANSWERS: Final = 1  # what kind of note it is; notes of other kinds are not answers


@dataclass(frozen=True, slots=True)
class GivenAnswers:
    """(question's key, answer) given when `use` was written."""

    use: Ref
    product: ProductNo
    answers: tuple[tuple[str, str], ...]


def encode_answers(given: GivenAnswers) -> tuple[bytes, ...]:
    """The answers as the plain bytes of one note or several, each small enough to be sealed."""
    return tuple(_encode(given, part) for part in _parts(given.answers))


def decode_answers(plain: bytes) -> GivenAnswers | None:
    """The answers in the opened bytes of a note; None where it is another kind of note. Never raises."""
    match cbor.decode(plain, SEALED_BYTES_MAX):
        case [
            int(kind),
            bytes(device),
            bytes(run),
            int(number),
            bytes(digest),
            int(product),
            list(rows),
        ] if kind == _ANSWERS and (len(device), len(run), len(digest)) == _SIZES:
            use = Ref(Identity(DeviceId(device), RunId(run), number), Digest(digest))
            pairs = tuple((str(row[0]), str(row[1])) for row in rows if isinstance(row, list) and len(row) == 2)
            return GivenAnswers(use, ProductNo(product), pairs)
    return None


_SIZES = (DEVICE_ID_BYTES, RUN_ID_BYTES, DIGEST_BYTES)


def _encode(given: GivenAnswers, part: list[tuple[str, str]]) -> bytes:
    name = given.use.identity
    rows: list[cbor.Cbor] = [[key, answer] for key, answer in part]
    head: list[cbor.Cbor] = [_ANSWERS, name.device, name.run, name.number, given.use.digest, given.product]
    return cbor.encode([*head, rows])


def _parts(answers: tuple[tuple[str, str], ...]) -> Iterator[list[tuple[str, str]]]:
    part: list[tuple[str, str]] = []
    size = 0
    for key, answer in answers:
        needs = len(key.encode()) + len(answer.encode()) + 8
        if part and size + needs > NOTE_BYTES_MAX:
            yield part
            part, size = [], 0
        part.append((key, answer))
        size += needs
    if part:
        yield part
