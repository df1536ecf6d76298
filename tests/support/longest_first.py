"""Where processes share the tests, files that take long come first: none is left for one process alone at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeVar

import pytest

SLOW_S = 60  # of a test marked `slow` that asks for no time of its own


class _Marked(Protocol):
    """A test, as far as its place in the run goes."""

    @property
    def nodeid(self) -> str: ...

    def get_closest_marker(self, name: str) -> pytest.Mark | None: ...


_Test = TypeVar("_Test", bound=_Marked)


def longest_first(tests: Sequence[_Test]) -> list[_Test]:
    """By the longest time any test of the file may take; files that are alike, and tests in a file, stay in order."""
    longest: dict[str, float] = {}
    for test in tests:
        longest[_file(test)] = max(longest.get(_file(test), 0.0), _may_take_s(test))
    return sorted(tests, key=lambda test: -longest[_file(test)])


def _file(test: _Marked) -> str:
    return test.nodeid.partition("::")[0]


def _may_take_s(test: _Marked) -> float:
    asked = test.get_closest_marker("timeout")
    if asked is not None and asked.args:
        return float(asked.args[0])
    return SLOW_S if test.get_closest_marker("slow") else 0.0
