"""What holds for any bytes, any values and both notations."""

from __future__ import annotations

import json
import tomllib

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from syncserver.services.event_file.model import Loaded, Rejected
from syncserver.services.event_file.sources import read_tree
from syncserver.services.event_file.toml_lines import key_lines
from syncserver.services.event_file.tree import BrokenSource, Leaf, Node, Row, Table
from tests.unit.syncserver.services.event_file.samples import SMALL, good, read

NAMES = st.sampled_from(["a.toml", "a.yaml"])
TEXTS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\x85\u2028\u2029"), max_size=30)
LEAVES = st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
KEYS = st.text("abcz_09-. \"'é", min_size=1, max_size=6)
TREES = st.dictionaries(KEYS, st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3), max_leaves=6), max_size=5)


@given(NAMES, st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="ignore")))
@example("a.toml", b'x = "\\ud800"')
@example("a.toml", b"x = 1979-05-27T07:32:00")
@example("a.yaml", b"? [a]\n: 1")
@example("a.yaml", b"a: !!python/object:os.system {}")
def test_any_bytes_are_rejected_with_a_reason(name: str, raw: bytes) -> None:
    result = read({name: raw}, name)
    assert isinstance(result, Rejected)
    assert all(problem.text and problem.line >= 0 for problem in result.problems)


@settings(max_examples=60)
@given(st.integers(0, len(SMALL) - 1), st.sampled_from(["", '"', "[", "]", "{", "=", "\n", "#", "0", "\\", "'''"]))
def test_a_good_file_with_one_character_changed_is_read_or_rejected(at: int, instead: str) -> None:
    assert isinstance(read({"small.toml": SMALL[:at] + instead + SMALL[at + 1 :]}), Loaded | Rejected)


@given(TREES)
def test_toml_keeps_every_value_and_knows_its_line(values: dict[str, object]) -> None:
    lines = [f"{_toml(key)} = {_toml(value)}" for key, value in values.items()]
    tree = read_tree("\n\n".join(lines).encode(), "a.toml")
    assert _plain(tree) == values
    assert [node.place.line for node in tree.nodes.values()] == [1 + 2 * number for number in range(len(values))]


@given(TREES)
def test_yaml_keeps_every_value(values: dict[str, object]) -> None:
    text = yaml.safe_dump({"format": 1, **values}, allow_unicode=True, default_style='"', sort_keys=False)
    quoted = json.loads(json.dumps({"format": 1, **values}), parse_int=str, parse_constant=str)
    assert _plain(read_tree(text.encode(), "a.yaml")) == _as_text(quoted)


def _toml(value: object) -> str:
    """A value in TOML; no JSON here, whose surrogate pairs TOML does not take."""
    if isinstance(value, list):
        return "[" + ", ".join(_toml(inner) for inner in value) + "]"
    if isinstance(value, str):
        return '"' + "".join(char if char.isalnum() else f"\\U{ord(char):08x}" for char in value) + '"'
    return str(value).lower()


def _plain(node: Node) -> object:
    match node:
        case Table():
            return {key: _plain(inner) for key, inner in node.nodes.items()}
        case Row():
            return [_plain(inner) for inner in node.nodes]
        case Leaf():
            return node.value


def _as_text(value: object) -> object:
    """Everything quoted is text; YAML's dumper writes booleans as words."""
    match value:
        case dict():
            return {key: _as_text(inner) for key, inner in value.items()}
        case list():
            return [_as_text(inner) for inner in value]
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def test_yaml_and_toml_say_the_same() -> None:
    values = tomllib.loads(SMALL)
    values["event"]["ends"] = "2028-07-09 23:00"
    text = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    assert good(text, "small.yaml") == good(SMALL)


def test_yaml_does_not_turn_times_and_words_into_something_else() -> None:
    tree = read_tree(b"a: 11:30\nb: no\nc: 0x1f\nd: 2028-07-06\ne: 1_000\nf: '12'\ng: 12\nh: 1.5\ni: ~\n", "a.yaml")
    assert [_plain(node) for node in tree.nodes.values()] == [
        "11:30",
        "no",
        "0x1f",
        "2028-07-06",
        "1_000",
        "12",
        12,
        1.5,
        None,
    ]


LINES = {
    "dotted.key": ('a.b = 1\na."c d" = 2\n', ("a", "c d"), 2),
    "array of tables": ("[[a]]\nx = 1\n[[a]]\nx = 2\n[a.b]\ny = 3\n", ("a", 1, "b", "y"), 6),
    "list over lines": ('a = [\n  "x", # [\n  "y",\n]\nb = 1\n', ("a", 1), 3),
    "after the list": ('a = [\n  "x", # [\n  "y",\n]\nb = 1\n', ("b",), 5),
    "long string": ('a = """\n[b]\n\\"""\n"""\nb = 1\n', ("b",), 5),
    "string that ends in quotes": ('a = """x"""""\nb = 1\n', ("b",), 2),
    "literal string": ("a = '''\n'x' = 1\n'''\nb = 1\n", ("b",), 4),
    "inline table": ('a = { b = "}", c = { d = [1, 2] } } # x\ne = 1\n', ("a", "c", "d"), 1),
    "behind an inline table": ('a = { b = "}", c = { d = [1, 2] } } # x\ne = 1\n', ("e",), 2),
}


def test_lines_are_found_in_every_way_of_writing() -> None:
    for what, (text, path, line) in LINES.items():
        tomllib.loads(text)
        assert key_lines(text)[path] == line, what


@given(st.integers(13, 40))
def test_depth_is_bounded(depth: int) -> None:
    for name, raw in (("a.toml", "x = " + "[" * depth + "]" * depth), ("a.yaml", "x: " + "[" * depth + "]" * depth)):
        try:
            read_tree(raw.encode(), name)
        except BrokenSource as broken:
            assert "levels deep" in broken.text  # noqa: PT017 - both notations in one claim
        else:
            raise AssertionError(name)
