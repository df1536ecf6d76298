"""What the catalogue's form asks for: words, a shelf, a place, only what can be had now. All stands in the address."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from syncserver.services.catalogue import Catalogue, Product, Shelf

CHARS_MAX = 60
AREA = "area-"  # before the key of an area in the form's field for places
FIELDS = ("q", "shelf", "at", "now")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty fields ask for nothing."""

    text: str
    shelf: str
    place: str  # a point's key, or an area's with AREA in front
    only_now: bool

    @property
    def is_anything(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.text or self.shelf or self.place or self.only_now)

    def of(self, catalogue: Catalogue, can_buy: Callable[[Product], bool]) -> list[Shelf]:
        """The shelves with what fits, those with nothing left out."""
        if not self.is_anything:
            return list(catalogue.shelves)
        words, points = _folded(self.text).split(), self._points(catalogue)
        found = []
        for shelf in catalogue.shelves:
            if self.shelf in ("", shelf.key):
                fits = [one for one in shelf.products if not words or _has_all(_text_of(one, shelf), words)]
                fits = [one for one in fits if points is None or points & set(one.point_keys)]
                fits = [one for one in fits if not self.only_now or can_buy(one)]
                found.append(Shelf(shelf.key, shelf.name, tuple(fits)))
        return [shelf for shelf in found if shelf.products]

    def _points(self, catalogue: Catalogue) -> set[str] | None:
        if not self.place:
            return None
        if self.place.startswith(AREA):
            return {key for key, one in catalogue.points.items() if one.area_key == self.place.removeprefix(AREA)}
        return {self.place}


def search_of(args: Mapping[str, str]) -> Search:
    """What an address asks for."""
    return Search(
        text=args.get("q", "")[:CHARS_MAX].strip(),
        shelf=args.get("shelf", "")[:CHARS_MAX],
        place=args.get("at", "")[:CHARS_MAX],
        only_now=args.get("now") == "1",
    )


def places_to_choose(catalogue: Catalogue) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """(area, its name, (point, its name)) of the places where something of the catalogue is redeemed."""
    used = {key for shelf in catalogue.shelves for product in shelf.products for key in product.point_keys}
    areas: dict[str, tuple[str, list[tuple[str, str]]]] = {}
    for key, point in catalogue.points.items():
        if key in used:
            areas.setdefault(point.area_key, (point.area_name, []))[1].append((key, point.name))
    return [(area, name, points) for area, (name, points) in areas.items()]


def _text_of(product: Product, shelf: Shelf) -> str:
    names = " ".join(choice.name for choice in product.choices)
    return _folded(f"{product.name} {product.sentence} {shelf.name} {names}")


def _has_all(text: str, words: Sequence[str]) -> bool:
    return all(word in text for word in words)


def _folded(text: str) -> str:
    """Without marks and case: who types `tricko` finds `Tričko`."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char for char in apart if not unicodedata.combining(char))
    return plain.translate(_STROKES)


_STROKES = str.maketrans("łøđ", "lod")  # letters with a stroke do not come apart
