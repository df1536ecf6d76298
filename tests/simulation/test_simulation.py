"""Whole events lived through: fixed seeds, every seed that ever failed, and why the simulation is to be trusted.

New seeds, and all planted bugs, are run by `packaging/simulate`, which also shrinks the story of a seed that fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog

from tests.simulation.__main__ import hunted, in_short, kept_stories, others_among
from tests.simulation.campaign import Ring, ring
from tests.simulation.on_postgres import fresh_database
from tests.simulation.planted import ALL, Planted
from tests.simulation.shrink import shrunk
from tests.simulation.story import MOODS, PATHS, Step, Story, story_of
from tests.simulation.watch import ALL as CHECKERS

SEEDS = (0, 2, 4, 7, 8)
BUGS_PER_CHECKER_MIN, BUGS_MIN = 3, 25
QUICK_BUGS = ("entries-at-another-point", "others-uses-not-read", "blocks-not-read", "others-left-out-of-the-file")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ring]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with ring() as made:
        yield made
    structlog.configure(**before)


def test_later_moods_leave_older_seeds_what_they_were() -> None:
    """Drawn beside the others: without them the steps are those of before."""
    with_paths = [story_of(seed) for seed in range(40) if set(story_of(seed).moods) & set(PATHS)]
    assert 10 < len(with_paths) < 35
    for story in with_paths:
        drawn = tuple(mood for mood in story.moods if mood in MOODS)
        assert not {step.kind for step in story_of(story.seed, drawn).steps} & {"stick", "lan_part"}


def short(seed: int, steps: int = 60, kiosks: int = 4) -> Story:
    story = story_of(seed, tuple(MOODS))
    return replace(story, steps=story.steps[:steps], kiosks=kiosks)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_holds(ground: Ring, seed: int) -> None:
    told = ground.tell(story_of(seed))
    assert told.checker is None, in_short(told)


@pytest.mark.slow
@pytest.mark.parametrize("story", kept_stories(), ids=lambda story: f"{story.seed} {'+'.join(story.moods)}")
def test_no_seed_fails_that_failed_before(ground: Ring, story: Story) -> None:
    told = ground.tell(story)
    assert told.checker is None, in_short(told)


def test_one_seed_gives_one_trace(ground: Ring) -> None:
    first, again = ground.tell(short(11)), ground.tell(short(11))
    assert first.checker is None
    assert first.report.scans > 0
    assert (first.trace, first.verdicts) == (again.trace, again.verdicts)


def test_one_seed_gives_one_trace_over_lan_and_sticks_too(ground: Ring) -> None:
    story = replace(story_of(2, ("peers", "carry")), kiosks=4)
    story = replace(story, steps=story.steps[:90])
    first, again = ground.tell(story), ground.tell(story)
    assert first.checker is None, in_short(first)
    assert first.report.peer_calls > 0
    assert first.report.carries > 0
    assert (first.trace, first.verdicts) == (again.trace, again.verdicts)


def test_another_seed_gives_another_trace(ground: Ring) -> None:
    assert ground.tell(short(12)).trace != ground.tell(short(13)).trace


def test_every_mood_is_lived_through_with_its_faults(ground: Ring) -> None:
    told = ground.tell(short(14, steps=120))
    assert told.checker is None, in_short(told)
    assert len(told.report.faults) >= 12


def test_two_server_processes_on_postgresql_keep_the_same_claims(ground: Ring, postgres_url: str) -> None:
    story = short(15)
    with fresh_database(_cluster_of(postgres_url), ground.ground) as (url, other):
        there = ground.tell(story, url=url, processes=2, ground=other)
    assert there.checker is None, there.violation or there.fault
    assert len(there.verdicts) == len(ground.tell(story).verdicts)


@pytest.mark.parametrize(
    ("others", "count"),
    [
        (("step 1: gate1 admit ok", "step 2: gate2 refuse already_used", "step 3: gate1 admit ok"), 0),
        (("step 2: gate2 refuse already_used", "step 3: gate1 admit ok"), 1),
        (("step 1: gate1 admit ok", "step 2: gate2 admit ok", "step 3: gate1 admit ok"), 1),
        (("step 1: gate1 admit ok", "step 1: gate1 admit ok", "step 2: gate2 refuse already_used"), 1),
    ],
)
def test_a_verdict_that_is_missing_does_not_make_all_later_ones_others(others: tuple[str, ...], count: int) -> None:
    verdicts = ("step 1: gate1 admit ok", "step 2: gate2 refuse already_used", "step 3: gate1 admit ok")
    assert others_among(verdicts, others) == others_among(others, verdicts) == count


def _cluster_of(url: str) -> str:
    name = url.partition("?")[0].rpartition("/")[2]
    return url.replace(f"/{name}?", "/postgres?", 1)


@pytest.mark.parametrize("name", QUICK_BUGS)
def test_a_planted_bug_is_caught_by_its_checker(ground: Ring, name: str) -> None:
    """All of them are run by `packaging/simulate --planted`; these show that it works."""
    [bug] = [one for one in ALL if one.name == name]
    line, is_caught = hunted(ground, bug, seeds_max=3)
    assert is_caught, line


def test_every_checker_has_bugs_to_catch() -> None:
    counted = {kind.name: [bug for bug in ALL if bug.checker == kind.name] for kind in CHECKERS}
    assert len(ALL) >= BUGS_MIN
    assert {name: len(bugs) for name, bugs in counted.items() if len(bugs) < BUGS_PER_CHECKER_MIN} == {}


def test_every_planted_bug_says_what_it_is() -> None:
    undescribed: list[Planted] = [bug for bug in ALL if len(bug.what) < 20]
    assert undescribed == []
    assert len({bug.name for bug in ALL}) == len(ALL)


def test_shrinking_keeps_what_is_needed_and_the_time() -> None:
    steps = tuple(Step("pause", 10, number, 0, 0) for number in range(40))
    story = Story(1, 4, 8, (), steps)

    def fails(one: Story) -> bool:
        return {7, 23} <= {step.who for step in one.steps}

    small = shrunk(story, fails)
    assert [step.who for step in small.steps] == [7, 23]
    assert sum(step.dt_ms for step in small.steps) == 240
