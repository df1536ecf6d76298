"""Three readings of the rules asked about the same cases: kiosk, server, naive evaluator."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from common.decision import Reason
from tests.support.cheap_argon2 import make_argon2_cheap
from tests.support.differential import naive
from tests.support.differential.chance import HOUR, Chance
from tests.support.differential.decides import NAMES, Decides
from tests.support.differential.kiosks import Kiosks
from tests.support.differential.naive_parts import MINUTE
from tests.support.differential.told import Case, Event, Ticket
from tests.support.differential.world import Plain, World
from tests.support.fresh_database import fresh_database

TICKETS_PER_EVENT = 250
CASES_PER_TICKET = 5
ENOUGH = 60  # times that a rule decided
DRAWN_AGAIN_MAX = 6
CHOICE = ("product", "left", "left_today")
WRITTEN_SHARE = 0.2  # of tickets, whose last scan is written


@dataclass
class Tally:
    """What was met, and where the three disagreed."""

    cases: int = 0
    written: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)  # the same, of tickets that were looked up
    rules: Counter[str] = field(default_factory=Counter)
    disagreements: list[str] = field(default_factory=list)

    def met_often(self) -> frozenset[str]:
        """Rules that decided often enough; to ask about more would only take time."""
        return frozenset(name for name, count in self.rules.items() if count >= ENOUGH)

    def has_all(self) -> bool:
        """Whether every reason and every rule was met often enough."""
        return self.met_often() >= NAMES and all(self.reasons[reason] >= ENOUGH for reason in Reason)


def run(seed: int, events: int, tally: Tally | None = None, cluster_url: str = "") -> Tally:
    """Act out so many events from a seed and ask all cases; in fresh databases of a PostgreSQL cluster, else SQLite."""
    tally = tally or Tally()
    with pytest.MonkeyPatch.context() as patched:
        make_argon2_cheap(patched)
        for at in range(events):
            database = fresh_database(cluster_url, "differential") if cluster_url else nullcontext(None)
            with tempfile.TemporaryDirectory(prefix="differential") as folder, database as url:
                _run_event(seed * 1000 + at, Path(folder), tally, url)
    return tally


def _run_event(seed: int, folder: Path, tally: Tally, database_url: str | None) -> None:
    chance = Chance(seed)
    told = chance.event()
    tickets = [chance.ticket(told) for _ in range(TICKETS_PER_EVENT)]
    decides = Decides(told)
    with closing(World(folder, told, database_url)) as world:
        world.act(tickets)
        with closing(Kiosks(folder, world)) as kiosks:
            for at, (ticket, now_ms, is_last) in enumerate(_scans(chance, told, tickets)):
                drawn = draw(chance, decides, ticket, now_ms, tally)
                writes = is_last and chance.maybe(WRITTEN_SHARE)
                _ask(world, kiosks, drawn, tally, f"seed {seed} case {at}", info=not writes)


def _scans(chance: Chance, told: Event, tickets: list[Ticket]) -> Iterator[tuple[Ticket, int, bool]]:
    """Which ticket is scanned when, in order of time, and whether it is that ticket's last scan."""
    cases = TICKETS_PER_EVENT * CASES_PER_TICKET
    times = sorted(round(6 * 60 + 40 * 60 * chance.rng.random() ** 3) for _ in range(cases))
    order = [ticket for ticket in tickets for _ in range(CASES_PER_TICKET)]
    chance.rng.shuffle(order)
    last = {ticket.id: at for at, ticket in enumerate(order)}
    for at, (ticket, minutes) in enumerate(zip(order, times, strict=True)):
        yield ticket, told.built_ms + minutes * MINUTE, last[ticket.id] == at


@dataclass(frozen=True)
class Drawn:
    """A case, what the naive evaluator says to it, and the rules that decided that."""

    case: Case
    wanted: naive.Answer
    rules: frozenset[str]


def draw(chance: Chance, decides: Decides, ticket: Ticket, now_ms: int, tally: Tally) -> Drawn:
    """A scan of this ticket: any; most often the first of a few that something decides which was met too seldom."""
    drawn = _draw(chance, decides, ticket, now_ms, tally)
    is_any = chance.maybe(0.3) or tally.has_all()
    for _ in range(0 if is_any else DRAWN_AGAIN_MAX):
        if tally.reasons[drawn.wanted[1]] < ENOUGH or drawn.rules:
            break
        drawn = _draw(chance, decides, ticket, now_ms, tally)
    return drawn


def _draw(chance: Chance, decides: Decides, ticket: Ticket, now_ms: int, tally: Tally) -> Drawn:
    case = chance.case(decides.told, ticket, now_ms)
    wanted = naive.decide(decides.told, case)
    return Drawn(case, wanted, frozenset(decides.of(case, wanted, tally.met_often())))


def _ask(world: World, kiosks: Kiosks, drawn: Drawn, tally: Tally, name: str, *, info: bool) -> None:
    case, wanted = drawn.case, drawn.wanted
    text = world.text(case.ticket, case.shown)
    server, kiosk = world.at_the_server(case, text), kiosks.answer(case, text, info=info)
    _count(tally, world.told, drawn, kiosk)
    if ("entry" in kiosk) != (not info and wanted[0] == "admit"):
        tally.disagreements.append(f"{name}: an entry is written for an admission that is no mere question, else not")
    shared = ("outcome", "reason", "product", "quantity", "flags", "hint", "day", "area", "overridden", "choices")
    seen = [{key: _bare(answer.get(key)) for key in shared} for answer in (server, kiosk)]
    if seen[0] != seen[1]:
        tally.disagreements.append(f"{name}: server {seen[0]} kiosk {seen[1]}")
    if (kiosk.get("outcome"), kiosk.get("reason")) != wanted:
        got = (kiosk.get("outcome"), kiosk.get("reason"), kiosk.get("what"))
        tally.disagreements.append(f"{name}: kiosk {got} naive {wanted}: {_story(world.told, case, kiosk)}")


def _count(tally: Tally, told: Event, drawn: Drawn, kiosk: Plain) -> None:
    reason = drawn.wanted[1]
    tally.cases += 1
    tally.written += "entry" in kiosk
    tally.reasons[reason] += 1
    tally.found[reason] += drawn.case.shown.what == "found"
    tally.rules.update(drawn.rules)
    tally.rules["total_and_day_used_up"] += _used_up_twice(told, drawn.case, kiosk)


def _bare(value: object) -> object:
    """Choices without names and pictures, which only kiosks give."""
    if not isinstance(value, list):
        return value
    return [{key: one[key] for key in CHOICE} if isinstance(one, dict) else one for one in value]


def _used_up_twice(told: Event, case: Case, answer: Plain) -> bool:
    """Both what there was in all and what there was today: the order of the two reasons shows."""
    product = answer.get("product") or 0
    return product in told.products and {"nothing_left", "limit_today"} <= set(naive.used_up(told, case, product))


def _story(told: Event, case: Case, answer: Plain) -> str:
    product = answer.get("product")
    hours = (case.now_ms - told.built_ms) / HOUR
    return (
        f"+{hours:.1f}h {case.shown} {case.request} role {case.role!r}\n  ticket {case.ticket}\n"
        f"  point {told.points[case.point]}\n  product {told.products.get(product or 0)}\n  days {told.days}"
    )
