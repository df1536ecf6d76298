"""From files to a checked event file: includes, sections, pictures; nothing half."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from common.rules import ProductKind
from syncserver.services.event_file.check import check_event_file
from syncserver.services.event_file.fields import Fields, Known, Problems
from syncserver.services.event_file.model import EventFile, Loaded, PictureFile, Problem, Rejected
from syncserver.services.event_file.read_event import (
    frame,
    read_areas,
    read_categories,
    read_event,
    read_parking,
    read_quotas,
    read_vat,
    read_waves,
)
from syncserver.services.event_file.read_offers import read_offers
from syncserver.services.event_file.read_points import read_points
from syncserver.services.event_file.read_products import read_products
from syncserver.services.event_file.sources import read_tree
from syncserver.services.event_file.tree import BrokenSource, Leaf, Node, Place, Table

FORMAT = 1
TEXT_BYTES_MAX = 4 * 1024 * 1024  # the file and all it includes
PICTURE_BYTES_MAX = 256 * 1024
PICTURES_BYTES_MAX = 64 * 1024 * 1024
INCLUDES_MAX = 50
SECTIONS = ("legal", "vat", "areas", "categories", "quotas", "parking", "waves", "products", "points", "offers")

ReadFile = Callable[[str, int], bytes | None]
"""Bytes of a file by its name beside the event file, at most one more than asked for; None where it cannot be read."""

_INCLUDED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(?:/[A-Za-z0-9][A-Za-z0-9_.-]*){0,4}")
_MAGIC = {
    "image/webp": re.compile(rb"RIFF.{4}WEBP", re.DOTALL),
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
}
_MEDIA_TYPES = {".webp": "image/webp", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}


def load(path: Path) -> Loaded | Rejected:
    """Read an event file from disk with what it includes and its pictures, all from its own folder."""
    folder = path.parent.resolve()

    def read(name: str, bytes_max: int) -> bytes | None:
        try:
            inside = (folder / name).resolve()
            inside.relative_to(folder)  # a symbolic link must not lead out of the folder
            if not inside.is_file():  # opening a pipe would wait for ever
                return None
            with inside.open("rb") as file:
                return file.read(bytes_max + 1)
        except (OSError, ValueError):
            return None

    return parse(path.name, read)


def parse(name: str, read: ReadFile) -> Loaded | Rejected:
    """Turn the file of this name into values, or say everything that is wrong. Does no I/O but through `read`."""
    problems = Problems()
    merged = _Sources(problems, read).merge(name)
    event_file = _read_sections(merged, problems) if merged else None
    pictures = _read_pictures(event_file, merged, problems, read) if event_file and merged else ()
    if problems.wrong or event_file is None:
        return Rejected(_in_order(problems.wrong))
    return Loaded(event_file, pictures, _in_order(problems.warned))


def _in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.line)))


# --- files into one tree --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Merged:
    event: Table
    sections: dict[str, Table]


class _Sources:
    """Reads the main file and its includes, and lays their sections together."""

    def __init__(self, problems: Problems, read: ReadFile) -> None:
        self._problems = problems
        self._read = read
        self._bytes_left = TEXT_BYTES_MAX
        self._sections: dict[str, dict[str, Node]] = {name: {} for name in SECTIONS}
        self._places: dict[str, Place] = {}

    def merge(self, name: str) -> _Merged | None:
        main = self._tree(name, Place(name, 0), "")
        if main is None or not self._is_known_format(main):
            return None
        self._take_sections(main, ("format", "include", "event"))
        for place, included in self._includes(main):
            tree = self._tree(included, place, "include")
            if tree is not None:
                self._take_sections(tree, ())
        event = main.nodes.get("event")
        if not isinstance(event, Table):
            self._problems.refuse(Place(name, 1), "event", "is missing: add the table [event]")
            return None
        tables = {key: Table(self._places.get(key, Place(name, 1)), nodes) for key, nodes in self._sections.items()}
        return _Merged(event, tables)

    def _tree(self, name: str, place: Place, path: str) -> Table | None:
        raw = self._read(name, self._bytes_left)
        if raw is None:
            where = "put it beside the event file, readable" if path else "name a file that is there and readable"
            self._problems.refuse(place, path, f"cannot read {name!r}: {where}")
            return None
        self._bytes_left -= len(raw)
        if self._bytes_left < 0:
            self._problems.refuse(place, path, f"more than {TEXT_BYTES_MAX} bytes in all: split the event")
            return None
        try:
            return read_tree(raw, name)
        except BrokenSource as broken:
            self._problems.refuse(broken.place, "", broken.text)
            return None

    def _is_known_format(self, main: Table) -> bool:
        node = main.nodes.get("format")
        if isinstance(node, Leaf) and node.value == FORMAT and not isinstance(node.value, bool):
            return True
        place = node.place if node else Place(main.place.file, 1)
        self._problems.refuse(place, "format", f"must be {FORMAT}: write format = {FORMAT}, or use a newer version")
        return False

    def _includes(self, main: Table) -> list[tuple[Place, str]]:
        fields = Fields(main, "", Known(self._problems, ZoneInfo("UTC")))
        words = fields.words("include", INCLUDES_MAX)
        good: list[tuple[Place, str]] = []
        for place, word in words:
            if not _INCLUDED.fullmatch(word) or ".." in word:
                self._problems.refuse(place, "include", f"{word!r} is no file beside this one: name it without .. or /")
            elif word in [name for _, name in good]:
                self._problems.refuse(place, "include", f"names {word!r} twice: remove one")
            else:
                good.append((place, word))
        return good

    def _take_sections(self, tree: Table, others: tuple[str, ...]) -> None:
        for name, node in tree.nodes.items():
            if name in others:
                continue
            if name not in SECTIONS:
                self._problems.refuse(node.place, name, f"unknown section; known: {', '.join((*others, *SECTIONS))}")
            elif isinstance(node, Table):
                self._places.setdefault(name, node.place)
                self._take_keys(name, node)
            else:
                self._problems.refuse(node.place, name, "is no section: write a table")

    def _take_keys(self, section: str, table: Table) -> None:
        into = self._sections[section]
        for key, node in table.nodes.items():
            if key in into:
                first = into[key].place
                text = f"stands already in {first.file}:{first.line}: rename or remove one"
                self._problems.refuse(node.place, f"{section}.{key}", text)
            else:
                into[key] = node


# --- tree into values -----------------------------------------------------------------------------


def _read_sections(merged: _Merged, problems: Problems) -> EventFile:
    first = Known(problems, ZoneInfo("UTC"))
    known = replace(
        frame(Fields(merged.event, "event", first)),
        keys={name: {key: node.place for key, node in table.nodes.items()} for name, table in merged.sections.items()},
        tickets=_of_kind(merged.sections["products"], ProductKind.TICKET),
        of_category=_by_category(merged.sections["products"]),
    )
    section = {name: Fields(table, name, known) for name, table in merged.sections.items()}
    event_file = EventFile(
        event=read_event(Fields(merged.event, "event", known), section["legal"]),
        vat_rates=read_vat(section["vat"]),
        areas=read_areas(section["areas"]),
        categories=read_categories(section["categories"]),
        quotas=read_quotas(section["quotas"]),
        parking_areas=read_parking(section["parking"]),
        waves=read_waves(section["waves"]),
        products=read_products(section["products"]),
        points=read_points(section["points"]),
        offers=read_offers(section["offers"]),
    )
    check_event_file(event_file, known)
    return event_file


def _word(node: Node, key: str) -> object:
    inner = node.nodes.get(key) if isinstance(node, Table) else None
    return inner.value if isinstance(inner, Leaf) else None


def _of_kind(products: Table, kind: ProductKind) -> tuple[str, ...]:
    return tuple(key for key, node in products.nodes.items() if _word(node, "kind") == kind.value)


def _by_category(products: Table) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for key, node in products.nodes.items():
        if isinstance(category := _word(node, "category"), str):
            found.setdefault(category, []).append(key)
    return {category: tuple(keys) for category, keys in found.items()}


# --- pictures -------------------------------------------------------------------------------------


def _read_pictures(
    event_file: EventFile, merged: _Merged, problems: Problems, read: ReadFile
) -> tuple[PictureFile, ...]:
    found: dict[str, PictureFile] = {}
    bytes_left = PICTURES_BYTES_MAX
    for product in event_file.products:
        path = product.picture
        if not path or path in found or problems.touch(f"products.{product.key}.picture"):
            continue
        place = _picture_place(merged.sections["products"].nodes[product.key])
        picture = _picture(path, read(path, PICTURE_BYTES_MAX))
        bytes_left -= len(picture.data) if isinstance(picture, PictureFile) else 0
        if isinstance(picture, str):
            problems.refuse(place, f"products.{product.key}.picture", picture)
        elif bytes_left < 0:
            problems.refuse(place, f"products.{product.key}.picture", f"all pictures exceed {PICTURES_BYTES_MAX} bytes")
            break
        else:
            found[path] = picture
    return tuple(found.values())


def _picture_place(product: Node) -> Place:
    node = product.nodes.get("picture") if isinstance(product, Table) else None
    return node.place if node else product.place


def _picture(path: str, data: bytes | None) -> PictureFile | str:
    """The picture, or what is wrong with it."""
    if data is None:
        return f"cannot read {path!r}: put the picture beside the event file, readable"
    if len(data) > PICTURE_BYTES_MAX:
        return f"{path!r} is larger than {PICTURE_BYTES_MAX} bytes: make it smaller"
    media_type = _MEDIA_TYPES[PurePosixPath(path).suffix]
    if not _MAGIC[media_type].match(data):
        return f"{path!r} is no {media_type}: save it again in that format"
    return PictureFile(path, media_type, hashlib.sha256(data).digest(), data)
