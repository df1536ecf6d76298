"""The longest texts of a real event: what the demo event's files say, per language."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from kiosk.ui.catalogue import LANGUAGES

EVENT: Final = Path(__file__).parents[2] / "packaging" / "demo-event"


@functools.cache
def longest(what: str, count: int = 1) -> tuple[Mapping[str, str], ...]:
    """The `count` longest per language of "ticket", "item", "gate", "stand", "handout" or "variant"."""
    found = list(_TEXTS[what]())
    ranked = {language: _ranked(found, language) for language in LANGUAGES}
    return tuple({language: ranked[language][at] for language in LANGUAGES} for at in range(count))


def _ranked(found: Iterable[Mapping[str, str]], language: str) -> list[str]:
    return sorted({names[language] for names in found}, key=lambda text: (-len(text), text))


def _rows(table: str) -> Iterator[Mapping[str, Any]]:
    for path in sorted(EVENT.glob("*.toml")):
        yield from tomllib.loads(path.read_text(encoding="utf-8")).get(table, {}).values()


def _named(table: str, kind: str) -> Iterator[Mapping[str, str]]:
    """Names, with that of the longest variant behind a product's."""
    for row in _rows(table):
        if row["kind"] == kind:
            variants = [_spoken(one["name"]) for one in row.get("variants", {}).values()]
            yield {one: " ".join([row["name"][one], _longest_of(variants, one)]).strip() for one in LANGUAGES}


def _variants() -> Iterator[Mapping[str, str]]:
    """Names of variants."""
    return (_spoken(one["name"]) for row in _rows("products") for one in row.get("variants", {}).values())


def _spoken(name: str | Mapping[str, str]) -> Mapping[str, str]:
    """A size is called the same everywhere, and is written once."""
    return dict.fromkeys(LANGUAGES, name) if isinstance(name, str) else name


def _longest_of(names: Iterable[Mapping[str, str]], language: str) -> str:
    return max((one[language] for one in names), key=len, default="")


def _lines(what: str) -> Iterator[Mapping[str, str]]:
    return (row[what] for row in _rows("products") if what in row)


_TEXTS: Final = {
    "ticket": lambda: _named("products", "ticket"),
    "item": lambda: _named("products", "item"),
    "gate": lambda: _named("points", "gate"),
    "stand": lambda: _named("points", "stand"),
    "handout": lambda: _lines("handout"),
    "variant": _variants,
}
