"""Bytes of one file into a tree: TOML or YAML by the file's suffix, with limits on depth and count."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from pathlib import PurePosixPath
from typing import Protocol

import yaml

from syncserver.services.event_file.toml_lines import Path, key_lines
from syncserver.services.event_file.tree import DEPTH_MAX, NODES_MAX, BrokenSource, Leaf, Node, Place, Plain, Row, Table

SUFFIXES = (".toml", ".yaml", ".yml")

_INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9][0-9]*)\.[0-9]+")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")
_INTEGER_DIGITS_MAX = 18


def read_tree(raw: bytes, file: str) -> Table:
    """The tree of a TOML or YAML file. Raises BrokenSource with the line and what to do."""
    text = _decoded(raw, file)
    suffix = PurePosixPath(file).suffix.lower()
    if suffix not in SUFFIXES:
        raise BrokenSource(Place(file, 0), f"the name must end in one of {', '.join(SUFFIXES)}: rename the file")
    return _toml_tree(text, file) if suffix == ".toml" else _yaml_tree(text, file)


def _decoded(raw: bytes, file: str) -> str:
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BrokenSource(Place(file, line), "not UTF-8: save the file as UTF-8 text") from error


class _Counter:
    """Counts nodes, so that a small file cannot unfold into a huge tree."""

    def __init__(self) -> None:
        self.nodes = 0

    def enter(self, place: Place, depth: int) -> None:
        self.nodes += 1
        if depth > DEPTH_MAX:
            raise BrokenSource(place, f"nested more than {DEPTH_MAX} levels deep: flatten it")
        if self.nodes > NODES_MAX:
            raise BrokenSource(place, f"more than {NODES_MAX} values: split the event")


# --- TOML -----------------------------------------------------------------------------------------


def _toml_tree(text: str, file: str) -> Table:
    try:
        values = tomllib.loads(text)
        builder = _TomlBuilder(file, key_lines(text))
        tree = builder.node(values, (), Place(file, 1))
    except ValueError as error:  # TOMLDecodeError, or a number with more digits than Python converts
        raise BrokenSource(*_toml_complaint(str(error), text, file)) from error
    except RecursionError as error:
        raise BrokenSource(Place(file, 0), f"nested more than {DEPTH_MAX} levels deep: flatten it") from error
    return tree if isinstance(tree, Table) else Table(Place(file, 1), {})


def _toml_complaint(message: str, text: str, file: str) -> tuple[Place, str]:
    found = _TOML_PLACE.search(message)
    line = int(found.group(1)) if found and found.group(1) else text.count("\n") + 1
    return Place(file, line), f"not TOML: {_TOML_PLACE.sub('', message)}; mend the line"


class _TomlBuilder:
    def __init__(self, file: str, lines: dict[Path, int]) -> None:
        self._file = file
        self._lines = lines
        self._counter = _Counter()

    def node(self, value: object, path: Path, around: Place) -> Node:
        place = Place(self._file, self._lines.get(path, around.line))
        self._counter.enter(place, len(path))
        if isinstance(value, dict):
            return Table(place, {str(key): self.node(inner, (*path, str(key)), place) for key, inner in value.items()})
        if isinstance(value, list):
            return Row(place, tuple(self.node(inner, (*path, at), place) for at, inner in enumerate(value)))
        return Leaf(place, _toml_plain(value))


def _toml_plain(value: object) -> Plain:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return value if isinstance(value, str | int | float | bool) else None


# --- YAML -----------------------------------------------------------------------------------------


def _yaml_tree(text: str, file: str) -> Table:
    try:
        _refuse_aliases(text, file)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise BrokenSource(*_yaml_complaint(error, file)) from error
    except RecursionError as error:
        raise BrokenSource(Place(file, 0), f"nested more than {DEPTH_MAX} levels deep: flatten it") from error
    if not isinstance(root, yaml.MappingNode):
        raise BrokenSource(Place(file, 1), "holds no table: start with `format: 1`")
    return _YamlBuilder(file).table(root, 0)


def _refuse_aliases(text: str, file: str) -> None:
    """A few aliases of aliases unfold into billions of values; an event file has no need of them."""
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise BrokenSource(_at(file, event.start_mark), "aliases (*name) are not taken: write it out")


def _yaml_complaint(error: yaml.YAMLError, file: str) -> tuple[Place, str]:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    return _at(file, mark), f"not YAML: {problem}; mend the line"


class _Mark(Protocol):
    line: int


def _at(file: str, mark: _Mark | None) -> Place:
    return Place(file, mark.line + 1 if mark else 0)


class _YamlBuilder:
    def __init__(self, file: str) -> None:
        self._file = file
        self._counter = _Counter()

    def table(self, node: yaml.MappingNode, depth: int) -> Table:
        place = self._place(node)
        self._counter.enter(place, depth)
        nodes: dict[str, Node] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in nodes:
                raise BrokenSource(self._place(key_node), f"{key!r} stands here twice: remove one")
            nodes[key] = self._at_key(self._node(value_node, depth + 1), self._place(key_node))
        return Table(place, nodes)

    def _node(self, node: yaml.Node, depth: int) -> Node:
        if isinstance(node, yaml.MappingNode):
            return self.table(node, depth)
        place = self._place(node)
        self._counter.enter(place, depth)
        if isinstance(node, yaml.SequenceNode):
            return Row(place, tuple(self._node(inner, depth + 1) for inner in node.value))
        is_plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return Leaf(place, _yaml_plain(str(node.value), is_plain=is_plain))

    def _key(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise BrokenSource(self._place(node), "a key must be a single word: write `key: value`")
        return str(node.value)

    def _at_key(self, node: Node, place: Place) -> Node:
        """People look for a value where its key stands, not where its block begins."""
        match node:
            case Table():
                return Table(place, node.nodes)
            case Row():
                return Row(place, node.nodes)
            case Leaf():
                return Leaf(place, node.value)

    def _place(self, node: yaml.Node) -> Place:
        return _at(self._file, node.start_mark)


def _yaml_plain(text: str, *, is_plain: bool) -> Plain:
    """Only true, false, null and decimal numbers are more than text.

    YAML 1.1 would read 11:30 as 690 and `no` as false; times of day and country codes are in every event file.
    """
    if not is_plain:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if len(text) <= _INTEGER_DIGITS_MAX and _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if len(text) <= _INTEGER_DIGITS_MAX and _DECIMAL.fullmatch(text) else text
