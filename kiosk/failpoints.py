"""Places at which a test may stop the program; in a kiosk at a gate there are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping


class Failpoints:
    """Named places. `reach` does nothing unless the composition root was given something to do there.

    Names: before-commit, after-commit-before-show, before-pointer.
    """

    def __init__(self, actions: Mapping[str, Callable[[], None]] | None = None) -> None:
        self._actions = dict(actions or {})

    def reach(self, name: str) -> None:
        """Do what was asked for at this place."""
        if (action := self._actions.get(name)) is not None:
            action()
