"""How many leave at an exit: one, or as many as a mark among its flags says.

A mark and no field of its own, so that a version that knows neither goes on reading the exit as one (see `marks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from common.bodies import Exit, Override, Redeem

LEAVING: Final = 3_000  # plus how many leave; marks of `marks` lie below
LEAVING_MAX: Final = 999


def leaving_marks(quantity: int) -> tuple[int, ...]:
    """The marks of an exit of so many: none for one."""
    return (LEAVING + min(quantity, LEAVING_MAX),) if quantity > 1 else ()


def leaving(flags: Iterable[int]) -> int:
    """How many left by an exit with these flags. Of several marks the least, whoever wrote them."""
    said = (flag - LEAVING for flag in flags if LEAVING < flag <= LEAVING + LEAVING_MAX)
    return min(said, default=1)


def moved_by(use: Redeem | Exit | Override) -> int:
    """How many persons or pieces an entry speaks of."""
    return leaving(use.flags) if isinstance(use, Exit) else use.quantity
