"""The largest size at which a text fits its box whole, wrapped at words. No Kivy: widths come in as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

WordWidth = Callable[[str], float]  # of a word at size 1
LINE_HEIGHT = 1.42  # of Noto Sans, share of its size, measured with room for accents
SLACK = 1.03  # a font's widths do not grow quite evenly with its size
STEP = 0.94


def fitting_size(
    text: str, width: float, height: float, largest: float, smallest: float, word_width: WordWidth
) -> float:
    """A size from `largest` downwards at which `text` fits `width` x `height`; `smallest` if none does.

    No word is ever broken: a word wider than the box makes the size smaller.
    """
    size = largest
    paragraphs = [[(word, word_width(word)) for word in line.split(" ") if word] for line in text.split("\n")]
    blank = word_width(" ")
    while size > smallest and not _fits(paragraphs, blank, width / size, height / size):
        size *= STEP
    return max(size, smallest)


def _fits(paragraphs: Sequence[Sequence[tuple[str, float]]], blank: float, width: float, height: float) -> bool:
    """Whether the words, at size 1, fit a box measured in sizes."""
    lines = 0
    for words in paragraphs:
        if any(wide * SLACK > width for _, wide in words):
            return False
        lines += _lines([wide * SLACK for _, wide in words], blank, width)
    return lines * LINE_HEIGHT <= height


def _lines(widths: Sequence[float], blank: float, width: float) -> int:
    lines, used = 1, 0.0
    for wide in widths:
        if used and used + blank + wide > width:
            lines, used = lines + 1, wide
        else:
            used += wide + (blank if used else 0.0)
    return lines
