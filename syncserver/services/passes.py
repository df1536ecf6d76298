"""Passes as the shop shows and prints them. Only the scribe holds the keys that make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PassText:
    """A fresh pass: the digits of its QR code, and the ticket code printed under it."""

    ticket: bytes
    digits: str
    code: str


class PassSource(Protocol):
    """Makes passes on demand."""

    def passes_of(self, event_id: int, tickets: Sequence[bytes]) -> tuple[PassText, ...]:
        """Fresh passes of those of the tickets that are issued and in force, in the order asked for.

        A ticket whose statement the scribe has not written yet is left out: ask again in a moment.
        """
        ...
