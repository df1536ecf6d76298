"""The room for lines of a verdict: what is more shares a line or is counted, and nothing is left out. No Kivy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from kiosk.ui.catalogue import Texts
from kiosk.ui.picture import Line, Weight

LINES_MAX: Final = 6


def in_room(lines: Iterable[Line], more: int = 0) -> tuple[Line, ...]:
    """As many lines as there is room for, one less where so many `more` follow; the least strong share, from the end.

    A flag such as a double use, or what staff is to look at, is worth more than a line of its own for what is left.
    """
    found = list(lines)
    while len(found) > LINES_MAX - (more > 0):
        quiet = [at for at, line in enumerate(found) if line.weight is not Weight.STRONG]
        first, last = quiet[-2:] if len(quiet) > 1 else (len(found) - 2, len(found) - 1)
        weight = Weight.STRONG if Weight.STRONG in {found[first].weight, found[last].weight} else found[first].weight
        found[first] = Line(f"{found[first].text} · {found[last].text}", weight)
        del found[last]
    return tuple(found)


def listed(lines: Sequence[Line], room: int, texts: Texts) -> tuple[Line, ...]:
    """Items of a list, as many as there is room for, and how many more there are."""
    if len(lines) <= room:
        return tuple(lines)
    told = lines[: room - 1]
    return (*told, Line(texts.pair(texts("more_items"), str(len(lines) - len(told)))))
