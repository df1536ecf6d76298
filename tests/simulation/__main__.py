"""`packaging/simulate`: one seed, many seeds, or the planted bugs."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from tests.simulation.campaign import Ring, Told, ring
from tests.simulation.planted import ALL, Planted
from tests.simulation.shrink import shrunk
from tests.simulation.story import Story, story_of

PLANTED_SEEDS_MAX = 60
FAILED = Path(__file__).with_name("failed_seeds.txt")


@dataclass
class Totals:
    """What many seeds came to."""

    seeds: int = 0
    steps: int = 0
    scans: int = 0
    entries: int = 0
    prevented: int = 0
    found: int = 0
    lost: int = 0
    peer_calls: int = 0
    carries: int = 0
    cpu_s: float = 0.0
    hours: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    moods: Counter[str] = field(default_factory=Counter)
    failed: list[Told] = field(default_factory=list)

    def add(self, told: Told) -> None:
        """One more seed."""
        report = told.report
        self.seeds += 1
        self.steps += report.steps
        self.scans += report.scans
        self.entries += report.entries
        self.prevented += report.prevented
        self.found += report.found
        self.lost += report.lost
        self.peer_calls += report.peer_calls
        self.carries += report.carries
        self.moods.update(told.story.moods)
        self.cpu_s += told.cpu_s
        self.hours += report.seconds / 3600
        self.faults += report.faults
        self.outcomes += report.outcomes
        if told.checker is not None:
            self.failed.append(told)

    def lines(self) -> Iterable[str]:
        """The report."""
        yield f"seeds            {self.seeds}, failed {len(self.failed)}"
        yield f"moods            {_counted(self.moods)}"
        yield f"steps            {self.steps}, {self.hours:.1f} hours in the venues"
        yield f"scans            {self.scans}: {_counted(self.outcomes)}"
        yield f"faults           {self.faults.total()}: {_counted(self.faults)}"
        yield f"doubles          {self.prevented} prevented, {self.found} found and listed"
        yield f"entries          {self.entries}, {self.lost} lost with the only device that held them"
        yield f"other paths      {self.peer_calls} messages with entries among kiosks, {self.carries} sticks carried"
        yield f"time             {self.cpu_s:.0f} s of CPU, {self.cpu_s / max(self.seeds, 1):.2f} s a seed"


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common())


def main(arguments: list[str] | None = None) -> int:
    """The command. 1 if any claim did not hold, or a planted bug was not caught."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    chosen = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ring() as ground:
        if chosen.planted:
            return run_planted(ground, chosen.bug)
        if chosen.kept:
            return run_stories(ground, kept_stories(), chosen)
        first = chosen.seed if chosen.seed is not None else chosen.first
        return run_stories(ground, map(story_of, range(first, first + chosen.seeds)), chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="packaging/simulate")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first", type=int, default=int.from_bytes(os.urandom(4), "big"))
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--planted", action="store_true")
    parser.add_argument("--bug")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--quiet", action="store_true")
    return parser


def kept_stories() -> list[Story]:
    """Every seed that ever failed, in the moods in which it did."""
    lines = FAILED.read_text(encoding="utf-8").splitlines()
    kept = (line.split()[:2] for line in lines if line and not line.startswith("#"))
    return [story_of(int(seed), tuple(moods.split("+"))) for seed, moods in kept]


# --- seeds ---------------------------------------------------------------------------------------


def run_stories(ground: Ring, stories: Iterable[Story], chosen: argparse.Namespace) -> int:
    """Each in turn, then the totals; also where a person or a shutdown ends it (SIGINT, SIGTERM)."""
    totals = Totals()
    with suppress(KeyboardInterrupt):
        for story in stories:
            told = ground.tell(story)
            totals.add(told)
            if chosen.postgres:
                _compare_on_postgres(ground, told, totals)
            if told.checker is not None:
                print(in_short(told) if chosen.whole else explained(ground, told), flush=True)
            elif not chosen.quiet:
                print(_as_line(told), flush=True)
    print("\n".join(totals.lines()))
    return 1 if totals.failed else 0


def _as_line(told: Told) -> str:
    moods, report = ",".join(told.story.moods), told.report
    return f"seed {told.story.seed} ok: {moods}, {report.steps} steps, {told.cpu_s:.1f} s, {told.trace[:16]}"


def explained(ground: Ring, told: Told) -> str:
    """Seed, step and the shortest story that fails in the same way."""
    story = replace(told.story, steps=told.story.steps[: max(told.report.steps, 1)])
    story = shrunk(story, lambda one: ground.tell(one).checker == told.checker)
    last = ground.tell(story)
    steps = "\n".join(f"    {step}" for step in story.steps)
    return (
        f"{in_short(told)}\n"
        f"  shrunk to {len(story.steps)} steps with {story.kiosks} kiosks and {story.holders} holders, "
        f"which ends in {last.violation or last.fault!r}\n{steps}"
    )


def in_short(told: Told) -> str:
    """Seed, step, and which claim did not hold."""
    what = told.violation or told.fault
    return f"seed {told.story.seed} FAILED at step {told.report.steps} of {len(told.story.steps)}: {what!r}"


def _compare_on_postgres(ground: Ring, told: Told, totals: Totals) -> None:
    """The same story on PostgreSQL with two server processes: the same claims must hold."""
    from tests.simulation.on_postgres import fresh_database  # noqa: PLC0415 - needs a cluster

    with fresh_database(os.environ["RALLYGATE_TEST_POSTGRES"], ground.ground) as (url, other):
        there = ground.tell(told.story, url=url, processes=2, ground=other)
    totals.add(there)
    if there.checker is not None:
        what = there.violation or there.fault
        print(f"seed {told.story.seed} FAILED on PostgreSQL at step {there.report.steps}: {what!r}")
    elif there.verdicts != told.verdicts:
        others = others_among(told.verdicts, there.verdicts)
        print(f"seed {told.story.seed}: {others} of {len(told.verdicts)} verdicts are others on PostgreSQL")


def others_among(verdicts: Iterable[str], others: Iterable[str]) -> int:
    """How many verdicts have no counterpart: one that is missing must not make all that follow it count as others."""
    here, there = Counter(verdicts), Counter(others)
    return max((here - there).total(), (there - here).total())


# --- planted bugs --------------------------------------------------------------------------------


def run_planted(ground: Ring, only: str | None) -> int:
    """Every planted bug until its checker speaks; a table."""
    missed = 0
    for bug in ALL:
        if only in {None, bug.name}:
            line, is_caught = hunted(ground, bug)
            print(line, flush=True)
            missed += not is_caught
    return 1 if missed else 0


def hunted(ground: Ring, bug: Planted, seeds_max: int = PLANTED_SEEDS_MAX) -> tuple[str, bool]:
    """A row of the table, and whether the bug was caught by its own checker alone."""
    for seed in range(seeds_max):
        with bug.plant():
            told = ground.tell(story_of(seed, bug.moods), only=bug.checker)
        if told.violation is not None:
            what = str(told.violation).partition(": ")[2][:90]
            return f"| {bug.checker} | {bug.name} | seed {seed}, step {told.report.steps} | {what} |", True
    return f"| {bug.checker} | {bug.name} | NOT CAUGHT in {seeds_max} seeds | |", False


if __name__ == "__main__":
    sys.exit(main())
