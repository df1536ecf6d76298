"""Three readings of the rules asked about the same cases: kiosk, server, naive evaluator."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from common.decision import Reason
from tests.support.differential import naive
from tests.support.differential.chance import HOUR, Chance
from tests.support.differential.decides import NAMES, Decides
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
    for at in range(events):
        database = fresh_database(cluster_url, "differential") if cluster_url else nullcontext(None)
        with tempfile.TemporaryDirectory(prefix="differential") as folder, database as url:
            _run_event(seed * 1000 + at, Path(folder), tally, url)
    return tally


def _run_event(seed: int, folder: Path, tally: Tally, database_url: str | None) -> None:
    chance = Chance(seed)
    told = chance.event()
    tickets = [chance.ticket(told) for _ in range(TICKETS_PER_EVENT)]
    world, decides = World(folder, told, database_url), Decides(told)
    try:
        world.act(tickets)
        world.open_kiosks()
        times = sorted(
            round(6 * 60 + 40 * 60 * chance.rng.random() ** 3) for _ in range(TICKETS_PER_EVENT * CASES_PER_TICKET)
        )
        order = [ticket for ticket in tickets for _ in range(CASES_PER_TICKET)]
        chance.rng.shuffle(order)
        last = {ticket.id: at for at, ticket in enumerate(order)}
        for at, (ticket, minutes) in enumerate(zip(order, times, strict=True)):
            case = drawn(chance, decides, ticket, told.built_ms + minutes * MINUTE, tally)
            writes = last[ticket.id] == at and chance.maybe(WRITTEN_SHARE)
            _ask(world, case, decides, tally, f"seed {seed} case {at}", info=not writes)
    finally:
        world.close()


def drawn(chance: Chance, decides: Decides, ticket: Ticket, now_ms: int, tally: Tally) -> Case:
    """A scan of this ticket: any; most often the first of a few that something decides which was met too seldom."""
    case = chance.case(decides.told, ticket, now_ms)
    is_any = chance.maybe(0.3) or tally.has_all()
    for _ in range(0 if is_any else DRAWN_AGAIN_MAX):
        answer = naive.decide(decides.told, case)
        if tally.reasons[answer[1]] < ENOUGH or decides.of(case, answer, tally.met_often()):
            break
        case = chance.case(decides.told, ticket, now_ms)
    return case


def _ask(world: World, case: Case, decides: Decides, tally: Tally, name: str, *, info: bool) -> None:
    text = world.text(case.ticket, case.shown)
    server, kiosk = world.at_the_server(case, text), world.at_the_kiosk(case, text, info=info)
    wanted = naive.decide(world.told, case)
    tally.cases += 1
    tally.written += "entry" in kiosk
    tally.reasons[wanted[1]] += 1
    tally.rules.update(decides.of(case, wanted, tally.met_often()))
    tally.rules["total_and_day_used_up"] += _used_up_twice(world.told, case, kiosk)
    if ("entry" in kiosk) != (not info and wanted[0] == "admit"):
        tally.disagreements.append(f"{name}: an entry is written for an admission that is no mere question, else not")
    shared = ("outcome", "reason", "product", "quantity", "flags", "hint", "day", "area", "overridden", "choices")
    seen = [{key: _bare(answer.get(key)) for key in shared} for answer in (server, kiosk)]
    if seen[0] != seen[1]:
        tally.disagreements.append(f"{name}: server {seen[0]} kiosk {seen[1]}")
    if (kiosk.get("outcome"), kiosk.get("reason")) != wanted:
        got = (kiosk.get("outcome"), kiosk.get("reason"), kiosk.get("what"))
        tally.disagreements.append(f"{name}: kiosk {got} naive {wanted}: {_story(world.told, case, kiosk)}")


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
