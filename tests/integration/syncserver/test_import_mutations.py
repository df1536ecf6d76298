"""An event file that people or programs have spoilt: told by the line or taken whole, and what is sold stays sold."""

from __future__ import annotations

import copy
import random
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncserver.db.engine import Database
from syncserver.db.tables import all_tables
from syncserver.services.event_file.load import TEXT_BYTES_MAX, parse
from syncserver.services.event_file.model import Loaded, Rejected
from syncserver.services.import_event import import_event
from syncserver.services.import_refused import ImportRefused
from tests.support.kept_schema import put_schema
from tests.support.server_world import Server, make_server
from tests.support.small_event import TOML

DEMO = Path(__file__).resolve().parents[3] / "packaging" / "demo-event"
FILES = {path.name: path.read_bytes() for path in sorted(DEMO.glob("*.toml"))}
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, True, -1, 0, 2**31, 2**53 + 1, 2**63, 2**64, 10**17, 1e308, float("inf"), float("nan"), "", "x" * 300,
        "\x00", "ž", "four_days", "lunch", "2028-13-40 99:99", "0001-01-01 00:00", "9999-12-31 23:59", "00:00-24:00",
        [], ["x"], ["lunch", "lunch"], [[]], {}, {"cs": "x"}, {"x": {"y": {}}},
    ]
)  # fmt: skip


WAYS = ("cut", "bytes", "twice", "line", "latin")


def taken(files: dict[str, bytes], name: str) -> Loaded | Rejected:
    """Parse files held in memory."""

    def read(wanted: str, bytes_max: int) -> bytes | None:
        found = files.get(wanted)
        if found is None and wanted.startswith("pictures/"):
            found = (DEMO / wanted).read_bytes() if (DEMO / wanted).is_file() else None
        return None if found is None else found[: bytes_max + 1]

    return parse(name, read)


def places(tree: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - a tree of plain values
    """The way to every value below."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in inner:
        yield (*path, key)
        yield from places(value, (*path, key))


def spoilt(tree: dict[str, Any], at: int, what: str, odd: object) -> dict[str, Any]:
    """A copy with one value removed, replaced, wrapped, or put under another name too."""
    made = copy.deepcopy(tree)
    every = list(places(made))
    *way, last = every[at % len(every)]
    holder: Any = made
    for key in way:
        holder = holder[key]
    match what:
        case "remove":
            del holder[last]
        case "wrap":
            holder[last] = [holder[last]]
        case "again" if isinstance(holder, dict):
            holder[f"{last}_2"] = holder[last]
        case _:
            holder[last] = odd
    return made


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    db = Database(f"sqlite:///{tmp_path / 'server.sqlite'}")
    put_schema(db)
    made = make_server(db, tmp_path)
    made.issue(2, items=((3, 1),))
    yield made
    db.close()


def catalogue_of(server: Server) -> list[tuple[Any, ...]]:
    """Every row about the event's products and points."""
    with server.db.read() as tx:
        names = ("events", "products", "points", "areas", "quotas", "texts", "product_prices", "catalogues")
        return [tuple(row) for name in names for row in tx.execute(all_tables().tables[name].select())]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 10_000), st.sampled_from(["remove", "wrap", "again", "odd"]), ODD)
def test_a_spoilt_file_is_told_by_the_line_or_taken_and_breaks_nothing_sold(
    server: Server, at: int, what: str, odd: object
) -> None:

    text = yaml.safe_dump(spoilt(tomllib.loads(TOML), at, what, odd), allow_unicode=True, sort_keys=False)
    result = taken({"trial.yaml": text.encode("utf-8", "replace")}, "trial.yaml")
    if isinstance(result, Rejected):
        assert all(problem.line >= 1 or not problem.path for problem in result.problems)
        return
    before = catalogue_of(server)
    try:
        import_event(server.db, server.clock, result)
    except ImportRefused:
        assert catalogue_of(server) == before
    with server.db.read() as tx:
        sold = {row.key for row in tx.execute(all_tables().tables["products"].select()) if row.is_active}
    assert {"four_days", "lunch"} <= sold


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.sampled_from(sorted(FILES)), st.integers(0, 2**32), st.sampled_from(WAYS))
def test_the_demo_event_spoilt_in_one_file_is_told_by_the_line(name: str, seed: int, what: str) -> None:
    chance = random.Random(seed)
    raw = FILES[name]
    at = chance.randrange(len(raw))
    lines = raw.splitlines(keepends=True)
    row = chance.randrange(len(lines))
    spoilt_bytes = {
        "cut": raw[:at],
        "bytes": raw[:at] + chance.randbytes(3) + raw[at:],
        "twice": raw + raw,
        "line": b"".join(lines[:row] + lines[row + 1 :]),
        "latin": raw.decode().encode("latin-1", "replace"),
    }[what]
    result = taken({**FILES, name: spoilt_bytes}, "rally.toml")
    if isinstance(result, Rejected):
        assert all(problem.text and (problem.line >= 1 or not problem.path) for problem in result.problems)


def test_marks_and_line_ends_of_other_systems_change_nothing() -> None:
    plain = taken(FILES, "rally.toml")
    assert isinstance(plain, Loaded)
    marked = {name: b"\xef\xbb\xbf" + raw for name, raw in FILES.items()}
    returned = {name: raw.replace(b"\n", b"\r\n") for name, raw in FILES.items()}
    for files in (marked, returned):
        other = taken(files, "rally.toml")
        assert isinstance(other, Loaded), other
        assert other.event_file == plain.event_file


def test_circles_and_floods_are_refused() -> None:
    for files, told in (
        ({"a.toml": b'format = 1\ninclude = ["a.toml"]\n'}, "a.toml"),
        ({"a.toml": b"format = 1\n" + b"#" * TEXT_BYTES_MAX}, "more than"),
        ({"a.yaml": b"format: 1\na: &a [*a]\n"}, "alias"),
    ):
        result = taken(files, next(iter(files)))
        assert isinstance(result, Rejected)
        assert any(told in str(problem) for problem in result.problems)


def test_things_that_name_each_other_in_a_circle_are_refused() -> None:
    text = TOML.replace("[products.beer]", '[products.beer]\nrequires = ["lunch"]').replace(
        "[products.lunch]", '[products.lunch]\nrequires = ["beer"]'
    )
    result = taken({"trial.toml": text.encode()}, "trial.toml")
    assert isinstance(result, Rejected)
    assert any("requires" in problem.path for problem in result.problems)
