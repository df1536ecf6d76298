"""Putting something else in a name's place for a while: where a part of the program takes no other from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

Swap = tuple[object, str, Any]


def real_of(owner: object, name: str) -> Any:  # noqa: ANN401 - whatever stands there
    """What stands at a name now; for names a module has only imported, too."""
    return getattr(owner, name)


@contextmanager
def swapped(owner: object, name: str, value: Any) -> Iterator[None]:  # noqa: ANN401 - whatever stands there
    """`owner.name` is `value` inside the block."""
    before = vars(owner)[name] if name in vars(owner) else getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def all_swapped(*swaps: Swap) -> Iterator[None]:
    """Several at once."""
    with ExitStack() as stack:
        for owner, name, value in swaps:
            stack.enter_context(swapped(owner, name, value))
        yield
