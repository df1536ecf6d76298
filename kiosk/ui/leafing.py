"""More choices than fit on a screen: one page of them, and what the button says that leads to the others. No Kivy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from kiosk.ui.picture import Button

CHOICES_PER_PAGE: Final = 12  # buttons of a size a glove can hit


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of choices. `others` names the next ones ("13–24 / 40"), behind the last the first; empty: none."""

    choices: tuple[Button, ...]
    others: str = ""


def leaf_of(choices: Sequence[Button], at: int) -> Leaf:
    """The page `at`, counted on and on: behind the last page the first one comes again."""
    count = max(1, -(-len(choices) // CHOICES_PER_PAGE))
    shown, following = _page(choices, at % count), _page(choices, (at + 1) % count)
    if count == 1:
        return Leaf(tuple(shown))
    first = (at + 1) % count * CHOICES_PER_PAGE + 1
    last = first + len(following) - 1
    span = f"{first}" if first == last else f"{first}–{last}"
    return Leaf(tuple(shown), f"{span} / {len(choices)}")


def _page(choices: Sequence[Button], at: int) -> Sequence[Button]:
    return choices[at * CHOICES_PER_PAGE : (at + 1) * CHOICES_PER_PAGE]
