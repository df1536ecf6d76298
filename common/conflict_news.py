"""News of conflicts inside a message's text: words for whoever knows no better, then one line for programs.

A kiosk words what the line says in its own language. One that does not know the line shows the text as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

DIGEST_HEX_CHARS: Final = 8  # of a use: enough to tell the uses of one kiosk apart
_MARK: Final = "#conflicts1"
_USE: Final = r"-?\d{1,12}@\d{1,9}@[0-9a-f]{8}"
_TOLD: Final = rf"[a-z_]{{1,40}} \d{{1,9}}(?: {_USE}){{0,2}}"
_LINE: Final = re.compile(rf"{_MARK} \+(\d{{1,6}}); ({_TOLD}(?:; {_TOLD})*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ToldUse:
    """One use of a ticket: when, where, and how its digest begins, in hex."""

    time_s: int
    point: int
    digest: str


@dataclass(frozen=True, slots=True)
class ToldConflict:
    """One conflict: the word of its kind, which a kiosk may not know, the product's number, its uses."""

    kind: str
    product: int
    uses: tuple[ToldUse, ...]


@dataclass(frozen=True, slots=True)
class ConflictNews:
    """What a message tells: some conflicts, and how many more there are."""

    told: tuple[ToldConflict, ...]
    more: int = 0


def with_news(lines: Sequence[str], news: ConflictNews, characters_max: int) -> str:
    """The text of a message: as many of the lines as there is room for, and the line for programs whole."""
    last = f"{_MARK} +{news.more}; " + "; ".join(map(_written, news.told))
    room = characters_max - len(last)
    kept = ""
    for line in lines:
        if len(kept) + len(line) + 1 > room:
            break
        kept += f"{line}\n"
    return kept + last


def split_news(text: str) -> tuple[str, ConflictNews | None]:
    """The words of a message, and what it tells of conflicts; None where it is about something else."""
    words, _, last = text.rpartition("\n")
    parsed = _LINE.fullmatch(last)
    if parsed is None:
        return text, None
    return words, ConflictNews(tuple(map(_read, parsed[2].split("; "))), int(parsed[1]))


def _written(one: ToldConflict) -> str:
    uses = (f" {use.time_s}@{use.point}@{use.digest}" for use in one.uses)
    return f"{one.kind} {one.product}{''.join(uses)}"


def _read(text: str) -> ToldConflict:
    kind, product, *uses = text.split(" ")
    parts = [use.split("@") for use in uses]
    return ToldConflict(kind, int(product), tuple(ToldUse(int(at), int(point), digest) for at, point, digest in parts))
