"""Small values that go with what was learnt: what memory says of them is what the file holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.store.faults import Unwritable
from kiosk.store.learnt import Intake, Learnt
from tests.support.kiosk_world import EVENT

NAMES = ("heard_ms", "offset_ms")
Step = tuple[str, str, int]
STEPS = st.lists(st.tuples(st.sampled_from(["note", "take", "ask"]), st.sampled_from(NAMES), st.integers(0, 9)))


class _Broken:
    """Notes that cannot be written."""

    def __iter__(self) -> Iterator[tuple[str, int]]:
        raise OSError("the disk is full")


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Callable[[], Learnt]]:
    opened: list[Learnt] = []

    def make() -> Learnt:
        opened.append(Learnt(tmp_path / f"learnt{len(opened)}.sqlite", EVENT))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def test_memory_says_what_the_file_holds(file: Callable[[], Learnt]) -> None:
    @given(STEPS)
    def check(steps: list[Step]) -> None:
        learnt = file()
        for kind, name, value in steps:
            if kind == "note":
                learnt.note(name, value).result()
            elif kind == "take":
                learnt.take(Intake(notes=((name, value),))).result()
            else:
                learnt.remembered(name)
        learnt.note("last", 1).result()  # what is remembered of a write is remembered before the next one begins
        assert [learnt.remembered(name) for name in NAMES] == [learnt.noted(name) for name in NAMES]
        learnt.close()

    check()


def test_a_write_that_failed_is_not_remembered(file: Callable[[], Learnt]) -> None:
    learnt = file()
    learnt.note("heard_ms", 1).result()

    failed = learnt.take(Intake(notes=_Broken()))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="disk is full"):
        failed.result()
    learnt.note("last", 1).result()
    assert learnt.remembered("heard_ms") == learnt.noted("heard_ms") == 1


def test_another_opening_of_the_file_reads_it_anew(tmp_path: Path) -> None:
    first = Learnt(tmp_path / "learnt.sqlite", EVENT)
    first.note("heard_ms", 5).result()
    first.close()
    again = Learnt(tmp_path / "learnt.sqlite", EVENT)
    assert again.remembered("heard_ms") == 5
    again.close()
    with pytest.raises(Unwritable):
        again.note("heard_ms", 6)
