"""Which file of tests comes first where processes share them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.support.longest_first import longest_first


@dataclass(frozen=True)
class Marked:
    """A test and its marks."""

    nodeid: str
    marks: tuple[pytest.MarkDecorator, ...] = ()

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next((one.mark for one in self.marks if one.name == name), None)


A1, A2 = Marked("a.py::one"), Marked("a.py::two")
B1, B2 = Marked("b.py::one"), Marked("b.py::two", (pytest.mark.slow,))
C1 = Marked("c.py::one", (pytest.mark.timeout(300), pytest.mark.slow))
D1, D2 = Marked("d.py::one", (pytest.mark.timeout(900),)), Marked("d.py::two")
E1 = Marked("e.py::one[::x]", (pytest.mark.browser,))


def test_files_come_by_the_longest_time_any_of_their_tests_may_take_each_whole() -> None:
    assert longest_first([A1, A2, B1, B2, C1, D2, D1, E1]) == [D2, D1, C1, B1, B2, A1, A2, E1]


def test_what_is_alike_stays_in_the_order_it_was_shuffled_into() -> None:
    assert longest_first([E1, A2, A1]) == [E1, A2, A1]
    assert longest_first([A2, A1, E1]) == [A2, A1, E1]
    assert longest_first([]) == []
