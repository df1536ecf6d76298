"""Answers kept from the purchase: sealed with the holder for the gate, shown there, and not asked for again.

An answer longer than 80 characters is cut and ends in an ellipsis. All answers of a ticket together have 1,400 bytes:
the first unit of every product comes first, and from the first answer that finds no room on, the rest is left out.
What was left out counts as not answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from common import cbor
from common.ids import ProductNo

KEPT_CHARACTERS_MAX: Final = 80  # of one answer
KEPT_BYTES_MAX: Final = 1400  # of all answers of a ticket, encoded
ELLIPSIS: Final = "\u2026"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered of one unit of a product; units count from 1."""

    product: ProductNo
    unit: int
    question: str  # its key
    answer: str  # as common.questions has it, cut


def keep(answers: Iterable[KeptAnswer]) -> tuple[KeptAnswer, ...]:
    """The answers that go with a ticket: cut, in order, as many as find room. Empty ones are none."""
    found: list[KeptAnswer] = []
    room = KEPT_BYTES_MAX
    for one in sorted((one for one in answers if one.answer), key=lambda one: (one.unit, one.product)):
        short = KeptAnswer(one.product, one.unit, one.question, cut(one.answer))
        room -= len(cbor.encode(_row(short)))
        if room < 0:
            break
        found.append(short)
    return tuple(found)


def cut(answer: str) -> str:
    """An answer as it is kept. Keys of options, joined by commas, go as wholes: half a key names nothing."""
    if len(answer) <= KEPT_CHARACTERS_MAX:
        return answer
    head = answer[: KEPT_CHARACTERS_MAX - 1]
    if " " not in answer and "," in head:
        head = head[: head.rindex(",") + 1]
    return head + ELLIPSIS


def is_kept(answers: tuple[KeptAnswer, ...]) -> bool:
    """Whether these answers keep to the limits."""
    sizes = sum(len(cbor.encode(_row(one))) for one in answers)
    return sizes <= KEPT_BYTES_MAX and all(len(one.answer) <= KEPT_CHARACTERS_MAX for one in answers)


def to_rows(answers: tuple[KeptAnswer, ...]) -> list[cbor.Cbor]:
    """The answers as plain values."""
    return [_row(one) for one in answers]


def of_rows(rows: object) -> tuple[KeptAnswer, ...] | None:
    """The answers in plain values; None where these are none. Never raises."""
    if not isinstance(rows, list):
        return None
    found = [_answer(row) for row in rows]
    answers = tuple(one for one in found if one is not None)
    return answers if len(answers) == len(found) and is_kept(answers) else None


def _row(one: KeptAnswer) -> list[cbor.Cbor]:
    return [one.product, one.unit, one.question, one.answer]


def _answer(row: object) -> KeptAnswer | None:
    match row:
        case [int(product), int(unit), str(question), str(answer)] if product >= 0 and unit >= 1:
            return KeptAnswer(ProductNo(product), unit, question, answer)
    return None
