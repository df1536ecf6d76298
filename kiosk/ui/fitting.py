"""The largest size at which a text fits its box whole, wrapped at words. No Kivy: widths come in as a function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WordWidth = Callable[[str], float]  # of a word at size 1
LINE_HEIGHT = 1.42  # of Noto Sans, share of its size, measured with room for accents
SLACK = 1.03  # a font's widths do not grow quite evenly with its size
STEP = 0.94
SCALE_LEAST = 0.2
NOTE_LEAST = 60  # letters
EDGE = 2.0  # pixels of a line's height that rounding may take


@dataclass(frozen=True, slots=True)
class Sized:
    """A text with the size it has where there is room."""

    text: str
    size: float
    word_width: WordWidth

    def height(self, width: float, scale: float) -> float:
        """How high it is in this width at a share of its size; endless where a word of it is wider."""
        size = self.size * scale
        rows = rows_in(self.text, width / size, self.word_width)
        return float("inf") if rows is None else rows * LINE_HEIGHT * size + EDGE


def stack_scale(texts: Sequence[Sized], width: float, height: float) -> float:
    """The largest share of their sizes, the same for all, at which texts fit one below the other."""
    scale = 1.0
    while scale > SCALE_LEAST and sum(text.height(width, scale) for text in texts) > height:
        scale *= STEP
    return scale


@dataclass(frozen=True, slots=True)
class Shares:
    """A box that what is loud and the lines below it divide by these shares of its height."""

    size: tuple[float, float]
    loud: float
    lines: float


WORD, HEADLINE, LINES = 1.25, 0.9, 1.5  # shares of a verdict's height
HEADLINE_OF_ONE_ROW, QUESTION = 0.62, 1.25


def shared(size: tuple[float, float], headline_rows: int | None, loud: float) -> Shares:
    """A verdict's height where what is loud keeps this share of its room.

    What a headline of one row leaves is for the lines below it, so that the word stands where it always does.
    """
    headline = HEADLINE_OF_ONE_ROW if headline_rows is not None and headline_rows <= 1 else HEADLINE
    return Shares(size, (WORD + headline) * loud, LINES + (HEADLINE - headline) * loud)


def asking(size: tuple[float, float], loud: float) -> Shares:
    """The same where the headline is a question that tiles below answer: it keeps room for two rows."""
    return Shares(size, WORD * loud + QUESTION, LINES)


def giving_way(texts: Sequence[Sized], boxes: Sequence[Shares], least: float) -> int:
    """Which of these boxes, the roomiest last, is the first in which no line is smaller than `least`; else the last."""
    return next((at for at, box in enumerate(boxes) if is_read(texts, box, least)), len(boxes) - 1)


def is_read(texts: Sequence[Sized], box: Shares, least: float) -> bool:
    """Whether no line is smaller than `least`, or than it would be anyhow."""
    (width, height), smallest = box.size, min((text.size for text in texts), default=least)
    if min(box.size) <= 1:
        return True
    room = height * box.lines / (box.lines + box.loud)
    return smallest * stack_scale(texts, width, room) >= min(least, smallest)


def beginning(note: str, is_enough: Callable[[str], bool]) -> str:
    """As much of a note as there is room for, to the end of a word; never less than its first words."""
    words = note.split(" ")
    for count in range(len(words) - 1, 0, -1):
        told = " ".join(words[:count]).rstrip(",.;:") + "…"
        if len(told) < NOTE_LEAST:
            break
        if is_enough(told):
            return told
        note = told
    return note


def rows_in(text: str, width: float, word_width: WordWidth) -> int | None:
    """The rows of a text of size 1 in a width; None where one of its words is wider."""
    rows = 0
    for line in text.split("\n"):
        widths = [word_width(word) * SLACK for word in line.split(" ") if word]
        if any(wide > width for wide in widths):
            return None
        rows += _lines(widths, word_width(" "), width)
    return rows


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
