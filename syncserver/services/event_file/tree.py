"""TOML and YAML as one kind of tree, in which every node knows the file and line it stands on."""

from __future__ import annotations

from dataclasses import dataclass

DEPTH_MAX = 12
NODES_MAX = 200_000

Plain = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands; `line` counts from 1, 0 means the file as a whole."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A single value. Dates and times are text in ISO form."""

    place: Place
    value: Plain


@dataclass(frozen=True, slots=True)
class Row:
    """A list."""

    place: Place
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with text keys, in the file's order."""

    place: Place
    nodes: dict[str, Node]


Node = Leaf | Row | Table


class BrokenSource(Exception):
    """The text is no TOML or YAML we take; nothing else of this file can be said."""

    def __init__(self, place: Place, text: str) -> None:
        super().__init__(text)
        self.place = place
        self.text = text


def describe(node: Node) -> str:
    """What kind of value this is, for error texts."""
    match node:
        case Table():
            return "a table"
        case Row():
            return "a list"
        case Leaf(value=None):
            return "nothing"
        case Leaf(value=bool()):
            return "true or false"
        case Leaf(value=int()):
            return "a whole number"
        case Leaf(value=float()):
            return "a decimal number"
        case _:
            return "text"
