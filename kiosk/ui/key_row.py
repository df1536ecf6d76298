"""Where the keys of a picture stand: one corner goes on without harm, the other one is for what overrides. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.ui.picture import BackToFound, Button, Choose, Confirm, GoOn, Override, PickVariant, Reply, Undo

QUARTERS, THIRDS = 4, 3  # of a row: wide, and where the screen is narrow
_HARMLESS: Final = (GoOn, BackToFound)
_ANSWERS: Final = (Confirm, Choose, Reply)
_PARTED: Final = (Override, Undo)  # what never stands where an answer stood


def is_harmless(button: Button) -> bool:
    """Whether it goes on, or back, and does nothing else: the first of a row does, in the corner touched by habit."""
    return isinstance(button.action, _HARMLESS)


def is_parted(button: Button) -> bool:
    """Whether it overrides or takes back."""
    return isinstance(button.action, _PARTED)


def is_offer(button: Button) -> bool:
    """Whether it is a tile of its own above the keys: something to choose."""
    action = button.action
    return isinstance(action, PickVariant) or (isinstance(action, Choose) and action.quantity is None)


def shares(keys: Sequence[Button], of: int) -> tuple[int, ...]:
    """The width of each key, in so many parts of the row; one number more than there are keys is a part left free.

    The last part is for what overrides or takes back, so an answer never stands there: who touches "Confirm" twice
    touches "Next" the second time.
    """
    answers = len(keys) > 1 and isinstance(keys[1].action, _ANSWERS)
    if not 1 < len(keys) < of or not (answers or is_parted(keys[-1])):
        return (1,) * len(keys)
    free = () if is_parted(keys[-1]) else (1,)
    parts = [1] * len(keys)
    parts[1 if answers else 0] += of - len(keys) - len(free)
    return (*parts, *free)
