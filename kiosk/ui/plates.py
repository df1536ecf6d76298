"""Plates and orders as people read them: one form of each on every screen, however it was typed. No Kivy."""

from __future__ import annotations

import re
from typing import Final

from common.search_index import plate_of

_ORDER_CHARS: Final = 6
_LETTERS_IN_PLATE: Final = 3  # of one word of it; a word of more letters, and no digit, is of a name
_CZECH: Final = re.compile(r"\d[A-Z][A-Z0-9]?\d{4}")  # 1AB 2345, 5A8 2317, and 1A 2345 of motorcycles
_GROUPS: Final = re.compile(r"\d+|[^\W\d_]+")


def plate_shown(plate: str) -> str:
    """In capitals, in groups. The list to search in has plates without blanks, so what was written is not known."""
    plain = plate_of(plate)
    if _CZECH.fullmatch(plain):
        return f"{plain[:-4]} {plain[-4:]}"
    return " ".join(_GROUPS.findall(plain))


def is_name(query: str) -> bool:
    """Whether what was typed is a name, not a plate or an order: it has no digit, or a word too long for a plate's."""
    words = query.split()
    long_ones = [word for word in words if word.isalpha() and len(word) > _LETTERS_IN_PLATE]
    return bool(long_ones) or not any(char.isdigit() for char in query)


def is_order(query: str) -> bool:
    """Whether it looks like an order's code: those are read out as one word."""
    return len(query) == _ORDER_CHARS and query.isascii() and query.isalnum()
