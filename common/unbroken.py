"""Spaces at which a line must not end, set where texts are loaded: whoever writes one types plain spaces."""

from __future__ import annotations

import re
from typing import Final

UNBROKEN: Final = "\u00a0"  # a space that ends no line

_FRENCH: Final = re.compile(r" (?=[:;?!»])|(?<=«) ")
_ONE_LETTER: Final = {  # words of one letter belong to the next word (ČSN 01 6910; Polish usage alike)
    "cs": re.compile(r"(?<!\w)([AIKOSUVZaikosuvz]) (?=\w)"),
    "pl": re.compile(r"(?<!\w)([AIOUWZaiouwz]) (?=\w)"),
}
_UNIT: Final = re.compile(r"(?<=\}) (?=(?:%|×|s|min|h|ms|d|T|j|g|godz)(?!\w))")  # {n} min
_NUMBER: Final = re.compile(r"(?<=:) (?=[\d+−-])")  # Left: 3


def told_whole(text: str) -> str:
    """A text whose fields are filled in: no line ends between a colon and the number behind it."""
    return _NUMBER.sub(UNBROKEN, text)


def unbroken(text: str, language: str) -> str:
    """The text with unbroken spaces: before French signs, after words of one letter, between a number and its unit.

    Of numbers only those are seen that are still to be filled in: `{n} min`.
    """
    bound = _UNIT.sub(UNBROKEN, text)
    if language == "fr":
        return _FRENCH.sub(UNBROKEN, bound)
    return _ONE_LETTER[language].sub(rf"\1{UNBROKEN}", bound) if language in _ONE_LETTER else bound
