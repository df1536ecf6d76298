"""What `shop` measures on: the demo event on the real server programs, the sandbox bank, a mail server, and buyers.

The buyers are `wrk`, a program in C with LuaJIT inside: every thread is one connection and plays `buyers.lua`.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, update

from common.clock import SystemClock
from common.errors import BadInput
from syncserver.app import Services, make_services
from syncserver.config import config_for
from syncserver.db.tables_event import quotas
from syncserver.db.tables_jobs import jobs
from syncserver.db.tables_shop import holds, orders
from syncserver.jobs.model import JobState
from syncserver.services.visitors import Visitors
from syncserver.stores.holds import HoldState
from tests.bench.served import Served, cpu_s_of, free_port, serving
from tests.bench.site import EVENT_FILE, manage
from tests.support.sandbox_bank import SECRET, running_bank
from tests.support.shop_site import running_catcher

BUYERS = Path(__file__).with_name("buyers.lua")
STARTS_IN_DAYS = 60
LANGUAGE = "en"
ANSWER_S_MAX = 30
DRAIN_S_MAX = 600.0
STILL_S = 2.0
BUYERS_PER_S_MAX = 4_000  # so many are prepared, for all threads alike; looking at the list takes them again and again
FAULT, BROKEN = "fault", "broken"
LIVE = (HoldState.HELD.value, HoldState.KEPT.value)


@dataclass(frozen=True, slots=True)
class Load:
    """What buyers do, so many at once, for how long; tickets are taken in turn."""

    mode: str
    clients: int
    seconds: int
    products: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the buyers saw: of every kind of page the times in seconds; and what everybody's CPU was."""

    times_s: dict[str, list[float]]
    spans_s: dict[str, float]  # kind -> from its first request to its last answer
    faults: int
    fault: str
    took_s: float
    client_cpu_s: float
    server_cpu_s: float
    database_cpu_s: float
    bank_cpu_s: float

    def per_s(self, kind: str) -> float:
        """How many a second."""
        return len(self.times_s.get(kind, ())) / self.took_s


@dataclass(frozen=True, slots=True)
class Stock:
    """What a quota says of itself, and the sum of the holds that stand. What vouchers reserve is taken, but no hold."""

    size: int
    taken: int
    standing: int


@dataclass
class Ground:
    """A running shop. `database` is the first process of PostgreSQL; None on SQLite."""

    name: str
    folder: Path
    services: Services
    served: Served
    bank: int
    database: int | None
    event_id: int
    event_path: str
    played: int = 0  # visits given out so far: each is another buyer from another network

    def play(self, load: Load) -> Heard:
        """Let buyers come. Raises BadInput if the buyers' program cannot run."""
        times, visits = self.folder / "times.tsv", self.folder / "visits.txt"
        times.unlink(missing_ok=True)
        self._write_visits(visits, load.clients * 2 + load.seconds * BUYERS_PER_S_MAX)
        url = f"http://127.0.0.1:{self.served.port}{self.event_path}"
        options = [f"-t{load.clients}", f"-c{load.clients}", f"-d{load.seconds}s", f"--timeout={ANSWER_S_MAX}s"]
        arguments = [load.mode, str(visits), self.event_path, ",".join(load.products), str(self.played)]
        command = ["wrk", *options, "-s", str(BUYERS), url, *arguments, str(load.clients)]
        before = self._cpu_s()
        client_cpu_s = _run(command, {**os.environ, "BENCH_TIMES": str(times)}, load.seconds + ANSWER_S_MAX * 2)
        used = [late - early for early, late in zip(before, self._cpu_s(), strict=True)]
        self.played += load.clients * 2 + load.seconds * BUYERS_PER_S_MAX
        return _heard(times, load.seconds, client_cpu_s, used)

    def _write_visits(self, path: Path, count: int) -> None:
        """Cookies with the token their forms carry, as browsers have them that have opened a page: one a line."""
        visitors = Visitors(self.services.db, self.services.clock, self.services.secret)
        made = (visitors.new() for _ in range(count))
        path.write_text("".join(f"{one.token} {one.form_token}\n" for one in made))

    def _cpu_s(self) -> tuple[float, float, float]:
        database = 0.0 if self.database is None else cpu_s_of(self.database)
        return self.served.cpu_s(), database, cpu_s_of(self.bank)

    def drain(self) -> tuple[int, float]:
        """Wait until no due job waits; how many it were, and the seconds. Raises BadInput if it takes too long."""
        began_s, waiting = time.monotonic(), self._due()
        done_s = began_s
        while time.monotonic() - done_s < STILL_S:  # the bank may still call about an order that was just paid
            if self._due():
                done_s = time.monotonic()
            if time.monotonic() - began_s > DRAIN_S_MAX:
                raise BadInput(f"{self._due()} jobs still wait after {DRAIN_S_MAX:.0f} s: does the worker run?")
            time.sleep(0.2)
        return waiting, done_s - began_s

    def _due(self) -> int:
        with self.services.db.read() as tx:
            due = (jobs.c.state == JobState.WAITING.value) & (jobs.c.run_at_ms <= SystemClock().now_ms())
            return int(tx.execute(select(func.count()).where(due)).scalar_one())

    def set_size(self, quota: str, free: int) -> None:
        """Leave so many free of a quota."""
        with self.services.db.write() as tx:
            mine = (quotas.c.event_id == self.event_id) & (quotas.c.key == quota)
            tx.execute(update(quotas).where(mine).values(size=quotas.c.taken + free))

    def stock(self, quota: str) -> Stock:
        """A quota at one moment."""
        with self.services.db.read_moment() as tx:
            mine = (quotas.c.event_id == self.event_id) & (quotas.c.key == quota)
            row = tx.execute(select(quotas.c.id, quotas.c.size, quotas.c.taken).where(mine)).one()
            standing = select(func.coalesce(func.sum(holds.c.quantity), 0)).where(
                holds.c.quota_id == row.id, holds.c.state.in_(LIVE)
            )
            return Stock(row.size, row.taken, int(tx.execute(standing).scalar_one()))

    def fulfilled(self) -> int:
        """How many orders are paid and have their tickets."""
        with self.services.db.read() as tx:
            paid = select(func.count()).where(orders.c.event_id == self.event_id, orders.c.fulfilled_ms.is_not(None))
            return int(tx.execute(paid).scalar_one())


@contextmanager
def ground(name: str, folder: Path, url: str, workers: int, database: int | None) -> Iterator[Ground]:
    """The shop, ended with the block."""
    folder.mkdir()
    settings = {"RALLYGATE_DATABASE_URL": url}
    starts = time.strftime("%Y-%m-%d", time.gmtime(SystemClock().now_ms() / 1000 + STARTS_IN_DAYS * 86_400))
    manage(folder, "init", **settings)
    manage(folder, "import-event", str(EVENT_FILE), "--starts-on", starts, **settings)
    services, port = make_services(config_for(folder, database_url=url)), free_port()
    event = services.shop.catalogues.events()[0]
    with ExitStack() as stack:
        stack.callback(services.db.close)
        bank = stack.enter_context(running_bank(folder / "bank.jsonl"))
        smtp = stack.enter_context(running_catcher(folder / "mails"))
        more = {
            "RALLYGATE_SANDBOX_URL": bank.url, "RALLYGATE_SANDBOX_SECRET": SECRET, "RALLYGATE_SMTP_URL": smtp,
            "RALLYGATE_PUBLIC_URL": f"http://127.0.0.1:{port}", "RALLYGATE_TRUSTED_PROXIES": "1",
        }  # fmt: skip
        served = stack.enter_context(serving(folder, url, port, workers, more))
        path = f"/{LANGUAGE}/{event.key}/"
        yield Ground(name, folder, services, served, bank.pid, database, event.id, path)


def _run(command: list[str], environment: dict[str, str], seconds_max: float) -> float:
    """The CPU seconds it took. Raises BadInput with its words if it failed."""
    before = _ended_cpu_s()
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=seconds_max, check=False
        )
    except FileNotFoundError as fault:
        raise BadInput("wrk is not installed: start this by packaging/bench, or apt-get install wrk") from fault
    except subprocess.TimeoutExpired as fault:
        raise BadInput(f"wrk did not end within {seconds_max:.0f} s") from fault
    if done.returncode:
        raise BadInput(f"wrk failed: {(done.stdout + done.stderr).strip()[-500:]}")
    return _ended_cpu_s() - before


def _ended_cpu_s() -> float:
    """CPU seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _heard(times: Path, seconds: float, client_cpu_s: float, used: list[float]) -> Heard:
    durations: dict[str, list[float]] = {}
    begins: dict[str, float] = {}
    ends: dict[str, float] = {}
    faults, fault = 0, ""
    for line in times.read_text().splitlines():
        kind, first, second = line.split("\t")
        if kind in (FAULT, BROKEN):
            faults, fault = faults + int(first), second if kind == FAULT else fault
            continue
        at_s, took_s = float(first), float(second)
        durations.setdefault(kind, []).append(took_s)
        begins[kind] = min(begins.get(kind, at_s), at_s - took_s)
        ends[kind] = max(ends.get(kind, at_s), at_s)
    spans = {kind: ends[kind] - begins[kind] for kind in begins}
    return Heard(durations, spans, faults, fault, seconds, client_cpu_s, *used)
