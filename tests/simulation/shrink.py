"""Shrinking a failing story: leave out whatever is not needed for the same claim to fail.

Delta debugging over the list of steps (Zeller and Hildebrandt, ddmin), bounded by a number of tries. Steps carry their
own randomness, so leaving out some changes nothing in the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.simulation.story import Step, Story

TRIES_MAX = 80


def shrunk(story: Story, fails: Callable[[Story], bool], tries_max: int = TRIES_MAX) -> Story:
    """The shortest story found for which `fails` still holds. `story` itself must fail."""
    steps, tries, parts = story.steps, 0, 2
    while len(steps) >= 2 and tries < tries_max:
        size = max(1, len(steps) // parts)
        for at in range(0, len(steps), size):
            tries += 1
            fewer = _without(steps, at, size)
            if fewer and fails(replace(story, steps=fewer)):
                steps, parts = fewer, max(2, parts - 1)
                break
            if tries >= tries_max:
                break
        else:
            if size == 1:
                break
            parts = min(parts * 2, len(steps))
    return replace(story, steps=steps)


def _without(steps: tuple[Step, ...], at: int, size: int) -> tuple[Step, ...]:
    """Time goes on as before: the pause before what was left out is kept with what follows."""
    gone, rest = steps[at : at + size], steps[at + size :]
    if rest:
        waited = sum(step.dt_ms for step in gone)
        rest = (replace(rest[0], dt_ms=rest[0].dt_ms + waited), *rest[1:])
    return (*steps[:at], *rest)
