"""Texts that stand beside each other are of one size: that of the one that must be smallest. No Kivy."""

from __future__ import annotations

import math
import weakref
from typing import Protocol


class Member(Protocol):
    """Something with a size of its own."""

    def settle_again(self) -> None:
        """The size of all has changed."""
        ...


class Alike:
    """All members of one row, grid or list."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._own: weakref.WeakKeyDictionary[Member, float] = weakref.WeakKeyDictionary()

    def settle(self, member: Member, own: float) -> float:
        """The size of all, now that this one would have `own`; the others hear if it is another than before."""
        before = self._least
        self._own[member] = own
        self._tell(before, member)
        return self._least

    def leave(self, member: Member) -> None:
        """It shows nothing now: it holds nobody down."""
        before = self._least
        self._own.pop(member, None)
        self._tell(before, member)

    @property
    def _least(self) -> float:
        return min(self._own.values(), default=math.inf)

    def _tell(self, before: float, member: Member) -> None:
        if self._least != before:
            for other in list(self._own):
                if other is not member:
                    other.settle_again()
