"""Sample passes. Their texts are fixed, signed by nobody, and no pass, badge or code of any event."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Sample(StrEnum):
    """What a sample pass shows."""

    ADMIT = "admit"
    USED = "used"
    WRONG_GATE = "wrong_gate"
    UNPAID = "unpaid"
    WRONG_DAY = "wrong_day"
    CHOOSE = "choose"
    SIZES = "sizes"
    QUESTIONS = "questions"
    ATTENTION = "attention"


def text_of(sample: Sample) -> str:
    """What its QR holds: digits, as every scanner sends them, of words that are no envelope."""
    return str(int.from_bytes(f"Rallygate practice: {sample}".encode(), "big"))


_BY_TEXT: Final[Mapping[str, Sample]] = {text_of(sample): sample for sample in Sample}


def sample_of(text: str) -> Sample | None:
    """The sample a scanned text is; None for everything else, every real pass among it."""
    return _BY_TEXT.get(text.strip())
